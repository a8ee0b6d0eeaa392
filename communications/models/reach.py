"""Hourly counters of what became of messages, by workflow, step, template and channel."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from berinia import live
from crm.models.metric import SLOTS, hour_of

UPSERT = f"""
INSERT INTO metriques_messages AS m
    (organization_id, site_id, workflow_id, step, template, channel, hour, name, value, slot)
SELECT k.*, pg_backend_pid() %% {SLOTS}
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::text[], %s::bigint[]) AS k
ON CONFLICT (site_id, workflow_id, step, template, channel, hour, name, slot)
DO UPDATE SET value = m.value + excluded.value
"""  # noqa: S608 - the only thing put in is the constant above


class Moment(StrEnum):
    """What is counted of messages, each once a message."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """Which counter: whose, of which message of which workflow, in which hour (UTC), of what."""

    organization_id: int
    site_id: int
    workflow_id: int
    step: str
    template: str
    channel: str
    hour: datetime
    name: str


class MessageMetric(models.Model):
    """One counter in one of its slots: the value is the sum of the slots."""

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    step = models.CharField(_("étape"), max_length=60)
    template = models.CharField(_("modèle"), max_length=120)
    channel = models.CharField(_("canal"), max_length=20)
    hour = models.DateTimeField(_("heure"))
    name = models.CharField(_("mesure"), max_length=20)
    slot = models.SmallIntegerField()
    value = models.BigIntegerField(_("valeur"))

    class Meta:
        db_table = "metriques_messages"
        verbose_name = _("mesure de messages")
        verbose_name_plural = _("mesures de messages")
        constraints = [
            models.UniqueConstraint(
                fields=["site_id", "workflow_id", "step", "template", "channel", "hour", "name", "slot"],
                name="message_metric_once",
            ),
        ]
        indexes = [models.Index(fields=["site_id", "hour"], name="message_metric_of_site")]

    def __str__(self) -> str:
        return f"{self.template} {self.name} {self.hour:%Y-%m-%d %H} h"


def reached(row: Any, moment: Moment, at: datetime) -> Reached:
    """Return the counter of a message's row (of the table or a query) for something that happened to it."""
    return Reached(
        row.organization_id, row.site_id, row.workflow_id or 0, row.step, row.template, row.channel, hour_of(at),
        str(moment),
    )  # fmt: skip


def count_reached(deltas: Mapping[Reached, int]) -> None:
    """Add to counters, all in one statement and in one order; call it last in a transaction: it locks their rows."""
    rows = sorted((key, delta) for key, delta in deltas.items() if delta)
    if not rows:
        return
    columns = [list(column) for column in zip(*((*astuple(key), delta) for key, delta in rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, columns)
    live.figures_changed({key.organization_id for key, _delta in rows})
