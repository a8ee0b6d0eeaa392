"""`lead_classifier`: how near to buying is this contact, and what is known of it?

Its rules are agents/lead_verdict.py (quality: agents/lead_ruling.py, agents/lead_likeness.py) and
agents/lead_profile.py (who it is), its guardrails agents/lead_guard.py.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from agents import lead_profile
from agents.agent import Agent, InSteps, Strict
from agents.lead_guard import FRENCH, guarded
from agents.lead_verdict import verdict
from agents.sectors import OTHER, SECTORS

LeadType = Literal["hot", "warm", "cold"]
Size = Literal["individual", "solo", "micro", "sme", "large", "unknown"]


class Happened(Strict):
    """An event of the contact."""

    name: str
    hours_ago: float = Field(ge=0)
    data: dict[str, Any] = Field(default_factory=dict)


class Said(Strict):
    """A message of the contact, or to the contact."""

    by: Literal["contact", "business"]
    channel: Literal["email", "sms", "whatsapp"]
    hours_ago: float = Field(ge=0)
    text: str = ""
    opened: bool = False
    clicked: bool = False


class LeadFacts(Strict):
    """What is known of a lead, without its addresses: the newest last."""

    site_sector: str
    business: str
    first_name: str = ""
    company: str = ""
    job_title: str = ""
    email_kind: Literal["personal", "professional", "none"] = "none"
    has_phone: bool = False
    postal_code: str = ""
    opted_out: bool = False
    events: tuple[Happened, ...] = Field(default=(), max_length=50)
    messages: tuple[Said, ...] = Field(default=(), max_length=60)


class Classification(Strict):
    """The classifier's answer, in the words of its source: hot is CHAUD, warm TIÈDE, cold FROID."""

    lead_type: LeadType
    sector: str = Field(max_length=40, description=f"One of: {', '.join((*SECTORS, OTHER))}.")
    company_size: Size = Field(description="Of the lead's own business; individual: a private person.")
    decision_maker: bool | None = Field(description="null when nothing says so.")
    pain_points: tuple[str, ...] = Field(max_length=5, description="What hurts, in the contact's own words.")
    interests: tuple[str, ...] = Field(max_length=5, description="What was asked for or read, as the facts name it.")
    lead_score: int = Field(ge=0, le=100, description="hot 70 to 100, warm 40 to 69, cold 0 to 39.")
    reasoning: str = Field(max_length=600, description="One or two sentences in French.")
    key_insights: tuple[str, ...] = Field(max_length=5, description="Short literal quotes or facts of the data.")


class LeadClassifier(Agent[LeadFacts, Classification]):
    """Classifies leads."""

    name: ClassVar[str] = "lead_classifier"
    label: ClassVar[str] = "Classement des leads"
    input_type: ClassVar[type[BaseModel]] = LeadFacts
    output_type: ClassVar[type[BaseModel]] = Classification
    in_steps: ClassVar[InSteps | None] = InSteps(
        "classify",
        {
            "qualite": "CHAUD, TIÈDE ou FROID", "score": "de 0 à 100", "secteur": "son secteur",
            "taille": "individual, solo, micro, sme, large ou unknown", "decideur": "true : il décide",
            "besoins": "ses difficultés", "interets": "ce qui l'intéresse",
        },
    )  # fmt: skip

    def rules(self, given: LeadFacts) -> Classification:
        """Answer by words and acts alone."""
        found = verdict(given)
        return Classification(
            lead_type=found.lead_type,
            sector=lead_profile.sector(given),
            company_size=lead_profile.company_size(given),
            decision_maker=lead_profile.decides(given),
            pain_points=tuple(lead_profile.pain_points(given)),
            interests=tuple(lead_profile.interests(given)),
            lead_score=found.score,
            reasoning=f"{FRENCH[found.lead_type].capitalize()} : {', '.join(found.why)}.",
            key_insights=tuple(lead_profile.insights(given)),
        )

    def guard(self, given: LeadFacts, output: Classification) -> tuple[Classification, list[str]]:
        """Keep it within bounds and to what is known."""
        return guarded(given, output)
