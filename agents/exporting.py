"""Exporting: in a CRM's working hours, decide every quarter of an hour which leads go there and which wait.

The agent's plan (guarded) becomes exports and delays in the transaction in which its run is settled. A delayed lead is
a candidate again once its instant has come; one that waits « Après vérification » is a person's until it is classified
anew or a person lets it go.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Organization
from agents.crm_load import office_of, pending_of
from agents.eligibility import candidates, classified, objections
from agents.export_plan import ClassifiedLead, ExportPlan, ExportQuestion, objection
from agents.export_texts import WEEK
from agents.models import AgentRun
from agents.moments import instant_of
from agents.office import Office
from agents.run import Answered, Ask, ask_all
from berinia.clock import zone
from berinia.rows import fetch
from crm.export import Chosen, Delayed, delay_leads, record_exports, revoke_inactive
from crm.models import Connection
from crm.places import taken

AGENT = "crm_exporter"
BUILT_IN = "integre"
# A decision takes as long as its run may; who died in one is replaced after that.
MARGIN = timedelta(minutes=2)
WITHOUT_CONNECTION = """
SELECT o.id FROM organisations o
WHERE NOT EXISTS (SELECT 1 FROM connexions_crm c WHERE c.organization_id = o.id)
AND EXISTS (SELECT 1 FROM leads l WHERE l.organization_id = o.id AND l.status IN ('a_exporter', 'a_suivre'))
LIMIT 100
"""
CLAIM = """
UPDATE connexions_crm SET decide_at = %(lease)s WHERE id = (
    SELECT c.id FROM connexions_crm c JOIN organisations o ON o.id = c.organization_id
    WHERE c.is_active AND (c.decide_at IS NULL OR c.decide_at <= %(now)s) AND NOT o.is_paused
    AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
    ORDER BY c.decide_at NULLS FIRST, c.id LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
) RETURNING id
"""


def decide_next(*, now: datetime) -> bool:
    """Decide for the next connection whose turn it is; tell whether there was one."""
    revoke_inactive(now)
    connect_built_in()
    lease = now + timedelta(seconds=settings.AGENT_RUN_TIMEOUT_SECONDS) + MARGIN
    claimed = fetch(CLAIM, {"now": now, "lease": lease})
    if not claimed:
        return False
    connection = Connection.objects.get(pk=claimed[0].id)
    later = _not_now(connection, now)
    if later is None:
        _decide(connection, now)
        later = now + timedelta(minutes=settings.EXPORT_EVERY_MINUTES)
    Connection.objects.filter(pk=connection.pk, decide_at=lease).update(decide_at=later)
    return True


def connect_built_in() -> None:
    """Make the built-in connection of organizations that have leads and never had one."""
    rows = fetch(WITHOUT_CONNECTION)
    Connection.objects.bulk_create(
        [Connection(organization=Organization(pk=row.id), connector=BUILT_IN) for row in rows], ignore_conflicts=True
    )


def _not_now(connection: Connection, now: datetime) -> datetime | None:
    """Return when to come back; None: now is a time to decide."""
    office = office_of(connection)
    if not office.is_open(now):
        return office.next_opening(now)
    blocked = connection.blocked_until
    return office.next_open(blocked) if blocked is not None and blocked > now else None


def _decide(connection: Connection, now: datetime) -> None:
    """Ask the exporter about the leads whose time has come."""
    places = connection.daily_limit - taken(connection, now)
    if places <= 0:
        return
    leads = classified(connection, candidates(connection, now), now)
    if any(not objection(lead, connection.score_floor) for lead in leads):
        given = question(connection, leads, now)
        ask = Ask(AGENT, connection.organization_id, given, subject=connection)
        ask_all([ask], now=now, effects=lambda answered: carry_out(answered, now))
    else:
        delay_leads(unfit(connection, leads, now), now)
    Connection.objects.filter(pk=connection.pk).update(decided_at=now)


def question(connection: Connection, leads: Sequence[ClassifiedLead], now: datetime) -> ExportQuestion:
    """Return what the exporter is asked."""
    office = office_of(connection)
    there = now.astimezone(zone(office.zone))
    return ExportQuestion(
        classified_leads=tuple(leads), pending_leads_count=pending_of(connection), capacity=connection.capacity,
        daily_limit=connection.daily_limit, exported_today=taken(connection, now),
        current_day=WEEK[there.weekday()], current_time=f"{there:%H:%M}",
        opens_at=f"{office.opens:%H:%M}", closes_at=f"{office.closes:%H:%M}", score_floor=connection.score_floor,
    )  # fmt: skip


def carry_out(answered: Answered, now: datetime) -> None:
    """Do what a guarded plan says. Leads of which something changed during the call stay, and the run says so."""
    connection: Connection = answered.ask.subject
    plan: ExportPlan = answered.output
    asked: ExportQuestion = answered.ask.given  # type: ignore[assignment]
    reasons = {item.id: item.raison_export for item in plan.export_decision.leads_to_export_now}
    going = [lead for lead in asked.classified_leads if lead.id in reasons]  # the best first
    changed = objections(connection, [int(lead.id) for lead in going], now)
    chosen = [Chosen(int(lead.id), reasons[lead.id]) for lead in going if int(lead.id) not in changed]
    office = office_of(connection)
    delayed = [*_delays(plan, office, now), *unfit(connection, asked.classified_leads, now)]
    delayed += [_recheck(pk, why, office, now) for pk, why in changed.items()]
    found = record_exports(connection.pk, chosen, answered.run_id, now, delayed=delayed)
    _tell(answered, changed | found.refused)


def _delays(plan: ExportPlan, office: Office, now: datetime) -> list[Delayed]:
    return [
        Delayed(int(item.id), instant_of(item.moment_recommande, office, now), item.raison_delai)
        for item in plan.export_decision.leads_to_delay
    ]


def _tell(answered: Answered, stayed: Mapping[int, str]) -> None:
    """Write into the run which leads of its plan did not go after all."""
    notes = [f"Lead {pk} : pas exporté après tout. {why}." for pk, why in stayed.items()]
    if notes:
        AgentRun.objects.filter(pk=answered.run_id).update(guarded=[*answered.notes, *notes])


def unfit(connection: Connection, leads: Sequence[ClassifiedLead], now: datetime) -> list[Delayed]:
    """Return the delays of those that may not leave at all: they are looked at again on the next working day."""
    office = office_of(connection)
    found = [(int(lead.id), objection(lead, connection.score_floor)) for lead in leads]
    return [_recheck(pk, why, office, now) for pk, why in found if why]


def _recheck(lead_id: int, why: str, office: Office, now: datetime) -> Delayed:
    return Delayed(lead_id, office.next_opening(now), why)
