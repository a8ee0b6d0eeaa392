"""Django's settings, built from the environment (see env.py): the only reader of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab, schedule
from django.core.exceptions import ImproperlyConfigured

from berinia.embedded import database_url, redis_url, secret_key
from berinia.env import env
from berinia.logs import configuration
from berinia.site import UNFOLD as UNFOLD

ENV = env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = ENV.data_dir.resolve()
PORT = ENV.port
DEBUG = ENV.debug
DATABASE_URL = ENV.database_url or database_url(DATA_DIR)
REDIS_URL = ENV.redis_url or redis_url(DATA_DIR)
IS_EMBEDDED = not ENV.database_url

if not (ENV.secret_key or IS_EMBEDDED or DEBUG):
    raise ImproperlyConfigured("SECRET_KEY is empty: set it to a long random text (DATABASE_URL is set).")
SECRET_KEY = ENV.secret_key or secret_key(DATA_DIR)
JWT_SECRET = ENV.jwt_secret or SECRET_KEY
ALLOWED_HOSTS = [host.strip() for host in ENV.allowed_hosts.split(",") if host.strip()]
PUBLIC_URL = ENV.public_url.rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
IS_HTTPS = PUBLIC_URL.startswith("https")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS = [
    "security.W005", "security.W021",  # HSTS: what runs on other hosts of the domain is not ours to decide about
    "security.W019",  # previews are framed by our own pages; other sites' frames are refused (berinia/headers.py)
]  # fmt: skip
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# With this beginning a browser takes a cookie from this very host only, and over TLS.
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = ENV.session_hours * 3600  # without doing anything: see accounts/sessions.py
LIVE_ORIGINS = [origin.strip().rstrip("/") for origin in ENV.live_origins.split(",") if origin.strip()]
METRICS_TOKEN = ENV.metrics_token
X_FRAME_OPTIONS = "SAMEORIGIN"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "django.contrib.admin.apps.SimpleAdminConfig",  # urls.py finds the pages: workers start twice as fast without
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "berinia",
    "accounts",
    "crm",
    "communications",
    "agents",
    "workflows",
]
MIDDLEWARE = [
    "berinia.access.middleware",  # first: it sees what all others answer
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "berinia.health.middleware",
    "berinia.metrics.middleware",
    "berinia.headers.permissions",
    "berinia.headers.PolicyMiddleware",
    "accounts.cors.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "berinia.language.middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.sessions.middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers for a view that was refused
]
ROOT_URLCONF = "berinia.urls"
ASGI_APPLICATION = "berinia.asgi.application"
# Of one process: what goes between processes goes through one Redis stream (docs/decisions/008).
CHANNEL_LAYERS = {"default": {"BACKEND": "berinia.live.layer.Layer", "CONFIG": {"capacity": 500}}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# Transactions are short here: what waits longer than this is stuck and holds others up.
TIMEOUTS = "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"


def _database(url: str) -> dict[str, Any]:
    """Return Django's description of a database. What follows the question mark goes to libpq: sslmode=require …"""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query | {"options": f"{TIMEOUTS} {query.get('options', '')}".strip()},
    }


DATABASES = {"default": _database(DATABASE_URL)}
# For the web alone (see asgi.py): Celery's processes open a connection per task.
DATABASE_POOL = {"min_size": 1, "max_size": 12, "timeout": 3}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# See accounts/login_guard.py.
AXES_HANDLER = "accounts.login_guard.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]  # the handler counts on this order
AXES_FAILURE_LIMIT = ENV.login_attempts
AXES_COOLOFF_TIME = timedelta(minutes=ENV.login_wait_minutes)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = AXES_VERBOSE = AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log says who signed in
AXES_USERNAME_CALLABLE = "accounts.login_guard.username_of"
AXES_CLIENT_IP_CALLABLE = "accounts.login_guard.ip_address"
AXES_CLIENT_STR_CALLABLE = "accounts.login_guard.caller"
AXES_LOCKOUT_CALLABLE = "accounts.login_guard.refused"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "code", "csrfmiddlewaretoken", "next"]
SECOND_FACTOR = ENV.second_factor
OTP_TOTP_ISSUER = "BerinIA"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "BerinIA",
    "DESCRIPTION": "Des événements d'un site aux emails et SMS, chacun une fois.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # what pydantic writes
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
API_THROTTLE_PER_MINUTE = ENV.api_throttle_per_minute
VISITOR_EVENTS_PER_MINUTE = ENV.visitor_events_per_minute
API_MAX_BODY_BYTES = ENV.api_max_body_bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = ENV.api_max_body_bytes

