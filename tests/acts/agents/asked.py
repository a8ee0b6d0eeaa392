"""An agent made for the tests of what runs agents: it marks a text, and its guardrails know no mark above 90."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent
from agents.asks import Ask
from tests.make import make_organization


class Said(BaseModel):
    """A text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = ""


class Mark(BaseModel):
    """What it is worth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hot", "cold"]
    score: int = Field(ge=0, le=100)
    note: str = Field(default="", max_length=50)


class Essai(Agent[Said, Mark]):
    """Rules that raise for « boum », guardrails that raise for a model's « piège »."""

    name: ClassVar[str] = "essai"
    label: ClassVar[str] = "Essai"
    input_type: ClassVar[type[BaseModel]] = Said
    output_type: ClassVar[type[BaseModel]] = Mark
    max_tokens: ClassVar[int] = 200

    def rules(self, given: Said) -> Mark:
        if given.text == "boum":
            raise KeyError(given.text)
        return Mark(kind="cold", score=95 if given.text == "trop" else 10)

    def guard(self, given: Said, output: Mark) -> tuple[Mark, list[str]]:
        if output.note == "piège":
            raise ZeroDivisionError
        if output.note == "faux":
            return output.model_copy(update={"score": 1_000}), []
        if output.score <= 90:
            return output, []
        return output.model_copy(update={"score": 90}), ["note ramenée à 90"]


GOOD = Mark(kind="hot", score=80)


def ask(text: str = "Bonjour", **changes: Any) -> Ask:
    """A question of an organization (a new one, unless given)."""
    organization = changes.pop("organization", None) or make_organization()
    return Ask("essai", organization.pk, Said(text=text), **changes)
