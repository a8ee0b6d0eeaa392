"""Enrol: an audience enters a workflow, a few contacts at a time.

Each contact enters through an event of its own, which names the workflow and bears the key
`inscription/<enrolment>/<contact>`. It is written in the transaction that says how far the enrolment has come: a crash
loses nobody and takes nobody twice. Entry rules and caps hold as for any event (workflows/route.py).
"""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from berinia.logs import ids_of
from berinia.rows import fetch, run
from berinia.wake import wake
from communications.notify import Alert, notify
from crm.models import Contact
from crm.serializers import EVENT_NAME, is_ours
from workflows.audience import Audience, AudienceError, check_condition, part_of, size_of
from workflows.models import Enrolment, EnrolmentStatus, Workflow, WorkflowStatus
from workflows.rate import MOST_PER_MINUTE, allowance, moved_on

logger = logging.getLogger(__name__)

MOST_CONTACTS = 5_000  # in a list
EVENT = "inscription"

CLAIM = """
SELECT i.*, w.status AS workflow_status
FROM inscriptions i JOIN workflows_automatises w ON w.id = i.workflow_id
JOIN sites s ON s.id = i.site_id JOIN organisations o ON o.id = i.organization_id
WHERE i.status = 'en_cours' AND i.next_at <= %s AND w.status <> 'en_pause' AND NOT s.is_paused AND NOT o.is_paused
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
ORDER BY i.next_at, i.id LIMIT 1 FOR UPDATE OF i SKIP LOCKED
"""
ENTER = """
INSERT INTO evenements
    (organization_id, site_id, contact_id, name, data, idempotency_key, workflow_id, occurred_at, error)
SELECT %s, %s, contact, %s, %s::jsonb, 'inscription/' || %s || '/' || contact, %s, %s, ''
FROM unnest(%s::bigint[]) AS c (contact)
ON CONFLICT (site_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
"""
ADVANCE = """
UPDATE inscriptions SET last_contact_id = %s, entered = entered + %s, next_at = %s, status = %s, ended_at = %s
WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """How an audience enters: through which event, with which data, how fast (contacts a minute)."""

    event: str = EVENT
    data: Mapping[str, Any] = field(default_factory=dict)
    per_minute: int = 600


def enrol(
    workflow: Workflow, audience: Audience, entry: Entry, *, actor: str, now: datetime, key: str | None = None
) -> Enrolment:
    """Let an audience enter a workflow. The same key is the same enrolment: the first one is returned.

    Raises AudienceError, which names the field, and changes nothing then.
    """
    _check(workflow, audience, entry)
    name = f"{workflow.site_id}/{key}" if key else f"{workflow.site_id}/{uuid4()}"
    with transaction.atomic():
        made, is_new = Enrolment.objects.get_or_create(
            key=name,
            defaults={
                "organization_id": workflow.organization_id, "site_id": workflow.site_id, "workflow": workflow,
                "contact_ids": None if audience.contact_ids is None else sorted(set(audience.contact_ids)),
                "segment_id": audience.segment_id, "condition": audience.condition, "event": entry.event,
                "data": dict(entry.data), "per_minute": entry.per_minute, "next_at": now, "created_by": actor[:150],
                "created_at": now,
            },
        )  # fmt: skip
        if is_new:
            _record(made, actor, "inscrire", now)
            wake("engine")
    return made


def _check(workflow: Workflow, audience: Audience, entry: Entry) -> None:
    if workflow.version_id is None or workflow.status == WorkflowStatus.STOPPED:
        raise AudienceError("workflow", _("Ce workflow est arrêté ou n'a pas de version : rien n'y entre."))
    if not audience.is_given:
        raise AudienceError("contacts", _("Dites qui inscrire : une liste de contacts, un segment ou une condition."))
    if not 1 <= entry.per_minute <= MOST_PER_MINUTE:
        most = {"most": MOST_PER_MINUTE}
        raise AudienceError("parMinute", _("Le rythme est de 1 à %(most)d contacts par minute.") % most)
    if not EVENT_NAME.fullmatch(entry.event) or is_ours(entry.event):
        raise AudienceError("evenement", _("Ce nom d'événement n'est pas valide, ou il est réservé."))
    check_condition(audience.condition)
    _check_contacts(audience)


def _check_contacts(audience: Audience) -> None:
    if audience.contact_ids is None:
        return
    asked = set(audience.contact_ids)
    if not 1 <= len(asked) <= MOST_CONTACTS:
        most = {"most": MOST_CONTACTS}
        raise AudienceError("contacts", _("Une liste compte de 1 à %(most)d contacts.") % most)
    known = Contact.objects.filter(site_id=audience.site_id, pk__in=asked).values_list("pk", flat=True)
    if unknown := asked - set(known):
        raise AudienceError("contacts", _("Ce site n'a pas de contact %(pk)d.") % {"pk": min(unknown)})


def remaining(enrolment: Enrolment, now: datetime) -> tuple[int, bool]:
    """Return how many contacts are still to enter, and whether these are all: counting ends somewhere."""
    audience = _audience_of(enrolment)
    if enrolment.status not in (EnrolmentStatus.RUNNING, EnrolmentStatus.PAUSED) or not audience.is_given:
        return 0, True
    return size_of(audience, now, after=enrolment.last_contact_id)


def _audience_of(row: Any) -> Audience:
    ids = None if row.contact_ids is None else tuple(row.contact_ids)
    return Audience(row.site_id, ids, row.segment_id, row.condition)


def pause(enrolment_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Let nobody enter for a while; return how many enrolments are paused by this."""
    return _turn(enrolment_ids, [EnrolmentStatus.RUNNING], EnrolmentStatus.PAUSED, "mettre_en_pause", actor, now)


