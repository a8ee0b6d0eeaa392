"""The page about a person: who it is, what is going on now, and the story. A contact's page and its lead's show it.

Each app adds what it knows by `show`, as its admin is loaded: crm knows nothing of messages and workflows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from berinia.clock import zone
from crm.admin.event_words import text_of
from crm.admin.histories import QUALITY_TAGS
from crm.admin.story import KINDS, names, story
from crm.models import Contact, Event, Lead, Task
from crm.models.lead import Stage
from crm.move_stage import STAGE_MOVED, euros
from crm.timeline import read, written

Slot = Literal["side", "now"]
MOVES = 10
FEW = 5  # open tasks that are shown
SHOWN, FORM, CONSENTS = "apercu", "fiche", "consentements"
STAGE_TAGS = {"won": "success", "lost": "danger"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page: its template, and what it shows of a contact now; None: nothing."""

    slot: Slot
    template: str
    of: Callable[[Contact, datetime], Any]


_panels: list[Panel] = []


def show(panel: Panel) -> None:
    """Add a part to every person's page."""
    _panels.append(panel)


def panels(slot: Slot, contact: Contact, now: datetime) -> list[Mapping[str, Any]]:
    """Return the parts of a slot, with what they show."""
    found = ((panel.template, panel.of(contact, now)) for panel in _panels if panel.slot == slot)
    return [{"template": template, "data": data} for template, data in found if data is not None]


def overview(request: HttpRequest, contact: Contact, now: datetime) -> dict[str, Any]:
    """Return what the page shows of a person: their card, their lead, what is going on, and a page of the story."""
    lead = Lead.objects.filter(contact=contact).select_related("owner").first()
    kind = request.GET.get("voir", "")
    kind = kind if kind in KINDS else ""
    before = read(request.GET.get("avant", ""), names())
    page = story(contact, kind, before)
    return {
        "contact": contact, "local": local_time(contact, now), "lead": lead_card(lead, now) if lead else None,
        "open_tasks": open_tasks(contact, now), "side_panels": panels("side", contact, now),
        "now_panels": panels("now", contact, now), "story": page.entries, "chips": chips(request.GET, kind),
        "older": _query(request.GET, avant=written(page.next)) if page.next else "", "is_first": not before,
        "newest": _query(request.GET, avant=""), "kind": kind, "kind_label": KINDS.get(kind, ""), "now": now,
    }  # fmt: skip


def local_time(contact: Contact, now: datetime) -> datetime:
    """Return what the clock of a contact says, as far as it is known: the contact's own zone, else the site's."""
    return now.astimezone(zone(contact.timezone or contact.site.timezone))


@dataclass(frozen=True, slots=True)
class LeadCard:
    """What the page says of a lead."""

    lead: Lead
    quality_tag: str
    stage_tag: str
    amount: float | None
    in_stage: Any
    known: Sequence[tuple[Any, Any]]

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("admin:crm_lead_change", args=[self.lead.pk])


def lead_card(lead: Lead, now: datetime) -> LeadCard:
    """Return what the page says of a lead, with what is known of its business."""
    decides = {True: _("oui"), False: _("non")}.get(lead.decision_maker) if lead.decision_maker is not None else None
    known = (
        (_("Entreprise"), lead.company), (_("Fonction"), lead.job_title), (_("Décide"), decides),
        (_("Taille"), lead.get_company_size_display() if lead.company_size != "unknown" else ""),
        (_("Secteur"), lead.sector), (_("Région"), lead.region), (_("Difficultés"), " · ".join(lead.pain_points)),
        (_("Intérêts"), " · ".join(lead.interests)), (_("À savoir"), " · ".join(lead.insights)),
        (_("Origine"), lead.source),
    )  # fmt: skip
    return LeadCard(
        lead, QUALITY_TAGS.get(lead.quality, ""), STAGE_TAGS.get(lead.stage, ""), euros(lead.amount_cents),
        now - (lead.stage_at or lead.created_at), [(label, value) for label, value in known if value],
    )  # fmt: skip


def stages(lead: Lead) -> list[tuple[str, Any, str]]:
    """Return the stages with how far the lead has come: done, here, or to come."""
    order = [stage for stage in Stage.values if stage != Stage.LOST]
    if lead.stage == Stage.LOST:
        return [(Stage.LOST.value, Stage.LOST.label, "here")]
    at = order.index(lead.stage)
    labels = dict(Stage.choices)
    return [(s, labels[s], "done" if n < at else "here" if n == at else "next") for n, s in enumerate(order)]


def moves(lead: Lead) -> list[tuple[datetime, str]]:
    """Return the latest moves of a lead through the pipeline, the newest first."""
    events = Event.objects.filter(contact_id=lead.contact_id, name=STAGE_MOVED).order_by("-pk")[:MOVES]
    return [(event.occurred_at, text_of(event)) for event in events]


def open_tasks(contact: Contact, now: datetime) -> list[Mapping[str, Any]]:
    """Return what is to be done about a contact, the most pressing first."""
    rows = Task.objects.filter(contact=contact, done_at=None).order_by("due_at", "pk")[:FEW]
    return [{"task": task, "is_late": task.due_at is not None and task.due_at < now} for task in rows]


def chips(asked: QueryDict, kind: str) -> list[Mapping[str, Any]]:
    """Return the filters of the story as links."""
    every = [("", _("Tout")), *KINDS.items()]
    return [
        {"label": label, "url": _query(asked, voir=name, avant=""), "is_on": name == kind} for name, label in every
    ]  # fmt: skip


def _query(asked: QueryDict, **changes: str) -> str:
    """Return the page's address with some of its questions changed; an empty one is left out."""
    given = asked.copy()
    for name, value in changes.items():
        given.pop(name, None)
        if value:
            given[name] = value
    return f"?{given.urlencode()}" if given else "?"
