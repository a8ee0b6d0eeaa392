"""What `classify` is told, and what it does with the answer: the lead is what the answer says, at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agents.agent import agents
from agents.asking.base import Asking, Question
from agents.classify import QUALITY, Turn, settle
from agents.lead_facts import Known, facts_of
from agents.library.lead_classifier import Classification
from berinia.rows import fetch
from crm.touch import touched

TYPES = {quality.value: lead_type for lead_type, quality in QUALITY.items()}
PERSONS = """
SELECT contact_id, quality, score, sector, company_size, decision_maker, pain_points, interests, insights, reasoning
FROM leads WHERE contact_id = ANY(%s) AND decided_by = 'person' AND quality <> '' AND score IS NOT NULL
"""
# Whoever classifies it at this moment by its lease loses it: this answer knows as much.
LEAD = """
SELECT id, organization_id, site_id, contact_id, classify_at AS lease FROM leads WHERE contact_id = %s FOR NO KEY UPDATE
"""


class AskingLeadClassifier(Asking):
    """The same facts and the same writing as agents/classify.py, when a workflow asks rather than the clock."""

    agent: ClassVar[str] = "lead_classifier"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        ids = list({row.contact_id for row in rows})
        known, persons = facts_of(ids, now), {row.contact_id: row for row in fetch(PERSONS, [ids])}
        return {
            row.id: _question(known[row.contact_id], persons.get(row.contact_id))
            for row in rows
            if row.contact_id in known
        }

    def facts(self, output: Classification) -> Mapping[str, Any]:
        return {
            "qualite": QUALITY[output.lead_type].value, "score": output.lead_score, "secteur": output.sector,
            "taille": output.company_size, "decideur": output.decision_maker, "besoins": list(output.pain_points),
            "interets": list(output.interests),
        }  # fmt: skip

    def apply(self, row: Any, question: Question, output: Classification, decided_by: str, now: datetime) -> None:
        touched([row.contact_id], now)  # contacts are locked before their leads
        for lead in fetch(LEAD, [row.contact_id]):
            settle(Turn(lead, question.source), output, decided_by, now)


def _question(known: Known, person: Any) -> Question:
    """What a person has said holds; who has opted out is not shown to a model."""
    if person is not None:
        return Question(None, known, _as_said(person), _("Une personne l'a classé."), "person")
    if known.facts.opted_out:
        agent = agents()[AskingLeadClassifier.agent]
        answer, _notes = agent.guard(known.facts, agent.rules(known.facts))
        return Question(None, known, answer, _("Le contact ne veut plus rien recevoir."))
    return Question(known.facts, known)


def _as_said(lead: Any) -> Classification:
    return Classification(
        lead_type=TYPES[lead.quality], sector=lead.sector, company_size=lead.company_size,
        decision_maker=lead.decision_maker, pain_points=lead.pain_points[:5], interests=lead.interests[:5],
        lead_score=lead.score, reasoning=lead.reasoning[:600], key_insights=lead.insights[:5],
    )  # fmt: skip
