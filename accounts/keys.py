"""API keys: made once, shown once, stored as a digest.

A key is `ber_sk_…` (secret: everything a site may do) or `ber_pk_…` (publishable: may only report
events). It carries 256 random bits, so a plain SHA-256 is enough: there is no dictionary to try.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

PREFIX_LENGTH = 12


class KeyKind(StrEnum):
    """What a key may do."""

    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    PUBLISHABLE = "publishable"


MARKS = {KeyKind.SECRET: "ber_sk_", KeyKind.PUBLISHABLE: "ber_pk_"}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: `plain` is shown to its owner and forgotten."""

    plain: str
    prefix: str
    digest: str


def new_key(kind: KeyKind) -> NewKey:
    """Make a key of the given kind."""
    plain = MARKS[kind] + secrets.token_urlsafe(32)
    return NewKey(plain, plain[:PREFIX_LENGTH], digest(plain))


def new_hook_secret() -> str:
    """Return a new signing secret in the form of Standard Webhooks: `whsec_` and 24 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def digest(plain: str) -> str:
    """Return the hexadecimal SHA-256 under which a key is stored and looked up."""
    return hashlib.sha256(plain.encode()).hexdigest()
