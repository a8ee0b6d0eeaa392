"""The door of the live socket: who may open it, from which page, and what they may see.

A session (the cookie of the admin) or a user's token, in `Sec-WebSocket-Protocol: berinia.v1, bearer.<token>`. A page
of another origin could use the cookie of whoever visits it, so that a session needs a page of our own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from accounts import tokens
from accounts.models import Organization, Role, User
from accounts.origins import of_address
from accounts.second_factor import is_complete, is_missing
from accounts.tenancy import roles_of

PROTOCOL = "berinia.v1"
BEARER = "bearer."


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody shows who opens a socket."""

    host: str
    origin: str
    session_key: str
    token: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks: roles by organization, None for a superuser, who sees all. `until`: when the token ends."""

    user_id: int
    username: str
    roles: Mapping[int, str] | None
    until: datetime | None = None

    def sees(self, organization_id: int, roles: frozenset[Role] | None = None) -> bool:
        """Tell whether they belong to an organization, in one of these roles."""
        if self.roles is None:
            return True
        role = self.roles.get(organization_id)
        return role is not None and (roles is None or role in roles)


def caller_of(headers: Sequence[tuple[bytes, bytes]], protocols: Sequence[str]) -> Caller:
    """Read what a request for a socket shows."""
    found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    token = next((name.removeprefix(BEARER) for name in protocols if name.startswith(BEARER)), "")
    cookie = parse_cookie(found.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    return Caller(found.get("host", ""), found.get("origin", "").strip().lower(), "" if token else cookie, token)


def may_come_from(caller: Caller) -> bool:
    """Tell whether a socket may be opened from this page; a machine that shows a token has none."""
    if not validate_host(split_domain_port(caller.host)[0], settings.ALLOWED_HOSTS):
        return False
    if not caller.origin:
        return bool(caller.token)
    return _is_ours(caller) or bool(caller.token and caller.origin in settings.LIVE_ORIGINS)


def _is_ours(caller: Caller) -> bool:
    """Tell whether a page is of our own host; a proxy may have taken TLS off, so that the scheme does not count."""
    host = urlsplit(caller.origin).netloc
    return bool(host) and host in (caller.host.lower(), urlsplit(of_address(settings.PUBLIC_URL)).netloc)


def person_of(caller: Caller) -> Person | None:
    """Return who it is, as they are now; None for nobody, and for who may not sign in to the admin."""
    user, until = _user_of(caller)
    if user is None or not (user.is_active and user.is_staff):
        return None
    return Person(user.pk, user.get_username(), None if user.is_superuser else roles_of(user), until)


def _user_of(caller: Caller) -> tuple[User | None, datetime | None]:
    if caller.token:
        try:
            found = tokens.bearer(caller.token)
        except tokens.TokenError:
            return None, None
        return found.user, found.until
    if not caller.session_key:
        return None, None
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore(caller.session_key)
    user = get_user(cast(HttpRequest, SimpleNamespace(session=store)))
    is_whole = isinstance(user, User) and is_complete(user, store) and not is_missing(user)
    return (cast(User, user) if is_whole else None), None


def names_of(person: Person) -> list[dict[str, str]]:
    """Return the organizations of a person, with their role; none for a superuser, whose they all are."""
    roles = person.roles or {}
    named = Organization.objects.filter(pk__in=roles).order_by("name").values_list("pk", "name")
    return [{"id": str(pk), "nom": name, "role": roles[pk]} for pk, name in named]
