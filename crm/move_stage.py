"""Move leads through the pipeline: each move is the event `lead_etape`, which workflows start on and wait for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from berinia.rows import fetch, run, update_rows
from berinia.wake import wake
from crm.models import Event, Lead
from crm.pipeline import refusal
from crm.told import tell_lead
from crm.touch import touched

STAGE_MOVED = "lead_etape"
DEPTH = "enchainement"  # how many workflows moved one after the other; as in workflows/steps/start.py
DEEPEST = 10
BY_WORKFLOW = "workflow"
MOVED = {"id": "bigint", "stage": "text", "stage_at": "timestamptz", "updated_at": "timestamptz"}
# Every column that has no default in the database.
MAKE = """
INSERT INTO leads (organization_id, site_id, contact_id, source, status, stage, classify_at, created_at, updated_at,
    quality, company, company_key, company_size, job_title, sector, region, pain_points, interests, insights, reasoning,
    decided_by, delay_reason)
SELECT organization_id, site_id, id, %s, 'nouveau', 'lead', %s, %s, %s, '', '', '', 'unknown', '', '', '', '{}', '{}',
    '{}', '', '', ''
FROM contacts WHERE id = ANY(%s) ORDER BY id
ON CONFLICT (contact_id) DO NOTHING
"""
LEADS = """
SELECT id, organization_id, site_id, contact_id, stage, amount_cents FROM leads
WHERE contact_id = ANY(%s) ORDER BY contact_id FOR NO KEY UPDATE
"""


class StageError(ValueError):
    """A lead may not move there; the text says which and why, in French, `field` where."""

    def __init__(self, detail: str, field: str = "etape") -> None:
        super().__init__(detail)
        self.field = field


class StageChangedError(StageError):
    """Somebody else has moved the lead meanwhile: it is no longer where the person saw it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a workflow asks for: this contact's lead to this stage. `depth`: how many workflows led to it."""

    contact_id: int
    stage: str
    depth: int = 0


@transaction.atomic
def move_stage(
    lead_ids: Sequence[int], stage: str, actor: str, reason: str, amount_cents: int | None, now: datetime
) -> int:
    """Move leads because a person says so; return how many changed. All move, or none.

    An amount is stored with it; None leaves the one that is there. Raises StageError.
    """
    if amount_cents is not None and not 0 <= amount_cents < 10**15:
        raise StageError(str(_("Un montant est positif.")), "montant")
    leads = locked(lead_ids, now)
    for lead in leads:
        if said := refusal(lead.stage, stage, is_person=True, reason=reason):
            raise StageError(f"{lead} : {said}" if len(leads) > 1 else str(said))
    changed = [lead for lead in leads if lead.stage != stage or amount_cents not in (None, lead.amount_cents)]
    for lead in changed:
        _move(lead, stage, actor, reason, amount_cents, now)
    wake("engine")
    return len(changed)


@transaction.atomic
def move_seen(lead_id: int, seen: str, stage: str, actor: str, reason: str, now: datetime) -> int:
    """Move a lead that a person sees at a stage; return how many changed. Raises StageError.

    Raises StageChangedError when it stands elsewhere by now.
    """
    for lead in locked([lead_id], now):
        if lead.stage != seen:
            said = _("%(lead)s a été déplacé entre-temps : il est à l'étape « %(stage)s ».")
            raise StageChangedError(said % {"lead": lead, "stage": lead.get_stage_display()})
    return move_stage([lead_id], stage, actor, reason, None, now)


def locked(lead_ids: Sequence[int], now: datetime) -> list[Lead]:
    """Return leads with their rows locked, after those of their contacts, which count as changed from here on."""
    found = Lead.objects.filter(pk__in=lead_ids)
    touched(found.values_list("contact_id", flat=True), now)
    return list(found.select_related("contact").order_by("contact_id").select_for_update(of=("self",), no_key=True))


def _move(lead: Lead, stage: str, actor: str, reason: str, amount_cents: int | None, now: datetime) -> None:
    at, had = lead.stage, lead.amount_cents
    lead.amount_cents = had if amount_cents is None else amount_cents
    lead.updated_at = now
    if at != stage:
        lead.stage, lead.stage_at = stage, now
        data = moved_data(at, stage, lead.amount_cents, reason)
        Event.objects.create(
            organization_id=lead.organization_id, site_id=lead.site_id, contact_id=lead.contact_id, name=STAGE_MOVED,
            data=data, occurred_at=now,
        )  # fmt: skip
    lead.save(update_fields=["stage", "stage_at", "amount_cents", "updated_at"])
    tell_lead(lead, {"etape": stage})
    details = {"de": at, "a": stage, "montant": euros(lead.amount_cents)}
    record(actor, "lead.etape", "lead", lead.pk, now=now, organization_id=lead.organization_id, reason=reason,
           details=details)  # fmt: skip


def moved_data(at: str, stage: str, amount_cents: int | None, reason: str) -> dict[str, Any]:
    """Return what the event of a move says."""
    return {"de": at, "a": stage, "montant": euros(amount_cents), "raison": reason}


def euros(cents: int | None) -> int | float | None:
    """Return an amount in euros: a whole number where it is one."""
    if cents is None:
        return None
    return cents // 100 if cents % 100 == 0 else cents / 100


def cents(amount: Decimal | float | None) -> int | None:
    """Return an amount of euros in cents."""
    return None if amount is None else round(Decimal(str(amount)) * 100)


def move_by_workflow(moves: Sequence[Asked], now: datetime) -> int:
    """Move leads because workflows say so, all in a few statements; return how many moves there were.

    A contact without a lead gets one. What the pipeline leaves to people stays where it is. Workflows that move a lead
    in answer to one another's moves end after ten: the lead still moves, but nobody hears of it.
    """
    ids = sorted({move.contact_id for move in moves})
    if not ids:
        return 0
    touched(ids, now)
    if run(MAKE, [BY_WORKFLOW, now, now, now, ids]):
        wake("classify")
    rows = {row.contact_id: row for row in fetch(LEADS, [ids])}
    stages = {row.contact_id: row.stage for row in rows.values()}
    events = []
    for move in moves:
        if move.contact_id in rows and not refusal(stages[move.contact_id], move.stage, is_person=False):
            events += _told(rows[move.contact_id], stages[move.contact_id], move, now)
            stages[move.contact_id] = move.stage
    changed = [(row.id, stages[pk], now, now) for pk, row in rows.items() if stages[pk] != row.stage]
    update_rows("leads", MOVED, changed)
    for pk, row in rows.items():
        if stages[pk] != row.stage:
            tell_lead(row, {"etape": stages[pk]})
    Event.objects.bulk_create([event for event in events if event.data[DEPTH] <= DEEPEST])
    wake("engine")
    return len(events)


def _told(row: Any, at: str, move: Asked, now: datetime) -> list[Event]:
    if at == move.stage:
        return []
    data: Mapping[str, Any] = moved_data(at, move.stage, row.amount_cents, BY_WORKFLOW) | {DEPTH: move.depth + 1}
    return [Event(
        organization_id=row.organization_id, site_id=row.site_id, contact_id=row.contact_id, name=STAGE_MOVED,
        data=data, occurred_at=now,
    )]  # fmt: skip
