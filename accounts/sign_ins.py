"""What the audit log says of signing in: who came, who left, who was refused."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.login_guard import username_of
from accounts.models import User
from berinia.caller import ip_of

ANYBODY = "anonyme"
KIND = "utilisateur"


def signed_in(request: HttpRequest, user: Any, *, now: datetime, second_factor: bool = False) -> None:
    """Record that a person signed in."""
    _tell("connexion", user, now, by=str(user), ip=ip_of(request), second_facteur=second_factor)


def signed_out(user: Any, *, now: datetime) -> None:
    """Record that a person signed out."""
    _tell("connexion.fin", user, now, by=str(user))


def password_changed(user: Any, *, now: datetime) -> None:
    """Record that a person changed their own password."""
    _tell("utilisateur.mot_de_passe", user, now, by=str(user))


@receiver(user_login_failed, dispatch_uid="accounts.sign_ins")
def _failed(sender: Any, credentials: Any, request: HttpRequest | None = None, **_more: Any) -> None:
    """Record a wrong password or code, and the refusal that follows; not each attempt that is refused after it."""
    if request is None or getattr(request, "_refused_before", False):
        return
    # The name of nobody may be a password that was typed into the wrong field.
    user = User.objects.filter(username=username_of(request, credentials)).first()
    is_locked = getattr(request, "axes_locked_out", False)
    for action in ("connexion.echec", "connexion.blocage")[: 1 + bool(is_locked)]:
        _tell(action, user, timezone.now(), by=ANYBODY, ip=ip_of(request))


def _tell(action: str, user: Any, now: datetime, *, by: str, **details: Any) -> None:
    """Record it in the log of the person's organization."""
    organization_id = audit.organization_of(user) if user else None
    pk, name = (user.pk, str(user)) if user else (None, "")
    audit.record(by, action, KIND, pk, now=now, organization_id=organization_id, target=name, details=details)
