"""Tokens of users: who signs in with a password may call the API and open the live socket for a while.

A JWT is believed only as long as its user is active and has the password of that time, so that a new password or a
deactivated user ends all of them at once, and a second factor those that were given out without it. The refresh token
serves once: used again, it was stolen, and its whole family ends. Families are kept in Redis; without it, one signs in
again.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import jwt
import redis
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from accounts.second_factor import has_second_factor
from berinia.redis_client import connected

logger = logging.getLogger(__name__)

AUDIENCE = "berinia"
ACCESS_FOR, REFRESH_FOR = timedelta(minutes=15), timedelta(days=7)
LONGEST = 2_000
# Swaps the id of a family's last token, or ends the family when another one is shown.
ROTATE = """
if redis.call('get', KEYS[1]) == ARGV[1] then
    redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1
end
redis.call('del', KEYS[1]) return 0
"""


class Use(StrEnum):
    """What a token is for."""

    ACCESS = "access"
    REFRESH = "refresh"


class TokenError(Exception):
    """The token opens nothing: wrong, expired, used before, or its user is not what they were."""


class NoTokensError(Exception):
    """Tokens cannot be given out or renewed now: Redis does not answer."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What somebody gets who signs in."""

    access: str
    access_until: datetime
    refresh: str
    refresh_until: datetime


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is, and until when."""

    user: User
    until: datetime


def issue(user: User, now: datetime, *, has_factor: bool) -> Pair:
    """Make the tokens of somebody who has just signed in, with a second factor or without. Raises NoTokensError."""
    family, number = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    try:
        connected().set(_name(family), number, ex=REFRESH_FOR)
    except redis.RedisError:
        raise NoTokensError from None
    return _pair(user, now, fam=family, jti=number, otp=str(has_factor))


def renew(refresh: str, now: datetime) -> Pair:
    """Make new tokens in exchange for a refresh token, which is worth nothing then.

    Raises TokenError and NoTokensError.
    """
    claims = _claims(refresh, Use.REFRESH)
    user, number = _user_of(claims), secrets.token_urlsafe(12)
    try:
        seconds = int(REFRESH_FOR.total_seconds())
        swapped = _rotate()(keys=[_name(claims["fam"])], args=[claims["jti"], number, seconds])
    except redis.RedisError:
        raise NoTokensError from None
    if not swapped:
        logger.warning("a refresh token of user %s was shown twice or is unknown: its family ends", user.pk)
        raise TokenError("used before")
    return _pair(user, now, fam=claims["fam"], jti=number, otp=claims["otp"])


def end(refresh: str) -> User:
    """Sign out: this refresh token and those that follow from it serve no more; return who it was.

    Raises TokenError and NoTokensError.
    """
    claims = _claims(refresh, Use.REFRESH)
    user = _user_of(claims)
    try:
        connected().delete(_name(claims["fam"]))
    except redis.RedisError:
        raise NoTokensError from None
    return user


def bearer(access: str) -> Bearer:
    """Return whose access token this is. Raises TokenError."""
    claims = _claims(access, Use.ACCESS)
    return Bearer(_user_of(claims), datetime.fromtimestamp(claims["exp"], tz=UTC))


def looks_like_one(text: str) -> bool:
    """Tell whether a credential has the form of a token, and not of a site's key."""
    return text.count(".") == 2


def _pair(user: User, now: datetime, **claims: str) -> Pair:
    access_until, refresh_until = now + ACCESS_FOR, now + REFRESH_FOR
    return Pair(
        _signed(user, Use.ACCESS, now, access_until, otp=claims["otp"]), access_until,
        _signed(user, Use.REFRESH, now, refresh_until, **claims), refresh_until,
    )  # fmt: skip


def _signed(user: User, use: Use, now: datetime, until: datetime, **more: str) -> str:
    claims = {
        "aud": AUDIENCE, "iss": AUDIENCE, "sub": str(user.pk), "iat": now, "exp": until, "use": str(use),
        "fp": _fingerprint(user), **more,
    }  # fmt: skip
    return jwt.encode(claims, settings.JWT_SECRET, algorithm="HS256")


def _claims(token: str, use: Use) -> dict[str, Any]:
    texts = ["aud", "iss", "sub", "use", "fp", "otp"] + (["fam", "jti"] if use is Use.REFRESH else [])
    try:
        if len(token) > LONGEST:
            raise TokenError("too long")
        claims: dict[str, Any] = jwt.decode(
            token, settings.JWT_SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=AUDIENCE,
            options={"require": ["exp", "iat", *texts]},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenError(type(error).__name__) from None
    if claims["use"] != use or not all(isinstance(claims[name], str) for name in texts):
        raise TokenError("for something else")
    return claims


def _user_of(claims: dict[str, Any]) -> User:
    user = User.objects.filter(pk=claims["sub"], is_active=True).first() if claims["sub"].isdecimal() else None
    if user is None or not constant_time_compare(claims["fp"], _fingerprint(user)):
        raise TokenError("not the user it was")
    if claims["otp"] != str(True) and has_second_factor(user):
        raise TokenError("signed in before the second factor")
    return user


def _fingerprint(user: User) -> str:
    """Return what changes with the password, and says nothing about it."""
    return salted_hmac("berinia.tokens", user.get_session_auth_hash()).hexdigest()[:24]


def _name(family: str) -> str:
    return f"berinia:token:{family}"


@cache
def _rotate() -> Any:
    return connected().register_script(ROTATE)
