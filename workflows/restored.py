"""Restored: what must not go on by itself in a database that was brought back from a backup.

Between the backup and the restore the house went on: messages that the tables call due may have gone out, steps that
they call untaken may have been taken. Nobody here can know; the providers do. So what was due by now waits for a
person, what starts by the clock starts with its next slot, and the emergency stop is given until somebody lifts it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from accounts.audit import SYSTEM, record
from berinia.rows import fetch, run
from workflows.control import Order, pause
from workflows.schedule import PLAN
from workflows.scope import Scope
from workflows.slots import ScheduleError, next_slot

REASON = "restauration"  # explained in communications/explanations.py
GAP = 1_000_000
# Ids that left the house since the backup (in links, at providers, in CRMs) must not come to mean somebody else.
OUTSIDE = (
    "contacts", "evenements", "messages", "executions_workflow", "lots_envoi", "appels_http", "leads", "exports_leads",
    "taches", "notifications_systeme", "inscriptions",
)  # fmt: skip
# Part of the restoring transaction itself: no worker finds the tables without it. Table names in full: a script of
# pg_dump leaves an empty search path behind.
AT_ONCE = "".join((
    "INSERT INTO public.plateforme AS p (id, is_paused) VALUES (1, true) "
    "ON CONFLICT (id) DO UPDATE SET is_paused = true;\n",
    *(
        f"SELECT setval(pg_get_serial_sequence('public.{table}', 'id'), "  # noqa: S608
        f"(SELECT coalesce(max(id), 0) + greatest({GAP}, max(id) / 10, 1) FROM public.{table}));\n"
        for table in OUTSIDE
    ),
))  # fmt: skip
# What may have been handed over: a batch is left to its own rule, which repeats it under its key or asks a person.
IN_DOUBT = """
UPDATE messages SET status = 'unknown', due_at = NULL, reason = %s, detail = ''
WHERE status = 'queued' AND due_at <= %s AND batch_id IS NULL
"""
OVERDUE = """
SELECT id FROM executions_workflow WHERE status IN ('en_attente', 'en_cours') AND due_at <= %s AND id > %s
ORDER BY id LIMIT 5000
"""
HOLD_ENROLMENTS = "UPDATE inscriptions SET status = 'en_pause', next_at = NULL WHERE status = 'en_cours'"
MISSED = """
SELECT t.id, t.schedule, coalesce(nullif(t.timezone, ''), s.timezone) AS zone FROM declencheurs_workflow t
JOIN sites s ON s.id = t.site_id WHERE t.next_at <= %s
"""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many wait for a person."""

    messages: int
    executions: int
    enrolments: int
    schedules: int


def hold_back(now: datetime) -> HeldBack:
    """Have what was due by now wait for a person. The emergency stop is given already (AT_ONCE)."""
    with transaction.atomic():
        messages = run(IN_DOUBT, [REASON, now])
        enrolments = run(HOLD_ENROLMENTS)
        schedules = _skip_slots(now)
    held = HeldBack(messages, _pause_overdue(now), enrolments, schedules)
    record(SYSTEM, REASON, "plateforme", None, now=now, organization_id=None, details=asdict(held))
    return held


def _pause_overdue(now: datetime) -> int:
    total, last = 0, 0
    while ids := [row.id for row in fetch(OVERDUE, [now, last])]:
        total, last = total + pause(Scope.executions(ids), Order(SYSTEM, now, REASON)), ids[-1]
    return total


def _skip_slots(now: datetime) -> int:
    missed = fetch(MISSED, [now])
    for trigger in missed:
        try:
            slot = next_slot(trigger.schedule, trigger.zone, now)
        except ScheduleError:  # told when it is planned
            continue
        run(PLAN, [slot, trigger.id])
    return len(missed)
