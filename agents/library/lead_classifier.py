"""`lead_classifier`: how near to buying is this contact, and what is known of it?"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent, InSteps

LeadType = Literal["hot", "warm", "cold"]
Size = Literal["individual", "solo", "micro", "sme", "large", "unknown"]


class Strict(BaseModel):
    """Nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    events: tuple[Happened, ...] = ()
    messages: tuple[Said, ...] = ()


class Classification(Strict):
    """The classifier's answer, in the words of its source: hot is CHAUD, warm TIÈDE, cold FROID."""

    lead_type: LeadType
    sector: str = Field(max_length=40)
    company_size: Size
    decision_maker: bool | None
    pain_points: tuple[str, ...] = Field(max_length=5)
    interests: tuple[str, ...] = Field(max_length=5)
    lead_score: int = Field(ge=0, le=100)
    reasoning: str = Field(max_length=600)
    key_insights: tuple[str, ...] = Field(max_length=5)


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
        raise AssertionError
