"""Control: hold what is in the outbox, let it go, take it back, put it off, send again what did not go out.

`where` is a condition on messages (`m`; columns that calls have too), `params` are its parameters. Each act is part of
the caller's transaction.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from berinia.rows import fetch, run
from berinia.wake import wake
from communications.backoff import KEY_LIFETIME
from communications.outcomes import message_outcomes, report
from crm.models.metric import Counted, count, hour_of

USEFUL = timedelta(hours=24)
PASSED_OVER, STOPPED = "sautee", "arretee"  # reasons of messages that did not go out
# What was ever handed over stays written as it was: a repeat sends the same bytes under the same key, so that
# a provider that took it knows it again. What never was is written anew, for its template or its contact may
# have been corrected since. A key that the provider has forgotten begins a new life with the next call.
REPLAY = """
UPDATE messages SET status = 'queued', reason = '', detail = '', due_at = %(now)s, attempts = 0,
    useful_until = %(until)s,
    payload = CASE WHEN calls = 0 AND attempts = 0 AND first_attempt_at IS NULL THEN NULL ELSE payload END,
    first_attempt_at = CASE WHEN first_attempt_at < %(forgotten)s THEN NULL ELSE first_attempt_at END
WHERE id = ANY(%(ids)s) AND status IN ('failed', 'unknown', 'suppressed')
"""
HOLD = "UPDATE messages SET status = 'held' WHERE execution_id = ANY(%s) AND status = 'queued'"
RELEASE = "UPDATE messages SET status = 'queued' WHERE execution_id = ANY(%s) AND status = 'held'"
# What an earlier call may have handed over (it ended without an answer) is not said to have stayed here.
REVOKE = """
UPDATE messages AS m SET due_at = NULL,
    status = CASE WHEN attempts > 0 AND reason <> 'introuvable' THEN 'unknown' ELSE 'suppressed' END,
    reason = CASE WHEN attempts > 0 AND reason <> 'introuvable' THEN 'unknown' ELSE %(reason)s END
WHERE {where}
"""
OF_EXECUTIONS = "m.execution_id = ANY(%(ids)s)"
# What is in a provider's hands, or in doubt, may come back into the outbox: it is then too late for it.
# Locked in the order in which delivery locks them.
TOO_LATE = f"""
UPDATE messages SET useful_until = least(useful_until, %(now)s) WHERE id IN (
    SELECT m.id FROM messages m WHERE {OF_EXECUTIONS} AND m.status IN ('sending', 'unknown') ORDER BY m.id FOR UPDATE)
"""  # noqa: S608 - only a constant is put in
REVOKE_CALLS = """
UPDATE appels_http AS m SET status = 'revoked', settled_at = %(now)s, due_at = NULL
WHERE m.status = 'queued' AND {where}
"""
# What agents are asked by workflows (agents/steps.py); one that is being answered is looked at when it settles.
REVOKE_AGENTS = """
UPDATE executions_agents AS m SET status = 'retiree', finished_at = %(now)s, due_at = NULL
WHERE m.status = 'en_file' AND m.execution_id IS NOT NULL AND {where}
"""
NOT_SENT = """
UPDATE messages AS m SET status = 'suppressed', reason = %(reason)s, due_at = NULL
WHERE m.status = 'queued' AND m.due_at <= %(now)s AND (m.attempts = 0 OR m.reason = 'introuvable') AND {where}
RETURNING m.organization_id, m.site_id, m.workflow_id, m.contact_id, m.execution_id, m.run, m.step, m.channel,
    m.reports_outcome
"""
# Evenly, in their order. A message keeps its own end: what is no longer useful when its turn comes is not sent.
SPREAD = """
WITH late AS (
    SELECT m.id, row_number() OVER (ORDER BY m.due_at, m.id)::float / count(*) OVER () AS part
    FROM messages m WHERE m.status = 'queued' AND m.due_at <= %(now)s AND {where})
UPDATE messages AS m SET due_at = %(now)s + late.part * %(over)s::interval FROM late
WHERE m.id = late.id AND m.status = 'queued'
"""


class Restart(StrEnum):
    """What a resume does with what is overdue."""

    SEND = "envoyer"
    SKIP = "sauter"
    SPREAD = "etaler"


@transaction.atomic
def replay(message_ids: Collection[int], now: datetime) -> int:
    """Queue messages again that failed, were held back by a rule, or whose outcome is unknown; return how many.

    Those in any other state stay as they are. The rules are asked again when they go out: a contact who
    has opted out is still not written to.
    """
    times = {"now": now, "until": now + USEFUL, "forgotten": now - KEY_LIFETIME}
    replayed = run(REPLAY, {**times, "ids": list(message_ids)})
    wake("delivery")
    return replayed


def hold(execution_ids: Collection[int]) -> None:
    """Hold the messages of executions that are paused one by one."""
    run(HOLD, [list(execution_ids)])


def release(execution_ids: Collection[int]) -> None:
    """Let go of what was held with its execution."""
    run(RELEASE, [list(execution_ids)])
    wake("delivery")


def revoke(execution_ids: Collection[int], now: datetime, reason: str = STOPPED) -> None:
    """Take back what executions have not yet handed over: messages, held ones too, calls, and questions to agents."""
    given = {"ids": list(execution_ids), "now": now, "reason": reason[:60]}
    run(REVOKE.format(where=f"{OF_EXECUTIONS} AND m.status IN ('queued', 'held')"), given)
    run(TOO_LATE, given)
    run(REVOKE_CALLS.format(where=OF_EXECUTIONS), given)
    run(REVOKE_AGENTS.format(where=OF_EXECUTIONS), given)


def revoke_queued(where: str, params: Mapping[str, Any], now: datetime) -> None:
    """Take back all messages, calls and questions to agents for which the condition holds and that are queued."""
    given = {**params, "now": now, "reason": STOPPED}
    run(REVOKE.format(where=f"m.status = 'queued' AND {where}"), given)
    run(REVOKE_CALLS.format(where=where), given)
    run(REVOKE_AGENTS.format(where=where), given)


def pass_over(where: str, params: Mapping[str, Any], now: datetime) -> int:
    """Do not send what is overdue, with a record; a step that waits to hear of it is told. Returns how many."""
    rows = fetch(NOT_SENT.format(where=where), {**params, "now": now, "reason": PASSED_OVER})
    report(message_outcomes(rows, is_sent=False, reason=PASSED_OVER), now)
    hour = hour_of(now)
    count(Counter(Counted(r.organization_id, r.site_id, r.workflow_id or 0, hour, "messages_suppressed") for r in rows))
    return len(rows)


def spread(where: str, params: Mapping[str, Any], now: datetime, over: timedelta) -> int:
    """Put off what is overdue, evenly over a time from now. Returns how many."""
    return run(SPREAD.format(where=where), {**params, "now": now, "over": over})


def treat_overdue(where: str, params: Mapping[str, Any], restart: Restart, over: timedelta, now: datetime) -> None:
    """Do with overdue messages what a resume says; to send them, nothing has to be done."""
    if restart is Restart.SKIP:
        pass_over(where, params, now)
    elif restart is Restart.SPREAD:
        spread(where, params, now, over)
