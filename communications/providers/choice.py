"""Which provider carries a channel: the configured one, else the sandbox.

Email goes through Resend if that is configured, else over SMTP, else to the sandbox: the lowest `rank` wins.
"""

import threading
from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from django.conf import settings

from berinia.plugins import discover
from communications.providers.base import Provider

SANDBOX = "sandbox"

_made: dict[tuple[object, ...], Provider] = {}
_lock = threading.Lock()


@cache
def kinds() -> Mapping[str, type[Provider]]:
    """Return the classes of all providers by name."""
    return discover("communications.providers", Provider)


def provider_for(channel: str) -> Provider:
    """Return the provider that carries a channel under the present settings."""
    fitting = [kind for kind in kinds().values() if channel in kind.channels and kind.name != SANDBOX]
    configured = [kind for kind in fitting if kind.is_configured()]
    chosen = min(configured, key=lambda kind: (kind.rank, kind.name), default=None)
    return provider_named(chosen.name if chosen else SANDBOX)


def provider_named(name: str) -> Provider:
    """Return a provider by name; one instance serves all threads. Raises KeyError."""
    kind = kinds()[name]
    key = (name, *(getattr(settings, setting) for setting in kind.made_from))
    with _lock:
        if key not in _made:
            _made[key] = kind.from_settings()
            _made[key].account_key = f"{name}/{sha256(repr(key).encode()).hexdigest()[:12]}"
        return _made[key]
