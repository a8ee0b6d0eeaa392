"""Write down what the team knows and does about a contact: notes, interactions, tasks."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record
from berinia.wake import wake
from crm.models import Contact, Event, Note, Task

INTERACTION = "interaction"
LONGEST = 5_000


class Kind(models.TextChoices):
    """What took place with the person."""

    CALL = "appel", gettext_lazy("appel")
    MEETING = "rdv", gettext_lazy("rendez-vous")
    EMAIL = "email", gettext_lazy("email")
    VISIT = "visite", gettext_lazy("visite")
    OTHER = "autre", gettext_lazy("autre")


class WriteError(ValueError):
    """This cannot be written down; the text says why, in French, `field` where."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


@transaction.atomic
def add_note(contact: Contact, text: str, author: str, now: datetime) -> Note:
    """Add a note of the team. Raises WriteError."""
    note = Note.objects.create(
        organization_id=contact.organization_id, site_id=contact.site_id, contact=contact, text=_checked(text, "texte"),
        author=author[:150], created_at=now,
    )  # fmt: skip
    _record(contact, author, "note.ajouter", now, note=note.pk)
    return note


@transaction.atomic
def record_interaction(
    contact: Contact, kind: str, text: str, outcome: str, at: datetime, by: str, now: datetime
) -> Event:
    """Record what took place with a contact as the event `interaction`, which workflows hear. Raises WriteError."""
    if kind not in Kind.values:
        raise WriteError("type", str(_("Une interaction est l'un de : %(kinds)s.")) % {"kinds": ", ".join(Kind.values)})
    if at > now:
        raise WriteError("le", str(_("Cette date est dans l'avenir : une interaction a déjà eu lieu.")))
    event = Event.objects.create(
        organization_id=contact.organization_id, site_id=contact.site_id, contact=contact, name=INTERACTION,
        data={"type": kind, "texte": text.strip()[:LONGEST], "issue": outcome.strip()[:200], "par": by},
        occurred_at=at, received_at=now,
    )  # fmt: skip
    _record(contact, by, "interaction.consigner", now, type=kind, evenement=event.pk)
    wake("engine")
    return event


@transaction.atomic
def create_task(contact: Contact, title: str, due_at: datetime | None, author: str, now: datetime) -> Task:
    """Put something to do about a contact on the team's list. Raises WriteError."""
    task = Task.objects.create(
        organization_id=contact.organization_id, site_id=contact.site_id, contact=contact,
        title=_checked(title, "titre", 300), due_at=due_at, created_at=now,
    )  # fmt: skip
    _record(contact, author, "tache.creer", now, tache=task.pk)
    return task


def _checked(text: str, field: str, longest: int = LONGEST) -> str:
    said = text.strip()
    if not said or len(said) > longest:
        raise WriteError(field, str(_("Il faut un texte, de %(n)d caractères au plus.")) % {"n": longest})
    return said


def _record(contact: Contact, actor: str, action: str, now: datetime, **details: str | int) -> None:
    record(
        actor, action, "contact", contact.pk, now=now, organization_id=contact.organization_id, details=details,
    )  # fmt: skip
