"""Tasks for people: done ones are told to the execution that gave them, as an event."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from berinia.wake import wake
from crm.models import Event, Task
from workflows.models import Execution
from workflows.programs import program_of

DONE = "tache_terminee"


@transaction.atomic
def complete(task_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Mark tasks as done and report each; return how many were still to do. A repeat changes nothing.

    The event names the execution as it runs now: what it was told in an earlier run is forgotten.
    """
    tasks = list(
        Task.objects.select_for_update().filter(pk__in=task_ids, done_at=None).select_related("contact").order_by("pk")
    )
    executions: dict[int, Execution] = Execution.objects.in_bulk([t.execution_id for t in tasks if t.execution_id])
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(done_at=now, done_by=actor[:150])
    Event.objects.bulk_create([_event(task, executions.get(task.execution_id or 0), now) for task in tasks])
    for task in tasks:
        record(
            actor, "tache.terminer", "tache", task.pk, now=now, organization_id=task.organization_id,
            details={"execution": task.execution_id},
        )  # fmt: skip
    if tasks:
        wake("engine")
    return len(tasks)


def _event(task: Task, execution: Execution | None, now: datetime) -> Event:
    """Say which task; and of which execution, also by its entry key, so that the contact's others do not hear it."""
    data = {"tache": str(task.pk), "titre": task.title, "etape": task.step}
    if execution is not None:
        data["execution"] = f"{execution.pk}/{execution.run}"
        key = program_of(execution.version_id).entry.key
        data |= {key: execution.entry_key} if key and execution.entry_key else {}
    return Event(
        organization_id=task.organization_id, site_id=task.site_id, contact_id=task.contact_id, name=DONE, data=data,
        occurred_at=now,
    )  # fmt: skip
