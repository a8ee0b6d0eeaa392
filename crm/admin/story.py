"""The story of a contact: sources of its timeline. Each app adds its own by `tell`, as its admin is loaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from crm.admin.event_words import ICONS, RECEIVED, text_of, title_of
from crm.admin.histories import EXPORT_TAGS
from crm.models import Consent, Contact, Event, Export, Lead, Note, Task
from crm.serializers import OF_MESSAGES
from crm.timeline import Entry, Page, Position, merge

MOST = 50  # entries on a page
# What the chips say, in their order.
KINDS: Mapping[str, Any] = {
    "messages": _("Messages"), "evenements": _("Événements"), "notes": _("Notes"), "taches": _("Tâches"),
    "parcours": _("Workflows"), "agents": _("Agents"), "exports": _("Exports"),
    "consentements": _("Consentements"), "journal": _("Journal"),
}  # fmt: skip
# What the journal says and another source shows already.
TOLD = ("note.ajouter", "interaction.consigner", "tache.creer", "consentement.enregistrer", "lead.etape")
CONSENT_TAGS = {"granted": "success", "refused": "danger"}
ACTIONS: Mapping[str, Any] = {
    "lead.classer": _("Lead classé à la main"), "lead.rendre": _("Classement rendu à la machine"),
    "lead.ecarter": _("Lead écarté"), "lead.reprendre": _("Lead repris"), "lead.attribuer": _("Lead attribué"),
    "lead.modifier": _("Lead modifié"), "lead.etape": _("Étape changée"), "rgpd.export": _("Données exportées (RGPD)"),
    "note.ajouter": _("Note ajoutée"), "interaction.consigner": _("Interaction consignée"),
    "tache.creer": _("Tâche créée"), "consentement.enregistrer": _("Consentement enregistré"),
}  # fmt: skip

Entries = Callable[[Contact, str, int | None, int], list[Entry]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from, and of which kinds they are: a chip reads only those that may have some.

    `rows` is given the contact, the chosen kind ("" for all), below which key, and how many: by key, the highest first.
    """

    name: str
    kinds: frozenset[str]
    rows: Entries


_sources: dict[str, Source] = {}


def tell(source: Source) -> None:
    """Add a source to every contact's story."""
    _sources[source.name] = source


def names() -> Sequence[str]:
    """Return the names of the sources."""
    return tuple(_sources)


def story(contact: Contact, kind: str, before: Position) -> Page:
    """Return a page of what happened around a contact: one query for each source."""
    found = {
        source.name: source.rows(contact, kind, before.get(source.name), MOST + 1)
        for source in _sources.values()
        if not kind or kind in source.kinds
    }
    return merge(found, before, MOST)


def newest(rows: QuerySet[Any], before: int | None, most: int) -> QuerySet[Any]:
    """Return the newest rows below a key."""
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:most]


def _events(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    rows = Event.objects.filter(contact=contact).exclude(name__in=OF_MESSAGES)
    if kind:
        received = {"name__in": list(RECEIVED)}
        rows = rows.filter(**received) if kind == "messages" else rows.exclude(**received)
    return [_event(event) for event in newest(rows, before, most)]


def _event(event: Event) -> Entry:
    came_in = event.name in RECEIVED
    return Entry(
        "e", event.pk, event.occurred_at, "messages" if came_in else "evenements", title_of(event), text_of(event),
        by=str(event.data.get("par", "")) if event.name == "interaction" else "",
        url=reverse("admin:crm_event_change", args=[event.pk]), icon=ICONS.get(event.name, "bolt"),
        side="in" if came_in else "",
    )  # fmt: skip


def _notes(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    return [
        Entry("n", note.pk, note.created_at, "notes", _("Note"), note.text, by=note.author, icon="sticky_note_2")
        for note in newest(Note.objects.filter(contact=contact), before, most)
    ]


def _tasks(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    return [
        Entry(
            "t", task.pk, task.created_at, "taches", task.title, by=task.done_by,
            url=reverse("admin:crm_task_change", args=[task.pk]), status=_("faite") if task.done_at else _("à faire"),
            tag="success" if task.done_at else "info", icon="task_alt",
        )
        for task in newest(Task.objects.filter(contact=contact), before, most)
    ]  # fmt: skip


def _consents(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    return [
        Entry(
            "c", said.pk, said.at, "consentements", f"{said.get_purpose_display()} · {said.channel}",
            " · ".join(filter(None, (said.get_basis_display(), said.source, said.text[:200]))), by=said.recorded_by,
            url=reverse("admin:crm_consent_change", args=[said.pk]), status=said.get_state_display(),
            tag=CONSENT_TAGS.get(said.state, ""), icon="fact_check",
        )
        for said in newest(Consent.objects.filter(contact=contact), before, most)
    ]  # fmt: skip


def _exports(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    rows = Export.objects.filter(contact=contact).select_related("connection")
    return [
        Entry(
            "x", export.pk, export.created_at, "exports",
            _("Export vers %(crm)s") % {"crm": export.connection.get_connector_display()},
            " · ".join(filter(None, (export.reason, export.external_id, export.found, export.error))),
            by=export.decided_by, url=reverse("admin:crm_export_change", args=[export.pk]),
            status=export.get_status_display(), tag=EXPORT_TAGS.get(export.status, ""), icon="ios_share",
        )
        for export in newest(rows, before, most)
    ]  # fmt: skip


def _journal_of(name: str, target_kind: str, number: Callable[[Contact], int | None]) -> Source:
    def rows(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
        target = number(contact)
        if target is None:
            return []
        found = AuditEntry.objects.filter(target_kind=target_kind, target_id=target)
        found = found if kind else found.exclude(action__in=TOLD)
        return [_act(name, entry) for entry in newest(found, before, most)]

    return Source(name, frozenset({"journal"}), rows)


def _act(source: str, entry: AuditEntry) -> Entry:
    details = ", ".join(f"{key} : {_plain(value)}" for key, value in entry.details.items() if value not in (None, ""))
    return Entry(
        source, entry.pk, entry.at, "journal", ACTIONS.get(entry.action, entry.action),
        " · ".join(filter(None, (entry.reason, details)))[:300], by=entry.actor,
        url=reverse("admin:accounts_auditentry_change", args=[entry.pk]), icon="history",
    )  # fmt: skip


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _lead_number(contact: Contact) -> int | None:
    return Lead.objects.filter(contact=contact).values_list("pk", flat=True).first()


for each in (
    Source("e", frozenset({"messages", "evenements"}), _events),
    Source("n", frozenset({"notes"}), _notes),
    Source("t", frozenset({"taches"}), _tasks),
    Source("c", frozenset({"consentements"}), _consents),
    Source("x", frozenset({"exports"}), _exports),
    _journal_of("a", "contact", lambda contact: contact.pk),
    _journal_of("l", "lead", _lead_number),
):
    tell(each)
