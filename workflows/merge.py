"""Merge: two contacts of a site are one person, and everything about one becomes the other's.

All in one transaction, under the locks of an erasure (workflows/erase.py). What a provider, an agent or a CRM has in
its hands just now would come back to a row that is gone: then nothing is merged, and it is asked again.
What becomes of each table is in workflows/merge_moves.py.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg import errors

from accounts.audit import record
from berinia.rows import fetch, run
from berinia.wake import wake
from crm.aliases import with_aliases
from crm.find_duplicates import find_for
from crm.models import Contact, Event
from workflows import control
from workflows.control import Order
from workflows.erase import LOCKS, UNDER_WAY
from workflows.merge_moves import MOVES, Both, say_of
from workflows.scope import Scope

MERGED = "contact_fusionne"
TRIES = 4
# Beside what an erasure waits for: an agent's answer and a CRM's.
ALSO_UNDER_WAY = """
SELECT 1 AS yes FROM executions_agents WHERE contact_id = ANY(%(contacts)s) AND status = 'en_cours'
UNION ALL SELECT 1 FROM exports_leads WHERE contact_id = ANY(%(contacts)s) AND status = 'en_cours' LIMIT 1
"""
# Two that run the same workflow with the same key; who has opted out runs nothing at all.
TO_STOP = """
SELECT g.id FROM executions_workflow g
WHERE g.status IN ('en_attente', 'en_cours', 'en_pause') AND (
    g.contact_id = ANY(%(contacts)s) AND %(opted_out)s
    OR g.contact_id = %(gone)s AND EXISTS (
        SELECT FROM executions_workflow k WHERE k.contact_id = %(kept)s AND k.workflow_id = g.workflow_id
        AND k.entry_key = g.entry_key AND k.status IN ('en_attente', 'en_cours', 'en_pause')))
ORDER BY g.id
"""


class MergeError(Exception):
    """These two cannot be merged; the text says why, in French."""


class MergeBusyError(MergeError):
    """Something of them is on its way just now: try again."""


def merge(kept_id: int, gone_id: int, actor: str, now: datetime) -> Mapping[str, int]:
    """Merge one contact into another; return how many rows of each table were concerned.

    Raises MergeError, and MergeBusyError when it is to be tried again; then everything is as it was.
    """
    if kept_id == gone_id:
        raise MergeError(_("Un contact ne se fusionne pas avec lui-même."))
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _merge(kept_id, gone_id, actor, now)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.DeadlockDetected) or attempt == TRIES - 1:
                raise
    raise AssertionError  # the last try has returned or raised


def _merge(kept_id: int, gone_id: int, actor: str, now: datetime) -> Mapping[str, int]:
    for lock in LOCKS:
        fetch(lock, [[kept_id, gone_id]])
    both = _both(kept_id, gone_id, now)
    _refuse_if_under_way(both)
    stopped = [row.id for row in fetch(TO_STOP, both.params)]
    if stopped:
        control.stop(Scope.executions(stopped), Order(actor, now, _("fusion de deux contacts")))
    moved = {table: n for table, move in MOVES.items() if (n := move(both))}
    say_of("contact", "contact", both, both.kept.pk, both.gone.pk)
    run("DELETE FROM contacts WHERE id = %s", [gone_id])
    Contact.objects.filter(pk=kept_id).update(**united(both.kept, both.gone), updated_at=now)
    _tell(both, actor, moved, len(stopped))
    find_for([kept_id], now)
    return moved


def _both(kept_id: int, gone_id: int, now: datetime) -> Both:
    found = Contact.objects.in_bulk([kept_id, gone_id])
    if len(found) < 2:
        raise MergeError(_("L'un des deux contacts n'existe plus : il a été fusionné ou effacé."))
    both = Both(found[kept_id], found[gone_id], now)
    if both.kept.site_id != both.gone.site_id:
        raise MergeError(_("Deux contacts de sites différents ne se fusionnent pas."))
    return both


def _refuse_if_under_way(both: Both) -> None:
    if fetch(UNDER_WAY, both.params):
        raise MergeBusyError(_("Un message ou un appel est en cours d'envoi : réessayez dans une minute."))
    if fetch(ALSO_UNDER_WAY, both.params):
        raise MergeBusyError(_("Un agent ou un export travaille sur ce contact : réessayez dans une minute."))


def united(kept: Contact, gone: Contact) -> dict[str, Any]:
    """Return what is known of the person that two contacts are. Who stays is right where they differ.

    Another name or address is not lost: it goes into the other fields. Who opted out once has opted out.
    """
    one_phone = kept.phone is None or kept.phone == gone.phone
    return {
        "name": kept.name or gone.name,
        "email": kept.email or gone.email,
        "phone": kept.phone or gone.phone,
        "timezone": kept.timezone or gone.timezone,
        "tags": sorted({*kept.tags, *gone.tags}),
        "fields": with_aliases(kept, gone),
        "opted_out_at": _first(kept.opted_out_at, gone.opted_out_at),
        "created_at": min(kept.created_at, gone.created_at),
        # Where somebody may be answered freely depends on the number that they wrote from.
        "whatsapp_at": _last(kept.whatsapp_at, gone.whatsapp_at) if one_phone else kept.whatsapp_at,
    }


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _tell(both: Both, actor: str, moved: Mapping[str, int], stopped: int) -> None:
    """Report the event, and write down who did it: by numbers, with nothing of the person."""
    kept, numbers = both.kept, {"fusionne": both.gone.pk}
    Event.objects.create(
        organization_id=kept.organization_id, site_id=kept.site_id, contact=kept, name=MERGED,
        data={"fusionne": str(both.gone.pk)}, occurred_at=both.now,
    )  # fmt: skip
    record(
        actor, "contact.fusionner", "contact", kept.pk, now=both.now, organization_id=kept.organization_id,
        details={**numbers, "lignes": dict(moved), "executions_arretees": stopped},
    )  # fmt: skip
    wake("engine")
