"""The second factor: a code of an application (TOTP), or one of ten recovery codes that each work once.

A wrong code makes the next one wait, longer each time (django-otp's throttling); a code that was used is dead. Of
recovery codes only fingerprints are stored, of an application half of its secret.
"""

import secrets
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from accounts import audit
from accounts.models import Authenticator, Membership, Role, User

RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is taken for something else: i l o 0 1
HALF = 5
STORED = 16  # what a StaticToken holds: 64 bits of the fingerprint
KIND = "utilisateur"


def has_second_factor(user: Any) -> bool:
    """Tell whether a person has set up a second factor."""
    return Authenticator.objects.filter(user_id=user.pk, confirmed=True).exists()


def must_have(user: Any) -> bool:
    """Tell whether a person has to have one (SECOND_FACTOR)."""
    if not settings.SECOND_FACTOR:
        return False
    if settings.SECOND_FACTOR == "everybody" or user.is_superuser:
        return True
    return Membership.objects.filter(user_id=user.pk, role=Role.OWNER).exists()


def is_missing(user: Any) -> bool:
    """Tell whether a person has to set one up before anything else."""
    return must_have(user) and not has_second_factor(user)


def is_complete(user: Any, session: Mapping[str, Any]) -> bool:
    """Tell whether a session counts as signed in: its second factor was given, if the person has one."""
    device = Device.from_persistent_id(str(session.get(DEVICE_ID_SESSION_KEY) or ""))
    if device is not None and device.user_id == user.pk and device.confirmed:
        return True
    return not has_second_factor(user)


def is_code_right(user: Any, code: str) -> bool:
    """Tell whether a code is right, and use it up. Wrong ones are counted: do not ask in a transaction of yours."""
    return match(user, code) is not None


def match(user: Any, code: str) -> Device | None:
    """Return the device that a code is of, and use it up; None for a wrong one, or one that comes too soon."""
    code = "".join(part for part in code.lower() if part.isalnum())[:40]
    kind = Authenticator if code.isdecimal() and len(code) == 6 else StaticDevice
    with transaction.atomic():
        device = kind.objects.select_for_update().filter(user_id=user.pk, confirmed=True).first()
        if device is None:
            return None
        is_right = device.verify_token(code if kind is Authenticator else _fingerprint(user.pk, code))
        return device if is_right else None


def pending(user: Any) -> Authenticator | None:
    """Return the device that is being set up."""
    return Authenticator.objects.filter(user_id=user.pk, confirmed=False).first()


@transaction.atomic
def begin(user: User) -> Authenticator:
    """Make a secret for a person who has no second factor; the device counts once its first code is given."""
    Authenticator.objects.filter(user=user, confirmed=False).delete()
    return Authenticator.objects.create(user=user, name="application", confirmed=False)


@transaction.atomic
def confirm(user: User, code: str, *, now: datetime) -> tuple[Authenticator, list[str]] | None:
    """Turn the second factor on if the code is right: return the device and the recovery codes, shown once."""
    User.objects.select_for_update().get(pk=user.pk)
    device = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
    digits = "".join(part for part in code if part.isdecimal())
    if device is None or has_second_factor(user) or not device.verify_token(digits):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    codes = _renew_codes(user)
    _tell(user, user, "second_facteur.activer", now)
    return device, codes


@transaction.atomic
def renew_codes(user: User, *, now: datetime) -> list[str]:
    """Return ten new recovery codes; the old ones are dead."""
    codes = _renew_codes(user)
    _tell(user, user, "second_facteur.codes", now)
    return codes


@transaction.atomic
def turn_off(user: User, *, by: User, now: datetime, reason: str = "") -> bool:
    """Remove a person's second factor; tell whether there was one."""
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    if removed:
        _tell(user, by, "second_facteur.desactiver", now, reason)
    return bool(removed)


def codes_left(user: Any) -> int:
    """Return how many recovery codes a person has left."""
    return StaticToken.objects.filter(device__user_id=user.pk).count()


def drawing(device: Authenticator) -> str:
    """Return the QR code that an application reads, as SVG to put into a page."""
    code = segno.make(device.config_url, error="m")
    return str(code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="b-qr", title="QR"))


def secret_of(device: Authenticator) -> str:
    """Return the secret as it is typed into an application: base32 in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[first : first + 4] for first in range(0, len(text), 4))


def _renew_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="codes de secours")
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(2 * HALF)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_fingerprint(user.pk, code)) for code in codes)
    return [f"{code[:HALF]}-{code[HALF:]}" for code in codes]


def _fingerprint(user_id: int, code: str) -> str:
    return salted_hmac("accounts.second_factor", f"{user_id}:{code}", algorithm="sha256").hexdigest()[:STORED]


def _tell(user: User, by: User, action: str, now: datetime, reason: str = "") -> None:
    audit.record(
        str(by), action, KIND, user.pk, now=now, organization_id=audit.organization_of(user), target=str(user),
        reason=reason,
    )  # fmt: skip
