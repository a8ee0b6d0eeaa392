"""What `classify` is told, and what it does with the answer: the lead is what the answer says, at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agents.asking.base import Asking, Question
from agents.classify import QUALITY, Turn, settle
from agents.lead_facts import Known, facts_of
from agents.library.lead_classifier import Classification
from agents.run import Answered
from berinia.rows import fetch
from crm.touch import touched

# Whoever classifies it at this moment by its lease loses it: this answer knows as much.
LEAD = """
SELECT id, organization_id, site_id, contact_id, classify_at AS lease FROM leads WHERE contact_id = %s FOR NO KEY UPDATE
"""


class AskingLeadClassifier(Asking):
    """The same facts and the same writing as agents/classify.py, when a workflow asks rather than the clock."""

    agent: ClassVar[str] = "lead_classifier"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        known = facts_of(list({row.contact_id for row in rows}), now)
        return {row.id: _question(known[row.contact_id]) for row in rows if row.contact_id in known}

    def nothing(self) -> Classification:
        return Classification(
            lead_type="cold", sector="autre", company_size="unknown", decision_maker=None, pain_points=(), interests=(),
            lead_score=0, reasoning=_("Froid : ne veut plus rien recevoir."), key_insights=(),
        )  # fmt: skip

    def facts(self, output: Classification) -> Mapping[str, Any]:
        return {
            "qualite": QUALITY[output.lead_type].value, "score": output.lead_score, "secteur": output.sector,
            "taille": output.company_size, "decideur": output.decision_maker, "besoins": list(output.pain_points),
            "interets": list(output.interests),
        }  # fmt: skip

    def apply(self, row: Any, question: Question, answered: Answered, now: datetime) -> None:
        touched([row.contact_id], now)  # contacts are locked before their leads
        for lead in fetch(LEAD, [row.contact_id]):
            settle(Turn(lead, question.source), answered.output, answered.decided_by, now)


def _question(known: Known) -> Question:
    """Who has opted out is not shown to a model."""
    if known.facts.opted_out:
        return Question(None, why=_("Le contact ne veut plus rien recevoir."))
    return Question(known.facts, source=known)
