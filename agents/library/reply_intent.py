"""`reply_intent`: what does a contact who replied want?"""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent, InSteps


class Intent(StrEnum):
    """What the business has to do next (tests/evaluation/README.md tells them apart)."""

    OPT_OUT = "opt_out"
    WRONG_PERSON = "wrong_person"
    OUT_OF_OFFICE = "out_of_office"
    PRICE_OBJECTION = "price_objection"
    NOT_NOW = "not_now"
    QUESTION = "question"
    INTERESTED = "interested"
    OTHER = "other"


class Reply(BaseModel):
    """What came in, whole: greeting, signature, quoted thread and all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=10_000)
    channel: Literal["email", "sms", "whatsapp"] = "sms"
    business: str = ""
    before: str = Field(default="", max_length=2_000, description="What we had written.")


class Reading(BaseModel):
    """What it means. `is_doubtful`: a person reads it before anything is done about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: Intent
    confidence: float = Field(ge=0, le=1)
    is_doubtful: bool = False
    reasoning: str = Field(default="", max_length=300)


class ReplyIntent(Agent[Reply, Reading]):
    """Reads replies."""

    name: ClassVar[str] = "reply_intent"
    label: ClassVar[str] = "Intention d'une réponse"
    input_type: ClassVar[type[BaseModel]] = Reply
    output_type: ClassVar[type[BaseModel]] = Reading
    in_steps: ClassVar[InSteps | None] = InSteps(
        "intent",
        {
            "intention": "opt_out, wrong_person, out_of_office, price_objection, not_now, question, interested ou other",
            "confiance": "de 0 à 1", "doute": "true : une personne doit lire la réponse",
        },
        reads=True,
    )  # fmt: skip

    def rules(self, given: Reply) -> Reading:
        raise AssertionError
