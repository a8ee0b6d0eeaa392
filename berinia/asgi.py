"""What uvicorn serves."""

import os
from concurrent.futures import ThreadPoolExecutor

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from berinia.garbage import collect_seldom
from berinia.threads import Threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berinia.settings")

# A thread takes a connection for as long as it answers.
settings.DATABASES["default"]["OPTIONS"]["pool"] = settings.DATABASE_POOL

# More threads do not answer more: they wait for one interpreter.
http = Threads(get_wsgi_application(), ThreadPoolExecutor(8, "http"))

from django.urls import get_resolver  # noqa: E402 - once the apps are loaded

from workflows.live.socket import live  # noqa: E402

# Find every page and call now: whoever asks first does not wait for it.
get_resolver().url_patterns  # noqa: B018
collect_seldom()

application = ProtocolTypeRouter({"http": http, "websocket": live})