RESEND_API_KEY = ENV.resend_api_key
RESEND_API_URL = ENV.resend_api_url
RESEND_WEBHOOK_SECRET = ENV.resend_webhook_secret
RESEND_RATE_PER_SECOND = ENV.resend_rate_per_second
SMTP_URL = ENV.smtp_url
SMTP_RATE_PER_SECOND = ENV.smtp_rate_per_second
FROM_EMAIL = ENV.from_email
TWILIO_ACCOUNT_SID = ENV.twilio_account_sid
TWILIO_AUTH_TOKEN = ENV.twilio_auth_token
TWILIO_PHONE_NUMBER = ENV.twilio_phone_number
TWILIO_WHATSAPP_NUMBER = ENV.twilio_whatsapp_number
TWILIO_RATE_PER_SECOND = ENV.twilio_rate_per_second
TWILIO_API_URL = ENV.twilio_api_url
SMS_SEGMENT_EUROS = ENV.sms_segment_euros
EMAIL_EUROS = ENV.email_euros
WHATSAPP_EUROS = ENV.whatsapp_euros
SLACK_WEBHOOK = ENV.slack_webhook
SLACK_RATE_PER_SECOND = ENV.slack_rate_per_second
SLACK_FROM_SEVERITY = ENV.slack_from_severity
ALERTS_PER_HOUR = ENV.alerts_per_hour
OPT_OUT_SPIKE_LEAST = ENV.opt_out_spike_least
OPT_OUT_SPIKE_RATE = ENV.opt_out_spike_rate
ADDRESS_HASH_KEY = ENV.address_hash_key or SECRET_KEY
SERPER_API_KEY = ENV.serper_api_key
SERPER_API_URL = ENV.serper_api_url
HUBSPOT_API_URL = ENV.hubspot_api_url
PIPEDRIVE_API_URL = ENV.pipedrive_api_url
CREDENTIALS_KEY = ENV.credentials_key or SECRET_KEY
EXPORT_EVERY_MINUTES = ENV.export_every_minutes
OPENAI_API_KEY = ENV.openai_api_key
OPENAI_BASE_URL = ENV.openai_base_url
ANTHROPIC_API_KEY = ENV.anthropic_api_key
ANTHROPIC_BASE_URL = ENV.anthropic_base_url
MISTRAL_API_KEY = ENV.mistral_api_key
MISTRAL_BASE_URL = ENV.mistral_base_url
LOCAL_BASE_URL = ENV.local_base_url
LOCAL_API_KEY = ENV.local_api_key
AGENT_MODELS = [name.strip() for name in ENV.agent_models.split(",") if name.strip()]
AGENT_PRICES = ENV.agent_prices
AGENT_MONTHLY_BUDGET_DOLLARS = ENV.agent_monthly_budget_dollars
AGENT_TIMEOUT_SECONDS = ENV.agent_timeout_seconds
AGENT_RUN_TIMEOUT_SECONDS = ENV.agent_run_timeout_seconds
AGENT_CALLS = ENV.agent_calls
AGENT_CACHE_HOURS = ENV.agent_cache_hours

ENGINE_BATCH = ENV.engine_batch
DELIVERY_BATCH = ENV.delivery_batch
DELIVERY_CALLS = ENV.delivery_calls
DELIVERY_LEASE_SECONDS = ENV.delivery_lease_seconds
DELIVERY_TIMEOUT_SECONDS = ENV.delivery_timeout_seconds
CALLS_TRUSTED_HOSTS = frozenset(host.strip() for host in ENV.calls_trusted_hosts.split(",") if host.strip())
BRAKE_WINDOW_SECONDS = ENV.brake_window_seconds
BRAKE_LEAST_MESSAGES = ENV.brake_least_messages
BRAKE_FAILURE_RATE = ENV.brake_failure_rate
BRAKE_COMPLAINT_RATE = ENV.brake_complaint_rate
RECONCILE_AFTER_SECONDS = ENV.reconcile_after_seconds
RETENTION_STEP_RUNS_DAYS = ENV.retention_step_runs_days
RETENTION_EXECUTIONS_DAYS = ENV.retention_executions_days
RETENTION_EVENTS_DAYS = ENV.retention_events_days
RETENTION_MESSAGES_DAYS = ENV.retention_messages_days
RETENTION_CALLS_DAYS = ENV.retention_calls_days
RETENTION_NOTIFICATIONS_DAYS = ENV.retention_notifications_days
RETENTION_PROSPECTS_DAYS = ENV.retention_prospects_days
RETENTION_CUSTOMERS_DAYS = ENV.retention_customers_days
RETENTION_BODIES_DAYS = ENV.retention_bodies_days
RETENTION_AGENT_RUNS_DAYS = ENV.retention_agent_runs_days
RETENTION_IMPORTS_DAYS = ENV.retention_imports_days
RETENTION_WEBHOOKS_DAYS = ENV.retention_webhooks_days
RETENTION_OPPOSITIONS_DAYS = ENV.retention_oppositions_days
RETENTION_ATTEMPTS_DAYS = 1 + ENV.login_wait_minutes // 1440  # wrong passwords, once nobody waits for them any more
RETENTION_ADDRESSES_DAYS = 365  # from where people signed in: what the CNIL asks of logs is six months to a year

