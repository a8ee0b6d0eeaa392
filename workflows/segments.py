"""Segments are kept up to date: who has come to meet a condition enters, and that is an event `segment.<slug>`.

Contacts are gone through in the order of their ids, a part in each transaction, which also writes how far the pass has
come. After the first pass only contacts that have changed since are looked at, unless the condition reads `now`.

The first pass of a segment that is new, or whose condition was changed, fills it without a word: who meets it
already has not *come* to meet it, and thousands of executions at once are not what its author means. To take these
into a workflow, enrol the segment. Who opted out may be a member, but enters without an event.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

from accounts.audit import record
from berinia.logs import ids_of
from berinia.rows import fetch
from berinia.wake import wake
from communications.notify import Alert, notify
from crm.models import Segment
from crm.serializers import SEGMENT
from workflows import enrol
from workflows.audience import check_condition
from workflows.conditions import compile_condition
from workflows.facts import LEAD, LEAD_COLUMNS, contact_facts
from workflows.models import Enrolment

logger = logging.getLogger(__name__)

PERIOD = timedelta(minutes=1)
# A change bears the instant at which its request began: it may be seen this much later.
OVERLAP = timedelta(minutes=5)
PART = 2_000
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

CLAIM = """
SELECT id, organization_id, site_id, slug, name, condition, refreshed_at, pass_at, reached FROM segments
WHERE (pass_at IS NOT NULL OR refreshed_at IS NULL OR refreshed_at <= %s) AND id <> ALL(%s)
ORDER BY refreshed_at NULLS FIRST, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
CONTACTS = f"""
SELECT c.id, c.name, c.email, c.phone, c.tags, c.fields, {LEAD_COLUMNS} FROM contacts c {LEAD}
WHERE c.site_id = %s AND c.id > %s AND c.updated_at >= %s ORDER BY c.id LIMIT %s
"""  # noqa: S608 - only constants are put in
ENTER = """
INSERT INTO membres_segment (segment_id, contact_id, entered_at)
SELECT %s, id, %s FROM contacts c
WHERE id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM membres_segment m WHERE m.segment_id = %s AND m.contact_id = c.id)
ORDER BY id FOR KEY SHARE
ON CONFLICT (segment_id, contact_id) DO NOTHING RETURNING id
"""
LEAVE = "DELETE FROM membres_segment WHERE segment_id = %s AND contact_id = ANY(%s)"
# The key is that of the membership: who leaves and comes back enters again.
REPORT = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, idempotency_key, occurred_at, error)
SELECT %s, %s, m.contact_id, %s, '{}', 'segment/' || m.segment_id || '/' || m.id, %s, ''
FROM membres_segment m JOIN contacts c ON c.id = m.contact_id
WHERE m.id = ANY(%s) AND c.opted_out_at IS NULL ORDER BY m.contact_id
ON CONFLICT (site_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
"""
GO_ON = "UPDATE segments SET pass_at = %s, reached = %s WHERE id = %s"
DONE = "UPDATE segments SET refreshed_at = %s, pass_at = NULL, reached = 0 WHERE id = %s"


def refresh_part(*, now: datetime, skip: Sequence[int] = ()) -> int | None:
    """Take the next part of one segment whose turn has come, but those in `skip`; return its id, or None.

    One that cannot be refreshed is told to the operators, and holds up no other.
    """
    claimed: list[Any] = []
    try:
        with transaction.atomic():
            claimed = fetch(CLAIM, [now - PERIOD, list(skip)])
            for segment in claimed:
                _refresh(segment, now)
    except OperationalError:
        raise  # a lost connection or a deadlock: nothing is wrong with the segment
    except (DatabaseError, ValueError, KeyError, TypeError) as error:
        if not claimed:
            raise
        logger.exception("segment %s cannot be refreshed", claimed[0].id, extra=ids_of("segment", claimed[0]))
        _tell(claimed[0], error, now)
    return claimed[0].id if claimed else None


def _refresh(segment: Any, now: datetime) -> None:
    condition = compile_condition(segment.condition)
    is_whole = segment.refreshed_at is None or "now" in condition.names
    since = LONG_AGO if is_whole else segment.refreshed_at - OVERLAP
    rows = fetch(CONTACTS, [segment.site_id, segment.reached, since, PART])
    inside = [r.id for r in rows if condition.holds({"contact": contact_facts(r), "now": now})]
    outside = sorted({row.id for row in rows} - set(inside))
    entered = [row.id for row in fetch(ENTER, [segment.id, now, inside, segment.id])] if inside else []
    pass_at = segment.pass_at or now
    with connection.cursor() as cursor:
        if outside:
            cursor.execute(LEAVE, [segment.id, outside])
        if entered and segment.refreshed_at is not None:
            report = [segment.organization_id, segment.site_id, SEGMENT + segment.slug, now, entered]
            cursor.execute(REPORT, report)
            wake("engine")
        if len(rows) < PART:
            cursor.execute(DONE, [pass_at, segment.id])
        else:
            cursor.execute(GO_ON, [pass_at, rows[-1].id, segment.id])


def _tell(segment: Any, error: Exception, now: datetime) -> None:
    said = f"{type(error).__name__}: {error}"[:300]
    link = f"/admin/crm/segment/{segment.id}/change/"
    title = f"Le segment « {segment.name} » ne peut pas être actualisé"
    with transaction.atomic():
        notify([Alert(segment.organization_id, f"segment/{segment.id}", "error", title, said, link)], now)


def save(segment: Segment, *, actor: str, now: datetime) -> None:
    """Store a segment, new or changed. With another condition it is filled anew, without events.

    Raises AudienceError when the condition cannot be understood.
    """
    check_condition(segment.condition)
    with transaction.atomic():
        old = Segment.objects.select_for_update().filter(pk=segment.pk).first()
        is_same = old is not None and old.condition == segment.condition
        if old is not None:
            segment.refreshed_at, segment.pass_at, segment.reached = old.refreshed_at, old.pass_at, old.reached
        if not is_same:
            segment.refreshed_at, segment.pass_at, segment.reached = None, None, 0
        segment.save()
        _record(segment, actor, "segment.modifier" if old else "segment.creer", now)


@transaction.atomic
def refresh_now(segment_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Let segments be gone through from the first contact to the last, at the next tick; return how many."""
    rows = list(Segment.objects.select_for_update().filter(pk__in=segment_ids).order_by("pk"))
    for segment in rows:
        if segment.refreshed_at is not None:
            Segment.objects.filter(pk=segment.pk).update(refreshed_at=LONG_AGO, pass_at=now, reached=0)
        _record(segment, actor, "segment.actualiser", now)
    return len(rows)


@transaction.atomic
def delete(segment: Segment, *, actor: str, now: datetime) -> None:
    """Delete a segment and stop the enrolments that it chooses contacts for: they must not mean more contacts."""
    running = Enrolment.objects.filter(segment=segment, status__in=("en_cours", "en_pause"))
    enrol.stop(list(running.values_list("pk", flat=True)), actor=actor, now=now)
    _record(segment, actor, "segment.supprimer", now)
    segment.delete()


def _record(segment: Segment, actor: str, action: str, now: datetime) -> None:
    record(
        actor, action, "segment", segment.pk, now=now, organization_id=segment.organization_id, target=segment.name,
    )  # fmt: skip
