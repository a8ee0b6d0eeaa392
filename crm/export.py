"""Export: write down which leads go to a CRM, within its day's places; and take back what has not left.

What a decision says is checked again here, under locks: whoever decides at the same time, no more leave than the
connection's daily limit says, none twice, and none that was put aside or has opted out meanwhile.

A connection that is changed keeps its queue: what waits goes out with the new settings. One that is deactivated loses
it (`revoke_inactive`): the leads are free for the connection that is active then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db import transaction

from berinia.rows import fetch, update_rows
from berinia.wake import wake
from crm.decide import status_of
from crm.models import Connection, Export, Lead
from crm.models.lead import LeadStatus
from crm.models.transfer import ExportStatus
from crm.move_stage import locked
from crm.places import WAITING, lock_day, withdraw

# A lead of which a person has to judge: no instant brings it back by itself.
FOR_A_PERSON = datetime(2100, 1, 1, tzinfo=UTC)
READY = (LeadStatus.SALES.value, LeadStatus.NURTURED.value)
LIMIT = "Limite du jour atteinte"
INACTIVE = "La connexion n'est plus active"
GONE = {"refuse", "retire", "echoue"}  # of Export.status: no such export keeps its lead from another
DELAYED = {"id": "bigint", "export_after": "timestamptz", "delay_reason": "text", "updated_at": "timestamptz"}
DECIDED = {
    "id": "bigint", "status": "text", "export_after": "timestamptz", "delay_reason": "text",
    "updated_at": "timestamptz",
}  # fmt: skip
# Only a few connections are inactive, and they rarely have anything left.
LEFT_BEHIND = """
SELECT x.id, x.lead_id FROM connexions_crm c JOIN exports_leads x ON x.connection_id = c.id
WHERE NOT c.is_active AND x.status = ANY(%s) ORDER BY x.id LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A lead that is to go, and why."""

    lead_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Delayed:
    """A lead that stays, until when (None: until a person says so), and why."""

    lead_id: int
    until: datetime | None
    reason: str


@dataclass(slots=True)
class Recorded:
    """The exports that were made, by lead, and why the others of the chosen leads stay, in French."""

    exports: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def record_exports(
    connection_id: int, chosen: Sequence[Chosen], run_id: int | None, now: datetime, *,
    delayed: Sequence[Delayed] = (), actor: str = "",
) -> Recorded:  # fmt: skip
    """Export leads, the first of them where places lack, and delay others. A repeat exports nothing twice.

    `run_id` names the agent's run that decided; `actor` the person, whose exports need no approval.
    """
    connection = Connection.objects.select_for_update(no_key=True).get(pk=connection_id)
    ids = [each.lead_id for each in chosen] + [each.lead_id for each in delayed]
    own = Lead.objects.filter(pk__in=ids, organization_id=connection.organization_id).values_list("pk", flat=True)
    leads = {lead.pk: lead for lead in locked(list(own), now)}
    found = Recorded()
    fit = _fit(connection, chosen, leads, found)
    day = lock_day(connection, now)
    room = max(0, connection.daily_limit - day.count)
    found.refused |= {each.lead_id: LIMIT for each in fit[room:]}
    going = [(leads[each.lead_id], each.reason) for each in fit[:room]]
    found.exports = _insert(connection, going, day.day, run_id, actor, now)
    day.count += len(going)
    day.save(update_fields=["count"])
    staying = leads.keys() - found.exports.keys()
    _delay([(leads[each.lead_id], each) for each in delayed if each.lead_id in staying], now)
    return found


def delay_leads(delayed: Sequence[Delayed], now: datetime) -> None:
    """Delay leads that are still to be exported."""
    with transaction.atomic():
        leads = {lead.pk: lead for lead in locked([each.lead_id for each in delayed], now)}
        _delay([(leads[each.lead_id], each) for each in delayed if each.lead_id in leads], now)


def revoke_inactive(now: datetime) -> int:
    """Take back what waits for connections that are not active any more; return how many. Their leads are free."""
    with transaction.atomic():
        left = fetch(LEFT_BEHIND, [WAITING])
        leads = locked(sorted({row.lead_id for row in left}), now)
        gone = withdraw([row.id for row in left], ExportStatus.REVOKED, error=INACTIVE)
        free([lead for lead in leads if lead.pk in gone], None, "", now)
    return len(gone)


def free(leads: Sequence[Lead], until: datetime | None, reason: str, now: datetime) -> None:
    """Let leads (locked) whose export was taken back be exported another time, not before `until`."""
    rows = [(lead.pk, _waiting_status(lead), until, reason[:300], now) for lead in leads]
    update_rows("leads", DECIDED, rows)


def _waiting_status(lead: Lead) -> str:
    if lead.status != LeadStatus.EXPORTED or lead.exported_at is not None or lead.score is None:
        return str(lead.status)
    return status_of(lead.score)


def _fit(
    connection: Connection, chosen: Sequence[Chosen], leads: dict[int, Lead], found: Recorded
) -> list[Chosen]:  # fmt: skip
    """Return those that may go, each once, and note why the others may not."""
    known = Export.objects.filter(connection=connection, lead_id__in=leads).exclude(status__in=GONE)
    going = set(known.values_list("lead_id", flat=True))
    fit: dict[int, Chosen] = {}
    for each in chosen:
        lead = leads.get(each.lead_id)
        if why := "Lead introuvable" if lead is None else _objection(connection, lead, lead.pk in going):
            found.refused[each.lead_id] = why
        else:
            fit.setdefault(each.lead_id, each)
    return list(fit.values())


def _objection(connection: Connection, lead: Lead, is_going: bool) -> str:
    if not connection.is_active:
        return INACTIVE
    if is_going or lead.status == LeadStatus.EXPORTED:
        return "Déjà exporté"
    if lead.status == LeadStatus.DISCARDED:
        return "Écarté par une personne"
    if lead.status not in READY or lead.score is None or not lead.quality:
        return "Pas encore classé"
    if lead.contact.opted_out_at is not None:
        return "Contact désinscrit"
    return f"Score sous le minimum de {connection.score_floor}" if lead.score < connection.score_floor else ""


def _insert(
    connection: Connection, going: Sequence[tuple[Lead, str]], day: date, run_id: int | None, actor: str,
    now: datetime,
) -> dict[int, int]:  # fmt: skip
    is_proposed = connection.needs_approval and not actor
    status = ExportStatus.PROPOSED if is_proposed else ExportStatus.QUEUED
    exports = [
        Export(
            organization_id=connection.organization_id, connection=connection, lead=lead, contact_id=lead.contact_id,
            run_id=run_id, day=day, quality=lead.quality, score=lead.score or 0, reason=reason[:300], status=status,
            due_at=None if is_proposed else now, decided_by=actor[:150], created_at=now,
        )
        for lead, reason in going
    ]  # fmt: skip
    Export.objects.bulk_create(exports)
    if not is_proposed:
        leave([lead for lead, _reason in going], now)
    return {export.lead_id: export.pk for export in exports}


def leave(leads: Sequence[Lead], now: datetime) -> None:
    """Say of leads (locked) that they are on their way, and wake who hands them over."""
    rows = [(lead.pk, LeadStatus.EXPORTED.value, None, "", now) for lead in leads]
    if update_rows("leads", DECIDED, rows):
        wake("exports")


def _delay(pairs: Sequence[tuple[Lead, Delayed]], now: datetime) -> None:
    """Delay leads (locked); of two delays of one, the last holds."""
    rows = {
        lead.pk: (lead.pk, each.until or FOR_A_PERSON, each.reason[:300], now)
        for lead, each in pairs
        if lead.status in READY
    }
    update_rows("leads", DELAYED, list(rows.values()))
