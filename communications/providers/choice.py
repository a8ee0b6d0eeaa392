"""Which provider carries a channel: the configured one, else the sandbox."""

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
    for name, kind in kinds().items():
        if channel in kind.channels and name != SANDBOX and kind.is_configured():
            return provider_named(name)
    return provider_named(SANDBOX)


def provider_named(name: str) -> Provider:
    """Return a provider by name; one instance serves all threads. Raises KeyError."""
    kind = kinds()[name]
    key = (name, *(getattr(settings, setting) for setting in kind.made_from))
    with _lock:
        if key not in _made:
            _made[key] = kind.from_settings()
            _made[key].account_key = f"{name}/{sha256(repr(key).encode()).hexdigest()[:12]}"
        return _made[key]
