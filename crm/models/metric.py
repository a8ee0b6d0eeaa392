"""Hourly counters of what workflows and messages achieved."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from berinia import live

# Writers of one counter spread over this many rows, so that they do not wait for each other.
SLOTS = 16

UPSERT = f"""
INSERT INTO metriques_conversion AS m (organization_id, site_id, workflow_id, hour, name, value, slot)
SELECT k.*, pg_backend_pid() %% {SLOTS}
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::bigint[]) AS k
ON CONFLICT (site_id, workflow_id, hour, name, slot) DO UPDATE SET value = m.value + excluded.value
"""  # noqa: S608 - the only thing put in is the constant above


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """Which counter: whose, in which hour (UTC), of what."""

    organization_id: int
    site_id: int
    workflow_id: int
    hour: datetime
    name: str


class Metric(models.Model):
    """One counter of one workflow in one hour, in one of its slots: the value is the sum of the slots."""

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    hour = models.DateTimeField(_("heure"))
    name = models.CharField(_("mesure"), max_length=120)
    slot = models.SmallIntegerField()
    value = models.BigIntegerField(_("valeur"))

    class Meta:
        db_table = "metriques_conversion"
        verbose_name = _("mesure")
        verbose_name_plural = _("mesures")
        constraints = [
            models.UniqueConstraint(
                fields=["site_id", "workflow_id", "hour", "name", "slot"], name="metric_once_of_site"
            ),
        ]
        indexes = [
            models.Index(fields=["site_id", "hour"], name="metric_of_site"),
            models.Index(fields=["organization_id", "hour"], name="metric_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.hour:%Y-%m-%d %H} h"


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of the hour that an instant lies in."""
    return instant.replace(minute=0, second=0, microsecond=0)


def count(deltas: Mapping[Counted, int]) -> None:
    """Add to counters, all in one statement; call it last in a transaction: it locks their rows.

    The keys are written in their order, so that two writers never wait for each other in a circle.
    """
    rows = sorted((key, delta) for key, delta in Counter(deltas).items() if delta)
    if not rows:
        return
    columns: list[list[object]] = [
        [k.organization_id for k, _d in rows],
        [k.site_id for k, _d in rows],
        [k.workflow_id for k, _d in rows],
        [k.hour for k, _d in rows],
        [k.name for k, _d in rows],
        [d for _k, d in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [*columns])
    live.figures_changed({key.organization_id for key, _delta in rows})
