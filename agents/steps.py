"""Steps: ask the agents that workflows wait for, and tell their executions what they answered.

Claimed like the calls of workflows: the claim commits before anybody is asked, and the answer with all that it brings
about after it. A worker that dies in between leaves a lease that ends, and the agent is asked again.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from agents import days
from agents.agent import agents
from agents.asking.base import Asking, Question, askings
from agents.run import Answered, Ask, ask_all
from berinia.logs import ids_of
from berinia.rows import fetch, update_rows
from communications.happened import Happening, tell

logger = logging.getLogger(__name__)

ANSWERED, FAILED = "agent_repondu", "agent_echoue"
MAX_ATTEMPTS = 3  # whoever asks dies of it: then nobody does any more
MARGIN = timedelta(seconds=30)

# What is paused is not asked about: the platform, the organization, the site, the workflow, the execution.
CLAIM = """
SELECT r.id, r.agent, r.organization_id, r.site_id, r.contact_id, r.workflow_id, r.execution_id, r.run, r.event_id,
    r.step, r.request, r.attempts,
    EXISTS (SELECT 1 FROM executions_workflow x WHERE x.id = r.execution_id AND x.run = r.run
            AND x.status IN ('arretee', 'convertie')) AS is_over
FROM executions_agents r JOIN sites s ON s.id = r.site_id JOIN organisations o ON o.id = r.organization_id
WHERE r.status IN ('en_file', 'en_cours') AND r.due_at <= %s AND r.execution_id IS NOT NULL AND r.replay_of IS NULL
  AND NOT s.is_paused AND NOT o.is_paused AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
  AND NOT EXISTS (SELECT 1 FROM workflows_automatises w WHERE w.id = r.workflow_id AND w.status <> 'actif')
  AND NOT EXISTS (SELECT 1 FROM executions_workflow x WHERE x.id = r.execution_id AND x.status = 'en_pause')
ORDER BY r.due_at LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""
STILL_OURS = "SELECT id FROM executions_agents WHERE id = %s AND status = 'en_cours' AND attempts = %s FOR UPDATE"
CAME_TO_NOTHING = "SELECT id FROM executions_agents WHERE id = ANY(%s) AND status = 'echouee'"
CLAIMED = {"id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2"}
ENDED = {"id": "bigint", "status": "text", "due_at": "timestamptz", "finished_at": "timestamptz", "error": "text"}
SETTLED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "finished_at": "timestamptz", "decided_by": "text",
    "output": "jsonb", "guarded": "jsonb",
}  # fmt: skip


def run_batch(*, now: datetime, limit: int) -> int:
    """Ask about up to `limit` steps that are due, side by side, and settle each. Returns how many were claimed."""
    claimed = _claim(now, limit)
    rows = {row.id: row for row in claimed if not row.is_over and row.attempts < MAX_ATTEMPTS}
    questions = _questions(list(rows.values()), now)
    for run_id, question in questions.items():
        if question.given is None:
            _settle_unasked(rows[run_id], question, now)
    asks = [_ask(rows[run_id], question) for run_id, question in questions.items() if question.given is not None]
    if asks:
        ask_all(asks, now=now, effects=lambda answered: _answered(answered, now))
    _give_up([row for row in claimed if not row.is_over], now)
    return len(claimed)


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[Any]:
    rows = fetch(CLAIM, [now, limit])
    # One that was being asked when its execution ended was not there to be taken back: nobody is asked again.
    ended = [(row.id, "retiree", None, now, "") for row in rows if row.is_over]
    ended += [
        (row.id, "echouee", None, now, "abandonnee") for row in rows if not row.is_over and row.attempts >= MAX_ATTEMPTS
    ]
    update_rows("executions_agents", ENDED, ended)
    lease = now + timedelta(seconds=settings.AGENT_RUN_TIMEOUT_SECONDS) + MARGIN
    gone = {one[0] for one in ended}
    update_rows(
        "executions_agents", CLAIMED,
        [(row.id, "en_cours", lease, row.attempts + 1) for row in rows if row.id not in gone],
    )  # fmt: skip
    days.count_ended(gone)  # not those that were taken back
    return rows


