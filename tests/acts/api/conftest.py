"""A caller of the API, with its key."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.keys import KeyKind
from accounts.models import Site
from tests.make import make_key, make_site


@dataclass
class Api:
    """Calls the API of one site."""

    site: Site
    key: str | None

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a body (a value as JSON, bytes as they are); headers with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = sent.pop("Content-Type", "application/json")
        return Client().generic(method, path, raw, content_type=content_type, headers=sent)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("PUT", path, body, **headers)


@pytest.fixture
def api(db) -> Api:
    """The holder of a site's secret key."""
    site = make_site()
    return Api(site, make_key(site))


@pytest.fixture
def browser(api) -> Api:
    """The holder of a publishable key of the same site."""
    return Api(api.site, make_key(api.site, KeyKind.PUBLISHABLE))


@pytest.fixture
def stranger(db) -> Api:
    """The holder of a secret key of another organization."""
    site = make_site()
    return Api(site, make_key(site))


@pytest.fixture
def nobody(api) -> Api:
    """A caller without key."""
    return Api(api.site, None)
