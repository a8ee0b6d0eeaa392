"""Hourly counters of how people went through the steps of workflows."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from crm.models.metric import SLOTS

UPSERT = f"""
INSERT INTO metriques_etapes AS m (organization_id, site_id, workflow_id, step, name, hour, value, slot)
SELECT k.*, pg_backend_pid() %% {SLOTS}
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[]) AS k
ON CONFLICT (site_id, workflow_id, hour, step, name, slot) DO UPDATE SET value = m.value + excluded.value
"""  # noqa: S608 - the only thing put in is the constant above

PASSED = "passed"

# Organization, site, workflow, step, name and hour (UTC). A tuple: the engine makes one for each step that it passes.
StepKey = tuple[int, int, int, str, str, datetime]


class StepMetric(models.Model):
    """One counter of one step in one hour, in one of its slots: the value is the sum of the slots.

    `passed`: executions that passed the step, each once, in the hour of the first time. Beside it the statuses that
    executions end with, under the instruction at which each ended (so `devis` and `devis.issue` are told apart); one
    that is taken up again leaves the hour that it ended in.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    step = models.CharField(_("étape"), max_length=60)
    name = models.CharField(_("mesure"), max_length=20)
    hour = models.DateTimeField(_("heure"))
    slot = models.SmallIntegerField()
    value = models.BigIntegerField(_("valeur"))

    class Meta:
        db_table = "metriques_etapes"
        verbose_name = _("mesure d'étape")
        verbose_name_plural = _("mesures d'étapes")
        constraints = [
            models.UniqueConstraint(
                fields=["site_id", "workflow_id", "hour", "step", "name", "slot"], name="step_metric_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.name} {self.hour:%Y-%m-%d %H} h"


def count_steps(deltas: Mapping[StepKey, int]) -> None:
    """Add to counters, all in one statement and in one order; call it last in a transaction: it locks their rows."""
    rows = sorted((key, delta) for key, delta in deltas.items() if delta)
    if not rows:
        return
    columns = [list(column) for column in zip(*((*key, delta) for key, delta in rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, columns)