def _questions(rows: Sequence[Any], now: datetime) -> dict[int, Question]:
    """Return what is asked, by run. One for whom that cannot be said does not hold up the others."""
    by_agent: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_agent[row.agent].append(row)
    found: dict[int, Question] = {}
    for name, theirs in by_agent.items():
        try:
            with transaction.atomic():
                found |= _asking(name).questions(theirs, now)
        except Exception:
            logger.exception("agent %s: what it is asked cannot be said: one by one", name)
            for row in theirs:
                found |= _alone(row, now)
    return found


def _alone(row: Any, now: datetime) -> Mapping[int, Question]:
    try:
        with transaction.atomic():
            return _asking(row.agent).questions([row], now)
    except Exception as error:
        logger.exception("agent run %s cannot be asked", row.id, extra=ids_of("agent_run", row))
        with transaction.atomic():
            update_rows("executions_agents", ENDED, [(row.id, "echouee", None, now, f"effet:{type(error).__name__}")])
            days.count_ended([row.id])
        return {}


def _asking(name: str) -> Asking:
    """Return what belongs to an agent. Raises KeyError for one that was taken away since the step was reached."""
    return askings()[name]


def _ask(row: Any, question: Question) -> Ask:
    assert question.given is not None
    return Ask(
        row.agent, row.organization_id, question.given, site_id=row.site_id, contact_id=row.contact_id, run_id=row.id,
        subject=(row, question),
    )  # fmt: skip


def _answered(answered: Answered, now: datetime) -> None:
    """Do what an answer brings about and tell its execution, in the transaction that settles the run."""
    row, question = answered.ask.subject
    _asking(row.agent).apply(row, question, answered.output, answered.decided_by, now)
    _tell(row, ANSWERED, _facts(row, answered.output, answered.decided_by), now)


def _facts(row: Any, output: Any, decided_by: str) -> dict[str, Any]:
    return {**_asking(row.agent).facts(output), "decide_par": decided_by}


def _settle_unasked(row: Any, question: Question, now: datetime) -> None:
    """Settle a run about which nobody has to be asked, and say why."""
    output, by = question.answer, question.decided_by
    assert output is not None
    stored, guarded = json.dumps(output.model_dump(mode="json")), json.dumps([str(question.why)])
    with transaction.atomic():
        if not fetch(STILL_OURS, [row.id, row.attempts + 1]):
            return
        update_rows("executions_agents", SETTLED, [(row.id, "terminee", None, now, by, stored, guarded)])
        _asking(row.agent).apply(row, question, output, by, now)
        _tell(row, ANSWERED, {**_facts(row, output, by), "sans_objet": str(question.why)}, now)
        days.count_ended([row.id])


def _give_up(rows: Sequence[Any], now: datetime) -> None:
    """Tell executions of which the agent will not answer any more."""
    lost = {row.id for row in fetch(CAME_TO_NOTHING, [[row.id for row in rows]])} if rows else set()
    for row in rows:
        if row.id in lost:
            with transaction.atomic():
                if asking := askings().get(row.agent):
                    asking.failed(row, now)
                _tell(row, FAILED, {}, now)


def _tell(row: Any, name: str, data: Mapping[str, Any], now: datetime) -> None:
    """Tell the step that waits, as an event of its contact; once for a run."""
    agent = agents().get(row.agent)
    asked = agent.in_steps.name if agent and agent.in_steps else row.agent
    whose = {"execution": f"{row.execution_id}/{row.run}", "etape": row.step, "agent": asked}
    tell([
        Happening(row.organization_id, row.site_id, row.contact_id, name, now, {**data, **whose}, f"agent/{row.id}")
    ])  # fmt: skip
