"""Calls to servers that the settings name: one pool, no repeat by itself, what the environment says asked once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

CONNECT_TIMEOUT_SECONDS = 3.05
POOL = 64


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the environment says of calls to an address: through which proxies, checked by which certificates."""

    proxies: Mapping[str, str]
    verify: bool | str


class PooledSession(requests.Session):
    """A session that asks the environment once an address, not at each call: that takes as long as the call's rest."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def merge_environment_settings(  # type: ignore[override]
        self, url: str | bytes | None, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """Return what a call is made with."""
        parts = urlsplit(str(url))
        found = _surroundings(f"{parts.scheme}://{parts.netloc}")
        is_default = verify is None or verify is True
        return {
            "proxies": {**found.proxies, **(proxies or {})}, "stream": bool(stream), "cert": cert,
            "verify": found.verify if is_default else verify,
        }  # fmt: skip


@lru_cache(maxsize=100)
def _surroundings(address: str) -> Surroundings:
    verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    return Surroundings(get_environ_proxies(address), verify)


def pooled_session() -> requests.Session:
    """Return a session that keeps its connections and never repeats a request by itself."""
    session = PooledSession()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def seconds(text: str | None) -> timedelta | None:
    """Read a Retry-After in seconds; anything else is none."""
    return timedelta(seconds=int(text)) if text and text.isdecimal() and len(text) < 7 else None