def resume(enrolment_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Go on where they were paused; return how many."""
    return _turn(enrolment_ids, [EnrolmentStatus.PAUSED], EnrolmentStatus.RUNNING, "reprendre", actor, now)


def stop(enrolment_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Let nobody enter any more; who entered already goes on. Return how many enrolments are stopped by this."""
    running = [EnrolmentStatus.RUNNING, EnrolmentStatus.PAUSED]
    return _turn(enrolment_ids, running, EnrolmentStatus.STOPPED, "arreter", actor, now)


@transaction.atomic
def _turn(
    ids: Collection[int], before: list[EnrolmentStatus], after: EnrolmentStatus, action: str, actor: str, now: datetime
) -> int:
    rows = list(Enrolment.objects.select_for_update().filter(pk__in=ids, status__in=before).order_by("pk"))
    is_over, is_on = after == EnrolmentStatus.STOPPED, after == EnrolmentStatus.RUNNING
    Enrolment.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=after, next_at=now if is_on else None, ended_at=now if is_over else None
    )
    for row in rows:
        _record(row, actor, action, now)
    if rows and is_on:
        wake("engine")
    return len(rows)


def _record(enrolment: Enrolment, actor: str, action: str, now: datetime) -> None:
    details = {"workflow": enrolment.workflow_id, "segment": enrolment.segment_id, "inscrits": enrolment.entered}
    record(
        actor, f"inscription.{action}", "inscription", enrolment.pk, now=now,
        organization_id=enrolment.organization_id, target=str(enrolment.workflow), details=details,
    )  # fmt: skip


def enrol_batch(*, now: datetime) -> bool:
    """Let the next contacts of one enrolment enter; tell whether one was due.

    One that cannot go on (its condition is none any more, the database refuses it) is paused and told.
    """
    claimed: list[Any] = []
    try:
        with transaction.atomic():
            claimed = fetch(CLAIM, [now])
            for row in claimed:
                _go_on(row, now)
    except OperationalError:
        raise  # a lost connection or a deadlock: nothing is wrong with the enrolment
    except (DatabaseError, ValueError, KeyError, TypeError) as error:
        if not claimed:
            raise
        logger.exception("enrolment %s cannot go on", claimed[0].id, extra=ids_of("enrolment", claimed[0]))
        _set_aside(claimed[0], error, now)
    return bool(claimed)


def _go_on(row: Any, now: datetime) -> None:
    audience = _audience_of(row)
    if row.workflow_status == WorkflowStatus.STOPPED or not audience.is_given:  # its segment is gone
        _write([row.last_contact_id, 0, None, EnrolmentStatus.STOPPED, now, row.id])
        return
    may = allowance(row.next_at, now, row.per_minute)
    part = part_of(audience, row.last_contact_id, may, now)
    entered = fetch(ENTER, [
        row.organization_id, row.site_id, row.event, json.dumps(row.data), row.id, row.workflow_id, now, list(part.ids),
    ]) if part.ids else []  # fmt: skip
    next_at = moved_on(row.next_at, now, row.per_minute, len(part.ids))
    if len(part.ids) < may:
        next_at = max(next_at, now)  # behind the others: it may have to look through many contacts
    status, ended_at = (EnrolmentStatus.DONE, now) if part.is_last else (EnrolmentStatus.RUNNING, None)
    _write([part.reached, len(entered), None if part.is_last else next_at, status, ended_at, row.id])


def _write(values: list[Any]) -> None:
    run(ADVANCE, values)


def _set_aside(row: Any, error: Exception, now: datetime) -> None:
    said = f"{type(error).__name__}: {error}"[:300]
    with transaction.atomic():
        Enrolment.objects.filter(pk=row.id).update(status=EnrolmentStatus.PAUSED, next_at=None)
        link = f"/admin/workflows/enrolment/{row.id}/change/"
        title = f"L'inscription {row.id} ne peut pas continuer : elle est en pause"
        notify([Alert(row.organization_id, f"enrolment/{row.id}", "error", title, said, link)], now)
