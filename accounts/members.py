"""Members of an organization: who is let in, in which role, and who leaves. There is always an owner left."""

import secrets
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import Membership, Role, User

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 16


def may_invite(username: str, *, by: Any) -> bool:
    """Tell whether a person may let somebody of this name in: superusers and closed accounts are the house's to."""
    user = User.objects.filter(username=username).first()
    return user is None or by.is_superuser or (user.is_active and user.is_staff and not user.is_superuser)


def invite(username: str) -> tuple[User, str | None]:
    """Return the person of this name, made with a password for the first sign-in if there is none."""
    user = User.objects.filter(username=username).first()
    if user is not None:
        return user, None
    plain = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return User.objects.create_user(username, password=plain, is_staff=True, password_is_temporary=True), plain


def tell_made(user: User, organization_id: int, *, by: Any, now: datetime) -> None:
    """Record that an account was made."""
    audit.record(str(by), "utilisateur.creer", "utilisateur", user.pk, now=now, organization_id=organization_id,
                 target=str(user))  # fmt: skip


def is_last_owner(member: Membership) -> bool:
    """Tell whether an organization would be without an owner; nobody else leaves until the transaction ends."""
    owners = Membership.objects.filter(organization_id=member.organization_id, role=Role.OWNER)
    ids = [owner.pk for owner in owners.select_for_update().order_by("pk")]
    return ids == [member.pk]
