"""A person exports leads at once, whatever the hour: within the same limit, and never one that is unsuitable."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from agents.approvals import Outcome
from agents.eligibility import classified, named
from agents.export_plan import objection
from crm.export import Chosen, record_exports
from crm.models import Connection, Lead
from crm.models.lead import LeadStatus
from crm.move_stage import locked

NO_CONNECTION = "Aucune connexion CRM active"


@transaction.atomic
def export_now(lead_ids: Sequence[int], actor: str, now: datetime) -> Outcome:
    """Export leads to their organizations' CRMs, the best first; return which, and why the others stay, by lead."""
    outcome = Outcome()
    leads = Lead.objects.filter(pk__in=lead_ids)
    for organization_id in sorted(set(leads.values_list("organization_id", flat=True))):
        own = list(leads.filter(organization_id=organization_id).order_by("-score", "pk").values_list("pk", flat=True))
        connection = Connection.objects.filter(organization_id=organization_id, is_active=True).first()
        if connection is None:
            outcome.refused |= dict.fromkeys(own, NO_CONNECTION)
        else:
            _export(connection, own, actor, now, outcome)
    return outcome


def _export(connection: Connection, lead_ids: Sequence[int], actor: str, now: datetime, outcome: Outcome) -> None:
    rows = [row for row in named(connection, lead_ids) if row.quality and row.score is not None]
    leads = {int(lead.id): lead for lead in classified(connection, rows, now)}
    chosen = []
    for pk in lead_ids:
        lead = leads.get(pk)
        why = "Pas encore classé" if lead is None else objection(lead, connection.score_floor)
        if why:
            outcome.refused[pk] = why
            continue
        chosen.append(Chosen(pk, _reason(lead.interets if lead and lead.qualite == "FROID" else (), actor)))
    found = record_exports(connection.pk, chosen, None, now, actor=actor)
    outcome.refused |= found.refused
    outcome.done += list(found.exports)
    for pk, export_id in found.exports.items():
        record(
            actor, "lead.exporter", "lead", pk, now=now, organization_id=connection.organization_id,
            details={"export": export_id, "connexion": connection.pk},
        )  # fmt: skip


def _reason(interests: Sequence[str], actor: str) -> str:
    """Return why it goes: a person says so, and of a cold lead what for."""
    what = next((interest for interest in interests if interest.strip()), "")
    return (f"Demandé par {actor}" + (f", intérêt : {what}" if what else ""))[:300]


@transaction.atomic
def release(lead_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Let the exporter decide again about leads that wait; return how many."""
    leads = [
        lead for lead in locked(lead_ids, now)
        if lead.export_after is not None and lead.status in (LeadStatus.SALES, LeadStatus.NURTURED)
    ]  # fmt: skip
    for lead in leads:
        lead.export_after, lead.delay_reason = None, ""
        lead.save(update_fields=["export_after", "delay_reason", "updated_at"])
        record(actor, "lead.liberer", "lead", lead.pk, now=now, organization_id=lead.organization_id)
    return len(leads)
