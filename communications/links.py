"""Addresses that contacts follow: signed, so that none can be made up, and reached from outside."""

from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.urls import reverse

IN_ITS_PLACE = "-what-is-told-"


def public(path: str = "") -> str:
    """Return where a path is reached from outside."""
    return (settings.PUBLIC_URL or f"http://localhost:{settings.PORT}") + path


def signed_link(name: str, salt: str, value: str) -> str:
    """Return the address of a page that is told `value`, signed."""
    return public(_path(name).replace(IN_ITS_PLACE, quote(signing.Signer(salt=salt).sign(value), safe="~:")))


@cache
def _path(name: str) -> str:
    """Return the path of a page, with a word in the place of what it is told: to ask for it each time takes longer."""
    return reverse(name, args=[IN_ITS_PLACE])


def signed_value(salt: str, token: str) -> str | None:
    """Return what was signed, or None when it was not signed here."""
    try:
        return signing.Signer(salt=salt).unsign(token)
    except signing.BadSignature:
        return None


def sealed(salt: str, value: list[object]) -> str:
    """Return a token that holds a value, as short as can be."""
    return signing.Signer(salt=salt).sign_object(value, compress=True)


def unsealed(salt: str, token: str) -> list[object] | None:
    """Return the value that a token holds, or None when it was not sealed here."""
    try:
        value: list[object] = signing.Signer(salt=salt).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return value