_SECRETS = [
    SECRET_KEY, JWT_SECRET, METRICS_TOKEN, ADDRESS_HASH_KEY, RESEND_API_KEY, RESEND_WEBHOOK_SECRET, SMTP_URL,
    TWILIO_AUTH_TOKEN, SLACK_WEBHOOK, SERPER_API_KEY, OPENAI_API_KEY, ANTHROPIC_API_KEY, MISTRAL_API_KEY,
    LOCAL_API_KEY, CREDENTIALS_KEY,
]  # fmt: skip
LOGGING = configuration(as_json=not IS_EMBEDDED if ENV.log_json is None else ENV.log_json, secrets=_SECRETS)

# Celery carries wake-ups, not state: what is lost in the broker is found by the next tick.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ROUTES = {
    "workflows.tasks.refresh_segments": {"queue": "default"},
    "workflows.tasks.remove_old": {"queue": "default"},
    "workflows.tasks.*": {"queue": "engine"},
    "communications.tasks.deliver_due": {"queue": "delivery"},
    "communications.tasks.make_calls": {"queue": "delivery"},
    "communications.tasks.receive_webhooks": {"queue": "default"},  # not behind deliveries
    "agents.tasks.*": {"queue": "agents"},
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kilobytes: a net, nothing here is known to grow
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2, "retry_on_timeout": True,
}  # fmt: skip
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "berinia.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "engine": {"task": "workflows.tasks.drain", "schedule": schedule(1), "options": {"expires": 5}},
    "delivery": {"task": "communications.tasks.deliver_due", "schedule": schedule(1), "options": {"expires": 5}},
    "calls": {"task": "communications.tasks.make_calls", "schedule": schedule(1), "options": {"expires": 5}},
    "webhooks": {"task": "communications.tasks.receive_webhooks", "schedule": schedule(1), "options": {"expires": 5}},
    "stops": {"task": "workflows.tasks.finish_stops", "schedule": schedule(10), "options": {"expires": 20}},
    "standing": {"task": "workflows.tasks.fold_standing", "schedule": schedule(5), "options": {"expires": 5}},
    "brakes": {"task": "communications.tasks.watch_brakes", "schedule": schedule(10), "options": {"expires": 20}},
    "alerts": {"task": "communications.tasks.send_alerts", "schedule": schedule(2), "options": {"expires": 5}},
    "opt_outs": {
        "task": "communications.tasks.watch_opt_outs", "schedule": schedule(300), "options": {"expires": 300},
    },
    "agents": {"task": "agents.tasks.run_steps", "schedule": schedule(1), "options": {"expires": 5}},
    "classify": {"task": "agents.tasks.classify_leads", "schedule": schedule(5), "options": {"expires": 9}},
    "decide_exports": {"task": "agents.tasks.decide_exports", "schedule": schedule(30), "options": {"expires": 29}},
    "exports": {"task": "agents.tasks.send_exports", "schedule": schedule(5), "options": {"expires": 9}},
    "segments": {"task": "workflows.tasks.refresh_segments", "schedule": schedule(5), "options": {"expires": 9}},
    "reconcile": {"task": "communications.tasks.reconcile_unknown", "schedule": schedule(5), "options": {"expires": 9}},
    "redactions": {
        "task": "communications.tasks.redact_provider_copies", "schedule": schedule(60), "options": {"expires": 55},
    },
    "days": {"task": "communications.tasks.count_days", "schedule": crontab(minute=12), "options": {"expires": 1800}},
    "write_reports": {
        "task": "workflows.tasks.write_reports", "schedule": crontab(minute="*/10"), "options": {"expires": 590},
    },
    "send_reports": {
        "task": "communications.tasks.send_reports", "schedule": schedule(60), "options": {"expires": 55},
    },
    "retention": {
        "task": "workflows.tasks.remove_old", "schedule": crontab(hour=2, minute=40), "options": {"expires": 3600},
    },
}  # fmt: skip
