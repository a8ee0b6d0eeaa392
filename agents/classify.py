"""Classify: leads of which something new is known get their quality, their score and what there is to know of them.

A lead is claimed until the end of a lease (`classify_at`), asked about, and settled in the transaction that settles
its run. Whoever dies on the way loses the lease: it is done again, and what has been taken over settles nothing. Each
attempt's lease is four times as long; after the last one the lead is left alone and operators are told.

Something may happen while a model thinks. Settling locks the lead, as `crm.leads.hear` does, and only then looks for
events that were not among those read, by their ids: an event that was committed late has a low id, and a time says
nothing about it. If there is one, the lead is due again in an hour; if it is routed later, `hear` finds no lease any
more and says so. Whichever comes first, none is lost.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agents.agent import agents
from agents.answer import BY_RULES
from agents.lead_facts import Known, facts_of
from agents.library.lead_classifier import Classification
from agents.run import Answered, Ask, ask_all
from berinia.logs import ids_of
from berinia.rows import fetch, run
from communications.happened import Happening, tell
from communications.notify import Alert, notify
from crm.decide import CLASSIFIED, SALES_FROM, status_of
from crm.find_duplicates import find_for
from crm.leads import AGAIN, IS_HEARD, NOT_HEARD
from crm.models.lead import Quality
from crm.told import tell_lead
from crm.touch import touched

logger = logging.getLogger(__name__)

AGENT = "lead_classifier"
MARGIN = timedelta(minutes=4)  # of the first attempt's lease, beyond what a model may take
MOST_ATTEMPTS = 5
QUALITY = {"hot": Quality.HOT, "warm": Quality.WARM, "cold": Quality.COLD}

GIVE_UP = """
UPDATE leads SET classify_at = NULL, classify_attempts = 0 WHERE id IN (
    SELECT id FROM leads WHERE classify_at <= %s AND classify_attempts >= %s AND decided_by <> 'person'
    ORDER BY classify_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, organization_id, site_id, contact_id
"""
CLAIM = """
UPDATE leads SET classify_at = %(now)s + %(lease)s * power(4, classify_attempts),
    classify_attempts = classify_attempts + 1
WHERE id IN (
    SELECT id FROM leads WHERE classify_at <= %(now)s AND decided_by <> 'person'
    ORDER BY classify_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, organization_id, site_id, contact_id, classify_at AS lease
"""
LOCK = """
SELECT quality, score, status FROM leads
WHERE id = %s AND classify_at IS NOT DISTINCT FROM %s AND decided_by <> 'person' FOR NO KEY UPDATE
"""
MISSED = f"""
SELECT e.id FROM evenements e
WHERE e.contact_id = %(contact)s AND e.id > %(floor)s AND e.id <> ALL(%(read)s) AND e.routed_at IS NOT NULL
  AND {IS_HEARD} LIMIT 1
"""  # noqa: S608 - only the constant above is put in
# What a person or an import wrote down, and what was known before, is not replaced by less.
SETTLE = """
UPDATE leads SET quality = %(quality)s, score = %(score)s, sector = %(sector)s, pain_points = %(pain_points)s,
    status = CASE WHEN status IN ('exporte', 'ecarte') THEN status ELSE %(status)s END,
    company_size = CASE WHEN %(size)s = 'unknown' THEN company_size ELSE %(size)s END,
    decision_maker = coalesce(%(decides)s, decision_maker), region = coalesce(nullif(%(region)s, ''), region),
    company = CASE WHEN company = '' THEN %(company)s ELSE company END,
    job_title = CASE WHEN job_title = '' THEN %(job_title)s ELSE job_title END,
    interests = %(interests)s, insights = %(insights)s, reasoning = %(reasoning)s, decided_by = %(by)s,
    export_after = CASE WHEN quality = %(quality)s THEN export_after END,
    delay_reason = CASE WHEN quality = %(quality)s THEN delay_reason ELSE '' END,
    classified_at = %(now)s, updated_at = %(now)s, classify_at = %(next)s, classify_attempts = 0
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed lead, and what is known of it. `lead.lease` tells this attempt from a later one."""

    lead: Any
    known: Known


def classify_batch(*, now: datetime, limit: int) -> int:
    """Classify up to `limit` leads that are due; return how many were claimed or given up."""
    with transaction.atomic():
        given_up = _give_up(now, limit)
        lease = MARGIN + timedelta(seconds=settings.AGENT_RUN_TIMEOUT_SECONDS)
        leads = fetch(CLAIM, {"now": now, "lease": lease, "limit": limit})
    turns = _turns(leads, now)
    for turn in turns:
        if turn.known.facts.opted_out:
            _without_a_model(turn, now)
    asks = [_ask(turn) for turn in turns if not turn.known.facts.opted_out]
    if asks:
        ask_all(asks, now=now, effects=lambda answered: _answered(answered, now))
    if turns:
        find_for([turn.lead.contact_id for turn in turns], now)
    return given_up + len(leads)


def _give_up(now: datetime, limit: int) -> int:
    leads = fetch(GIVE_UP, [now, MOST_ATTEMPTS, limit])
    title, body = _("Un lead n'a pas pu être classé"), _("Plusieurs essais ont échoué. Classez-le à la main.")
    notify(
        [
            Alert(lead.organization_id, f"lead/{lead.id}", "error", title, body, f"/admin/crm/lead/{lead.id}/change/")
            for lead in leads
        ],
        now,
    )
    return len(leads)


def _turns(leads: Sequence[Any], now: datetime) -> list[Turn]:
    """Return the leads with what is known of them; one whose facts cannot be read holds up no other."""
    try:
        known = facts_of([lead.contact_id for lead in leads], now)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if len(leads) > 1:
            return [turn for lead in leads for turn in _turns([lead], now)]
        name = type(error).__name__  # no traceback: it quotes data
        logger.error("the facts of lead %d cannot be read: %s", leads[0].id, name, extra=ids_of("lead", leads[0]))
        return []
    return [Turn(lead, known[lead.contact_id]) for lead in leads if lead.contact_id in known]


def _ask(turn: Turn) -> Ask:
    lead = turn.lead
    return Ask(AGENT, lead.organization_id, turn.known.facts, lead.site_id, lead.contact_id, subject=turn)


def _without_a_model(turn: Turn, now: datetime) -> None:
    """Classify who has opted out: nothing of theirs is shown to anybody, and there is nothing to decide."""
    agent, facts = agents()[AGENT], turn.known.facts
    output, _notes = agent.guard(facts, agent.rules(facts))
    with transaction.atomic():
        settle(turn, output, BY_RULES, now)


def _answered(answered: Answered, now: datetime) -> None:
    settle(answered.ask.subject, answered.output, answered.decided_by, now)


def settle(turn: Turn, output: Classification, decided_by: str, now: datetime) -> bool:
    """Write down what a lead is, in the caller's transaction; False when somebody else has it by now."""
    lead, known = turn.lead, turn.known
    touched([lead.contact_id], now)  # contacts are locked before their leads
    before = next(iter(fetch(LOCK, [lead.id, lead.lease])), None)
    if before is None:
        return False
    missed = fetch(MISSED, {
        "contact": lead.contact_id, "floor": known.floor, "read": list(known.event_ids), "not_heard": NOT_HEARD,
    })  # fmt: skip
    quality, score = QUALITY[output.lead_type].value, output.lead_score
    run(SETTLE, {
        "id": lead.id, "now": now, "next": now + AGAIN if missed else None, "by": decided_by, "quality": quality,
        "score": score, "status": status_of(score), "sector": output.sector, "size": output.company_size,
        "decides": output.decision_maker, "region": known.region, "company": known.company,
        "job_title": known.job_title, "pain_points": list(output.pain_points), "interests": list(output.interests),
        "insights": list(output.key_insights), "reasoning": output.reasoning,
    })  # fmt: skip
    tell_lead(lead, {"qualite": quality, "score": score, "statut": _status(before, score)})
    if (before.quality, _goes_to_sales(before.score)) != (quality, _goes_to_sales(score)):
        _tell(lead, {"qualite": quality, "score": score, "statut": _status(before, score), "par": decided_by}, now)
    return True


def _tell(lead: Any, data: dict[str, Any], now: datetime) -> None:
    """Tell workflows; crm/leads.py does not hear it, so that it brings no classification about."""
    tell([Happening(lead.organization_id, lead.site_id, lead.contact_id, CLASSIFIED, now, data)])


def _goes_to_sales(score: int | None) -> bool | None:
    return None if score is None else score >= SALES_FROM


def _status(before: Any, score: int) -> str:
    return str(before.status) if before.status in ("exporte", "ecarte") else status_of(score)
