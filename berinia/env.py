"""Every environment variable: its type, default and meaning. Printed as .env.example and docs/settings.md."""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# The tests name another one, so that they never see the keys of the machine they run on.
ENV_FILE = os.environ.get("ENV_FILE") or Path(__file__).resolve().parent.parent / ".env"


class Env(BaseSettings):
    """Settings from the environment and from a file `.env`. An empty value is the default."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_ignore_empty=True, hide_input_in_errors=True, extra="ignore"
    )

    debug: bool = Field(False, description="Error pages with details. Never in production.")
    secret_key: str = Field(
        "",
        description="Signs sessions and links. Generated once under DATA_DIR if empty and the servers are embedded; required otherwise.",
    )
    jwt_secret: str = Field("", description="Signs the tokens of users. SECRET_KEY if empty.")
    live_origins: str = Field(
        "",
        description="Origins of pages, besides our own, from which a user's token may open /ws and read the API, separated by commas: https://app.example.fr.",
    )
    session_hours: int = Field(
        12, ge=1, description="How long a person stays signed in without doing anything, in hours."
    )
    login_attempts: int = Field(
        5, ge=1, description="Wrong passwords in a row before a person is refused from that address for a while."
    )
    login_wait_minutes: int = Field(15, ge=1, description="For how long that person is refused then, in minutes.")
    second_factor: str = Field(
        "",
        pattern="^(owners|everybody)?$",
        description="Who has to set up a second factor (TOTP) before going on: owners (owners and superusers), everybody. Empty: whoever wants to.",
    )
    metrics_token: str = Field(
        "", description="Opens /metrics to Prometheus (Authorization: Bearer …). Empty: only this machine may read it."
    )
    visitor_events_per_minute: int = Field(
        60,
        ge=0,
        description="Events a minute that one visitor's address may report with a publishable key; 0: no limit.",
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]", description="Host names that the web answers to, separated by commas."
    )
    public_url: str = Field(
        "",
        description="Where the web is reached from outside, e.g. https://app.example.fr. Needed for unsubscribe links and for the status callbacks of Twilio.",
    )
    host: str = Field("127.0.0.1", description="The address that `make run` listens on.")
    port: int = Field(8000, description="The port that `make run` listens on.")
    data_dir: Path = Field(
        Path(".data"), description="Where the embedded PostgreSQL and Redis, the demo's access and logs are kept."
    )
    log_json: bool | None = Field(
        None, description="One JSON object a line in the logs. Empty: yes, but not with the embedded database."
    )
    database_url: str = Field(
        "", description="postgresql://user:password@host:5432/name. Empty: PostgreSQL embedded under DATA_DIR."
    )
    redis_url: str = Field("", description="redis://host:6379/0. Empty: Redis embedded under DATA_DIR.")
    resend_api_key: str = Field("", description="Resend's key. Empty: emails go to the sandbox.")
    resend_api_url: str = Field("https://api.resend.com", description="Resend's address.")
    resend_webhook_secret: str = Field("", description="Signs Resend's webhooks (whsec_…). Empty: they are refused.")
    resend_rate_per_second: float = Field(
        2,
        ge=0,
        description="Requests a second that Resend's account takes (2 by default there); 0: no limit. Emails that wait go up to 100 in one request.",
    )
    smtp_url: str = Field(
        "",
        pattern=r"^(smtps?://([^/@]*@)?(\[[0-9a-fA-F:]+\]|[^/@:\[\]]+)(:[0-9]+)?/?)?$",
        description="smtp://user:password@host:587 (STARTTLS) or smtps://…:465, instead of Resend: used when RESEND_API_KEY is empty. Without TLS nothing goes out, but to this machine.",
    )
    smtp_rate_per_second: float = Field(10, ge=0, description="Emails a second over SMTP; 0: no limit.")
    from_email: str = Field("", description="Sender of emails for sites that have none of their own.")
    twilio_account_sid: str = Field("", description="Twilio's account. Empty: SMS go to the sandbox.")
    twilio_auth_token: str = Field("", description="Twilio's token.")
    twilio_phone_number: str = Field(
        "", description="Sender of SMS for sites that have none of their own: +33… or a name of 11 characters."
    )
    twilio_whatsapp_number: str = Field(
        "",
        description="Sender on WhatsApp (+33…) for sites that have none of their own. Empty: WhatsApp goes to the sandbox.",
    )
    twilio_rate_per_second: float = Field(
        80,
        ge=0,
        description="Requests a second to Twilio's account, SMS and WhatsApp each; 0: no limit. Twilio queues what is more than its senders can carry.",
    )
    twilio_api_url: str = Field("https://api.twilio.com", description="Twilio's address.")
    sms_segment_euros: float = Field(
        0.08, ge=0, description="What one segment of an SMS costs, in euros: what simulations reckon with."
    )
    email_euros: float = Field(
        0.0004, ge=0, description="What one email costs, in euros: what simulations reckon with."
    )
    whatsapp_euros: float = Field(
        0.08, ge=0, description="What one WhatsApp message costs, in euros: what simulations reckon with."
    )
    slack_webhook: str = Field("", description="Slack's incoming webhook for alerts.")
    slack_rate_per_second: float = Field(
        1, ge=0, description="Messages a second to Slack's webhook, which takes one; 0: no limit."
    )
    serper_api_key: str = Field("", description="Serper's key.")
    serper_api_url: str = Field("https://google.serper.dev", description="Serper's address.")
    hubspot_api_url: str = Field("https://api.hubapi.com", description="HubSpot's address.")
    pipedrive_api_url: str = Field("https://api.pipedrive.com", description="Pipedrive's address.")
    credentials_key: str = Field(
        "",
        description="Encrypts the keys of CRMs in the database, and is half of every authenticator's secret. SECRET_KEY if empty. With another value keys have to be entered and second factors set up again.",
    )
    export_every_minutes: int = Field(
        15, ge=1, description="How often the exporter decides in a CRM's working hours, in minutes."
    )
    openai_api_key: str = Field("", description="OpenAI's key. Without any key agents use their rules.")
    openai_base_url: str = Field("https://api.openai.com/v1", description="OpenAI's address.")
    anthropic_api_key: str = Field("", description="Anthropic's key.")
    anthropic_base_url: str = Field("https://api.anthropic.com", description="Anthropic's address.")
    mistral_api_key: str = Field("", description="Mistral's key.")
    mistral_base_url: str = Field("https://api.mistral.ai/v1", description="Mistral's address.")
    local_base_url: str = Field(
        "",
        description="Any server that speaks OpenAI's protocol (vLLM, Ollama, a gateway), e.g. http://localhost:11434/v1: its models are local:<name>.",
    )
    local_api_key: str = Field("", description="The key of that server, where it asks for one.")
    agent_models: str = Field(
        "",
        description="Models that agents ask, in order, separated by commas: provider:model. Empty: a small one of each provider whose key is set (Mistral, OpenAI, Anthropic).",
    )
    agent_prices: dict[str, tuple[float, float]] = Field(
        {},
        description='Dollars for a million tokens read and written, for models whose price is not known: {"local:llama3": [0, 0]}. A model without a price is not asked.',
    )
    agent_monthly_budget_dollars: float = Field(
        20,
        ge=0,
        description="What an organization's agents may spend in a month (UTC), in dollars, unless its own settings say otherwise. Then the rules decide.",
    )
    agent_timeout_seconds: float = Field(20, gt=0, description="How long a model may take for one answer, in seconds.")
    agent_run_timeout_seconds: float = Field(
        60,
        gt=0,
        description="How long a run may take with all its retries and models, in seconds; then the rules decide.",
    )
    agent_calls: int = Field(8, ge=1, description="Runs in flight at once, per process.")
    agent_cache_hours: float = Field(
        24, ge=0, description="How long an identical call is answered from memory; 0: never."
    )
    slack_from_severity: str = Field(
        "warning",
        pattern="^(info|warning|error)$",
        description="From which severity on alerts go to Slack: info, warning or error.",
    )
    alerts_per_hour: int = Field(
        20,
        ge=1,
        description="Emails about alerts to one person, and messages to Slack, in an hour; what is more is summed up in one.",
    )
    opt_out_spike_least: int = Field(
        5,
        ge=1,
        description="Operators are told when at least so many contacts of an organization opt out in a day,"
        " and more than OPT_OUT_SPIKE_RATE of the messages sent.",
    )
    opt_out_spike_rate: float = Field(
        0.02, ge=0, le=1, description="The part (0 to 1) of a day's messages from which on opt-outs are unusually many."
    )
    address_hash_key: str = Field(
        "",
        description="Fingerprints of closed addresses are made with it. SECRET_KEY if empty. With another value, addresses of erased people are no longer known to be closed: never change it.",
    )
    api_throttle_per_minute: int = Field(
        6000, description="Requests a minute and API key (a batch counts as many as its events); 0: no limit."
    )
    api_max_body_bytes: int = Field(1_048_576, description="The largest body that the API takes, in bytes.")
    engine_batch: int = Field(2000, description="Executions, or events, in one transaction of the engine.")
    delivery_batch: int = Field(
        100, description="Messages that a worker claims at once, per channel: those that a pause comes too late for."
    )
    delivery_calls: int = Field(32, description="Calls in flight at once, per process and provider.")
    delivery_lease_seconds: int = Field(
        60, description="After so long, a message in the hands of a worker that died is looked up or sent again."
    )
    delivery_timeout_seconds: float = Field(10, description="How long a provider may take to answer.")
    calls_trusted_hosts: str = Field(
        "",
        description="Hosts of workflows' HTTP calls that may be private and without TLS, separated by commas. Empty: public https addresses only.",
    )
    brake_window_seconds: int = Field(
        3600,
        description="The automatic brake judges a workflow's channel by the failures of what it sent in this time (by complaints: in a day).",
    )
    brake_least_messages: int = Field(20, description="With fewer messages in that time, nothing is judged.")
    brake_failure_rate: float = Field(0.2, description="More failures and bounces than this part (0 to 1) brake.")
    brake_complaint_rate: float = Field(0.003, description="More complaints than this part brake (Gmail's limit).")
    reconcile_after_seconds: int = Field(
        180, description="How long to wait before a provider is asked what became of a message."
    )
    retention_step_runs_days: int = Field(
        396,
        ge=1,
        description="How long passed steps are kept, in days: 13 months. They go by whole months, those of active executions never.",
    )
    retention_executions_days: int = Field(
        1095, ge=1, description="How long an execution is kept after its end, in days: 3 years."
    )
    retention_events_days: int = Field(
        1095,
        ge=1,
        description="How long events are kept, in days: 3 years, what the CNIL allows for prospects. One that started an execution stays as long as it does. An idempotency key is remembered as long as its event.",
    )
    retention_messages_days: int = Field(
        1095, ge=1, description="How long messages are kept, in days: 3 years. What is on its way never goes."
    )
    retention_calls_days: int = Field(
        90, ge=1, description="How long the HTTP calls of workflows are kept once they are settled, in days."
    )
    retention_notifications_days: int = Field(
        180, ge=1, description="How long alerts are kept once they are read, in days."
    )
    retention_prospects_days: int = Field(
        1095,
        ge=1,
        description="After how long without a sign of life a contact is erased, in days: 3 years, what the CNIL allows for prospects. An event of the site, a reply, a click or a consent is a sign; a mail that is opened, or what we send, is none. Never with an execution that is active or a task that is open.",
    )
    retention_customers_days: int = Field(
        1095,
        ge=1,
        description="The same for customers (a workflow was converted once), in days from their last sign of life: 3 years, what the CNIL allows for marketing.",
    )
    retention_bodies_days: int = Field(
        396,
        ge=1,
        description="How long the written text of a message is kept, in days: 13 months. The message itself stays longer, without it.",
    )
    retention_agent_runs_days: int = Field(
        90, ge=1, description="How long what agents were told and answered is kept, in days."
    )
    retention_imports_days: int = Field(
        30, ge=1, description="How long an import can be undone, in days; then its file and lines go."
    )
    retention_webhooks_days: int = Field(
        90, ge=1, description="How long raw requests of providers are kept once they came in, in days."
    )
    retention_oppositions_days: int = Field(
        1095,
        ge=1095,
        description="How long the fingerprint of a closed address is kept after its person was erased, in days: 3 years, the least that the CNIL asks for.",
    )


@cache
def env() -> Env:
    """Return the environment, read once. Raises pydantic.ValidationError, which names the variable."""
    return Env()
