"""Every change in the admin leaves an entry in the audit log, in its own transaction: who, what, before, after.

An act or a form that records an entry of its own (it knows best what it did) is not recorded twice: the entry of a
form only gets its before and after.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.audited_fields import SHOWN, differences, said
from accounts.models import AuditEntry, Organization, User
from berinia.admin.witness import Outcome

Picture = dict[str, tuple[Any, Any]]
Values = Mapping[str, Any]
# What entries call what they are about; other models by their label.
KINDS = {
    "accounts.user": "utilisateur", "accounts.organization": "organisation", "accounts.site": "site",
    "accounts.apikey": "cle", "accounts.membership": "membre", "agents.agentsettings": "reglages_agents",
    "communications.template": "modele", "communications.brake": "frein", "communications.message": "message",
    "communications.notification": "notification", "communications.sendingrules": "regles_envoi",
    "communications.suppression": "adresse_bloquee", "crm.connection": "connexion", "crm.contact": "contact",
    "crm.duplicate": "doublon", "crm.export": "export", "crm.import": "import", "crm.lead": "lead",
    "crm.segment": "segment", "crm.task": "tache", "workflows.enrolment": "inscription",
    "workflows.execution": "executions", "workflows.workflow": "workflow",
}  # fmt: skip
NAMED = SHOWN | {"accounts.user", "crm.connection"}  # whose names are nobody's secret


def kind_of(model: Any) -> str:
    """Return what entries call rows of a model."""
    label: str = model._meta.label_lower
    return KINDS.get(label, label)


def picture(row: Model) -> Picture:
    """Return how a row is: by field, what to compare and what may be said."""
    label = row._meta.label_lower
    found = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.attname in row.get_deferred_fields():
            continue
        found[field.attname] = (_comparable(value), said(label, field.attname, value, is_choice=bool(field.choices)))
    return found


def organization_of(page: Any, row: Any) -> int | None:
    """Return whose log an entry about a row goes to; None: the house's."""
    if isinstance(row, User):
        return audit.organization_of(row)
    found: Any = row
    for part in str(getattr(page, "organization_path", "organization_id")).split("__"):
        found = getattr(found, part, None)
    return found


class AuditLog:
    """The witness (berinia/admin/witness.py)."""

    @contextmanager
    def acting(self, page: Any, request: HttpRequest, act: Any, rows: Sequence[Any]) -> Iterator[Outcome]:
        """Record an act that does not do so itself: one entry a row."""
        before, outcome = {row.pk: picture(row) for row in rows}, Outcome()
        with audit.watched() as own:
            yield outcome
        if own or not outcome.done or not rows:
            return
        after = {row.pk: picture(row) for row in type(rows[0])._default_manager.filter(pk__in=before)}
        for row in rows:
            self._record(page, request, act.name, row, *differences(before[row.pk], after.get(row.pk, {})))

    @contextmanager
    def editing(self) -> Iterator[None]:
        """Watch which entries a form leaves by itself."""
        with audit.watched():
            yield

    def seen(self, request: HttpRequest, row: Any) -> None:
        """Keep how a row is, before the form fills it in."""
        vars(request).setdefault("_pictures", {})[row._meta.label_lower, row.pk] = picture(row)

    def changed(self, page: Any, request: HttpRequest, action: str, row: Any, formsets: Sequence[Any] = ()) -> None:
        """Record what a form did."""
        before: Picture = getattr(request, "_pictures", {}).get((row._meta.label_lower, row.pk), {})
        after: Picture = {}
        if action != "supprimer":
            now_is = type(row)._default_manager.filter(pk=row.pk).first()
            after = picture(now_is) if now_is is not None else {}
        told = differences({} if action == "creer" else before, after)
        own: AuditEntry | None = audit.last_watched()
        if own is not None:
            AuditEntry.objects.filter(pk=own.pk, before=None, after=None).update(before=told[0], after=told[1])
        elif action != "modifier" or told[1]:
            self._record(page, request, action, row, *told)
        for formset in formsets:
            self._inlines(request, formset)

    def _inlines(self, request: HttpRequest, formset: Any) -> None:
        """Record the rows below a form."""
        for action, row, before in _inline_changes(formset):
            after = {} if action == "supprimer" else picture(row)
            self._record(None, request, action, row, *differences(before, after))

    def _record(
        self,
        page: Any,
        request: HttpRequest,
        action: str,
        row: Any,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        is_gone = action == "supprimer" and isinstance(row, Organization)
        label, kind = row._meta.label_lower, kind_of(type(row))
        audit.record(
            str(request.user), f"{kind}.{action}", kind, row.pk if isinstance(row.pk, int) else None,
            now=timezone.now(), organization_id=None if is_gone else organization_of(page, row),
            target=str(row) if label in NAMED else "", before=before or None, after=after or None,
        )  # fmt: skip


def _inline_changes(formset: Any) -> Iterator[tuple[str, Any, Picture]]:
    """Return what was done to the rows below a form, and how they were."""
    for row in getattr(formset, "new_objects", ()):
        yield "creer", row, {}
    for row in getattr(formset, "deleted_objects", ()):
        yield "supprimer", row, picture(row)
    for row, names in getattr(formset, "changed_objects", ()):
        form = next(form for form in formset.initial_forms if form.instance.pk == row.pk)
        before = picture(row)
        for name in names:
            field, value = row._meta.get_field(name), form.initial.get(name)
            shown = said(row._meta.label_lower, field.attname, value, is_choice=bool(field.choices))
            before[field.attname] = (_comparable(value), shown)
        yield "modifier", row, before


def _comparable(value: Any) -> str | None:
    return None if value is None or value == "" else repr(value)
