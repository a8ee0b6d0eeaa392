"""Brakes: a channel of a workflow that goes wrong stops by itself, an operator is told, a person lets it go again.

Claims of messages look at the brakes: a brake holds within a second. Failures are judged over the last hour (a
setting), complaints over the last day, because people read hours later and mailbox providers reckon by the day; both
since the last time that a person lifted the brake, and at most over the last SAMPLED messages of the site.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.audit import SYSTEM, record
from berinia.rows import fetch
from berinia.wake import wake
from communications import control
from communications.control import Restart
from communications.models import Brake
from communications.models.message import Channel
from communications.notify import Alert, notify
from communications.thresholds import Sample, Thresholds, reason_to_brake

SAMPLED = 5_000
COMPLAINT_WINDOW = timedelta(days=1)
KIND = "frein"  # of the audit log's entries

# What went wrong lately, by the index of what went wrong: no message that is well is read.
SUSPECTS = """
SELECT DISTINCT r.organization_id, r.site_id, r.workflow_id, r.channel, w.name AS workflow
FROM ((SELECT * FROM messages WHERE status = 'failed' ORDER BY id DESC LIMIT %(sampled)s)
      UNION ALL (SELECT * FROM messages WHERE status = 'bounced' ORDER BY id DESC LIMIT %(sampled)s)
      UNION ALL (SELECT * FROM messages WHERE status = 'complained' ORDER BY id DESC LIMIT %(sampled)s)) AS r
    JOIN workflows_automatises w ON w.id = r.workflow_id
WHERE coalesce(r.attempted_at, r.created_at) >= CASE r.status WHEN 'complained' THEN %(day)s ELSE %(since)s END
  AND NOT EXISTS (SELECT 1 FROM freins f WHERE f.workflow_id = r.workflow_id AND f.channel = r.channel)
"""
SAMPLE = """
SELECT count(*) FILTER (WHERE at >= %(since)s) AS total,
    count(*) FILTER (WHERE at >= %(since)s AND status IN ('failed', 'bounced')) AS failed,
    count(*) FILTER (WHERE at >= %(day)s) AS of_day,
    count(*) FILTER (WHERE at >= %(day)s AND status = 'complained') AS complained
FROM (SELECT workflow_id, channel, status, coalesce(attempted_at, created_at) AS at FROM messages
      WHERE site_id = %(site)s ORDER BY id DESC LIMIT %(sampled)s) AS recent
WHERE workflow_id = %(workflow)s AND channel = %(channel)s AND at >= least(%(since)s, %(day)s)
  AND status NOT IN ('queued', 'held', 'suppressed')
"""
LIFTED = """
SELECT max(at) AS at FROM journal_audit
WHERE target_kind = %s AND target_id = %s AND action = 'frein_leve' AND details ->> 'canal' = %s
"""


def watch(now: datetime) -> int:
    """Put the brake on every channel of a workflow that goes wrong; return how many."""
    since, day = now - timedelta(seconds=settings.BRAKE_WINDOW_SECONDS), now - COMPLAINT_WINDOW
    suspects = fetch(SUSPECTS, {"since": since, "day": day, "sampled": SAMPLED})
    return sum(_judge(row, since, day, now) for row in suspects)


def _judge(row: Any, since: datetime, day: datetime, now: datetime) -> bool:
    (lifted,) = fetch(LIFTED, [KIND, row.workflow_id, row.channel])
    asked = {
        "site": row.site_id, "workflow": row.workflow_id, "channel": row.channel, "sampled": SAMPLED,
        "since": max(since, lifted.at or since), "day": max(day, lifted.at or day),
    }  # fmt: skip
    (sample,) = fetch(SAMPLE, asked)
    thresholds = Thresholds(
        settings.BRAKE_LEAST_MESSAGES, settings.BRAKE_FAILURE_RATE, settings.BRAKE_COMPLAINT_RATE
    )  # fmt: skip
    reason = reason_to_brake(Sample(sample.of_day, 0, sample.complained), thresholds) or reason_to_brake(
        Sample(sample.total, sample.failed, 0), thresholds
    )
    return bool(reason) and _brake(row, str(reason), now)


@transaction.atomic
def _brake(row: Any, reason: str, now: datetime) -> bool:
    brake, is_new = Brake.objects.get_or_create(
        workflow_id=row.workflow_id, channel=row.channel,
        defaults={"organization_id": row.organization_id, "reason": reason, "since": now},
    )  # fmt: skip
    if not is_new:
        return False
    record(
        SYSTEM, "frein", KIND, row.workflow_id, now=now, organization_id=row.organization_id, target=row.workflow,
        reason=reason, details={"canal": row.channel},
    )  # fmt: skip
    title = f"Frein : les {Channel(row.channel).label} de « {row.workflow} » sont retenus ({reason})"
    link = f"/admin/communications/brake/{brake.pk}/change/"
    body = "Trouvez la cause, corrigez-la, puis levez le frein : rien n'est perdu."
    notify([Alert(row.organization_id, f"brake/{row.workflow_id}/{row.channel}", "error", title, body, link)], now)
    return True


@transaction.atomic
def lift(
    brake_ids: Collection[int],
    actor: str,
    now: datetime,
    *,
    reason: str = "",
    restart: Restart = Restart.SEND,
    over: timedelta = timedelta(0),
) -> int:
    """Let channels go again; `restart` says what becomes of their overdue messages. Returns how many brakes."""
    brakes = list(Brake.objects.select_for_update().filter(pk__in=brake_ids).order_by("pk"))
    for brake in brakes:
        where = "m.workflow_id = %(workflow)s AND m.channel = %(channel)s"
        params = {"workflow": brake.workflow_id, "channel": brake.channel}
        control.treat_overdue(where, params, restart, over, now)
        details = {"canal": brake.channel, "reprise": str(restart), "cause": brake.reason}
        record(actor, "frein_leve", KIND, brake.workflow_id, now=now, organization_id=brake.organization_id,
               reason=reason, details=details)  # fmt: skip
        brake.delete()
    wake("delivery")
    return len(brakes)
