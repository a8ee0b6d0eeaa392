"""Schedule: triggers that are due fire, each slot once, whatever number of workers look.

A slot is fired by making an enrolment under the slot's own key, in the transaction that plans the next one.
After a stop of any kind (nothing was running, or a pause held the workflow) the latest missed slot is made up
for, and only that one.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from berinia.clock import zone
from berinia.rows import fetch
from communications.notify import Alert, notify
from workflows.slots import ScheduleError, latest_slot, next_slot

logger = logging.getLogger(__name__)

CLAIM = """
SELECT t.id, t.schedule, coalesce(nullif(t.timezone, ''), s.timezone) AS zone, t.audience, t.next_at,
       w.id AS workflow_id, w.name AS workflow, w.organization_id, w.site_id
FROM declencheurs_workflow t JOIN workflows_automatises w ON w.id = t.workflow_id
JOIN sites s ON s.id = w.site_id JOIN organisations o ON o.id = w.organization_id
WHERE t.next_at <= %s AND w.status = 'actif' AND NOT s.is_paused AND NOT o.is_paused
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
ORDER BY t.next_at LIMIT %s FOR UPDATE OF t SKIP LOCKED
"""
ENROL = """
INSERT INTO inscriptions (organization_id, site_id, workflow_id, condition, event, data, per_minute, status,
    last_contact_id, entered, next_at, key, created_by, created_at)
SELECT %s, %s, %s, %s, 'horaire', jsonb_build_object('prevu_le', %s::text), 600, 'en_cours', 0, 0, %s, %s, %s, %s
ON CONFLICT (key) DO NOTHING
"""
PLAN = "UPDATE declencheurs_workflow SET next_at = %s WHERE id = %s"
PLANNER = "horaire"


def fire_batch(*, now: datetime, limit: int) -> int:
    """Fire up to `limit` triggers whose slot has come; return how many were looked at."""
    with transaction.atomic():
        due = fetch(CLAIM, [now, limit])
        for trigger in due:
            try:
                _fire(trigger, now)
            except ScheduleError as error:
                _give_up(trigger, error, now)
    return len(due)


def _fire(trigger: Any, now: datetime) -> None:
    """Enrol the audience for the latest slot, and plan the first one after now. Raises ScheduleError."""
    slot = max(trigger.next_at, latest_slot(trigger.schedule, trigger.zone, now) or trigger.next_at)
    local = slot.astimezone(zone(trigger.zone)).isoformat(timespec="minutes")
    key = f"schedule/{trigger.id}/{slot.isoformat()}"
    with connection.cursor() as cursor:
        cursor.execute(ENROL, [
            trigger.organization_id, trigger.site_id, trigger.workflow_id, trigger.audience, local, now, key, PLANNER,
            now,
        ])  # fmt: skip
        cursor.execute(PLAN, [next_slot(trigger.schedule, trigger.zone, now), trigger.id])


def _give_up(trigger: Any, error: ScheduleError, now: datetime) -> None:
    """Plan nothing more for a schedule that cannot be read any more (a zone that is gone); tell the operators."""
    logger.error("trigger %s cannot be planned: %s", trigger.id, error, extra={"workflow": trigger.workflow_id})
    with connection.cursor() as cursor:
        cursor.execute(PLAN, [None, trigger.id])
    title = f"L'horaire du workflow « {trigger.workflow} » ne peut plus être suivi"
    link = f"/admin/workflows/workflow/{trigger.workflow_id}/change/"
    notify([Alert(trigger.organization_id, f"schedule/{trigger.id}", "error", title, str(error)[:300], link)], now)
