"""Approvals: a person lets decided exports go, refuses them, or has one tried again that failed.

A proposal counts on the day on which it was made; one that is approved, or tried again, on a later day takes a place of
that day (the one of the day that is over stays taken). What has become unsuitable meanwhile does not go, and says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from agents.eligibility import objections
from berinia.wake import wake
from crm.export import FOR_A_PERSON, GONE, INACTIVE, LIMIT, free, leave
from crm.models import Connection, Export, ExportDay
from crm.models.transfer import ExportStatus
from crm.move_stage import locked
from crm.places import lock_day, withdraw


@dataclass(slots=True)
class Outcome:
    """The exports (of `export_now`: the leads) that were let go, and why the others were not, in French, by id."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def approve(ids: Sequence[int], actor: str, now: datetime) -> Outcome:
    """Let proposed exports go."""
    return _let_go(ids, ExportStatus.PROPOSED, "export.approuver", actor, now)


def retry(ids: Sequence[int], actor: str, now: datetime) -> Outcome:
    """Have exports tried again that the CRM did not take."""
    return _let_go(ids, ExportStatus.FAILED, "export.reessayer", actor, now)


@transaction.atomic
def reject(ids: Sequence[int], reason: str, actor: str, now: datetime) -> int:
    """Refuse proposed exports; return how many. Their leads are kept, for a person to judge of."""
    proposed = Export.objects.filter(pk__in=ids, status=ExportStatus.PROPOSED)
    leads = locked(list(proposed.values_list("lead_id", flat=True)), now)
    found = list(proposed.order_by("pk").select_for_update())
    said = f"Refusé par {actor}" + (f" : {reason}" if reason else "")
    waiting = [ExportStatus.PROPOSED.value]
    withdraw([e.pk for e in found], ExportStatus.REJECTED, error=said, actor=actor, waiting=waiting)
    refused = {export.lead_id for export in found}
    free([lead for lead in leads if lead.pk in refused], FOR_A_PERSON, said, now)
    for export in found:
        _audit(export, "export.refuser", actor, now, reason)
    return len(found)


@transaction.atomic
def _let_go(ids: Sequence[int], status: str, action: str, actor: str, now: datetime) -> Outcome:
    outcome = Outcome()
    found = Export.objects.filter(pk__in=ids, status=status)
    for connection_id in sorted(set(found.values_list("connection_id", flat=True))):
        connection = Connection.objects.select_for_update(no_key=True).get(pk=connection_id)
        own = found.filter(connection=connection)
        leads = {lead.pk: lead for lead in locked(list(own.values_list("lead_id", flat=True)), now)}
        day = lock_day(connection, now)
        exports = list(own.order_by("pk").select_for_update(no_key=True))
        why = _refusals(connection, exports, status, now)
        going = _queue(connection, [export for export in exports if export.pk not in why], day, actor, now, why)
        outcome.done += [export.pk for export in going]
        outcome.refused |= why
        for pk, text in why.items():  # what the CRM said of one that failed stays
            Export.objects.filter(pk=pk, status=ExportStatus.PROPOSED).update(error=text)
        leave([leads[export.lead_id] for export in going], now)
        for export in going:
            _audit(export, action, actor, now)
    if outcome.done:
        wake("exports")
    return outcome


def _refusals(connection: Connection, exports: Sequence[Export], status: str, now: datetime) -> dict[int, str]:
    """Return why exports may not go, by their ids."""
    if not connection.is_active:
        return {export.pk: INACTIVE for export in exports}
    lead_ids = [export.lead_id for export in exports]
    unsuitable: Mapping[int, str] = objections(connection, lead_ids, now)
    others = Export.objects.filter(connection=connection, lead_id__in=lead_ids).exclude(status__in=[*GONE, status])
    again = dict.fromkeys(others.values_list("lead_id", flat=True), "Déjà exporté depuis")
    reasons = {**again, **unsuitable}
    return {export.pk: reasons[export.lead_id] for export in exports if export.lead_id in reasons}


def _queue(
    connection: Connection, exports: Sequence[Export], day: ExportDay, actor: str, now: datetime, why: dict[int, str]
) -> list[Export]:
    """Queue exports, each on a place of its day or of today; note those that find none."""
    going, seen = [], set[int]()
    for export in exports:
        if export.lead_id in seen:
            why[export.pk] = "Déjà exporté depuis"
            continue
        if export.day != day.day:
            if day.count >= connection.daily_limit:
                why[export.pk] = LIMIT
                continue
            day.count += 1
            export.day = day.day
        export.status, export.due_at, export.error = ExportStatus.QUEUED, now, ""
        export.attempts, export.decided_by = 0, actor[:150]
        seen.add(export.lead_id)
        going.append(export)
    day.save(update_fields=["count"])
    Export.objects.bulk_update(going, ["day", "status", "due_at", "error", "attempts", "decided_by"])
    return going


def _audit(export: Export, action: str, actor: str, now: datetime, reason: str = "") -> None:
    record(
        actor, action, "export", export.pk, now=now, organization_id=export.organization_id, reason=reason,
        details={"lead": export.lead_id, "connexion": export.connection_id},
    )  # fmt: skip
