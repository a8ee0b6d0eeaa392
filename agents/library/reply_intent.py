"""`reply_intent`: what does a contact who replied want?"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent, InSteps
from agents.intents import Intent, meaning
from agents.untrusted import clean, unlinked
from communications.optout import Wish, heard
from communications.quoted import written

__all__ = ["Intent", "Reading", "Reply", "ReplyIntent"]

LONGEST_TEXT, LONGEST_REASONING = 10_000, 300
SAID, PERHAPS = 0.98, 0.6  # how sure an opt-out is: asked for, possible
# A phrase that may mean an opt-out counts only where the whole resembles one at least this much.
LIKE = 0.25
DOUBTFUL_BELOW = 0.4
SHORTEST_QUOTE = 20


class Reply(BaseModel):
    """What came in, whole: greeting, signature, quoted thread and all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=LONGEST_TEXT)
    channel: Literal["email", "sms", "whatsapp"] = "sms"
    business: str = ""
    before: str = Field(default="", max_length=2_000, description="What we had written.")


class Reading(BaseModel):
    """What it means. `is_doubtful`: a person reads it before anything is done about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: Intent
    confidence: float = Field(ge=0, le=1)
    is_doubtful: bool = False
    reasoning: str = Field(default="", max_length=LONGEST_REASONING)


class ReplyIntent(Agent[Reply, Reading]):
    """Reads replies. An opt-out is the rules' to find: a model may add one, and never takes one away."""

    name: ClassVar[str] = "reply_intent"
    label: ClassVar[str] = "Intention d'une réponse"
    input_type: ClassVar[type[BaseModel]] = Reply
    output_type: ClassVar[type[BaseModel]] = Reading
    max_tokens: ClassVar[int] = 300
    in_steps: ClassVar[InSteps | None] = InSteps(
        "intent",
        {
            "intention": "opt_out, wrong_person, out_of_office, price_objection, not_now, question, interested "
            "ou other",
            "confiance": "de 0 à 1", "doute": "true : une personne doit lire la réponse",
        },
        reads=True,
    )  # fmt: skip

    def rules(self, given: Reply) -> Reading:
        text = _own_words(given)
        asked, meant = heard(text), meaning(text)
        if asked.wish is Wish.STOP:
            return Reading(intent=Intent.OPT_OUT, confidence=SAID, reasoning=_quote(asked.words))
        if asked.wish is Wish.UNCLEAR and asked.like > LIKE:
            words = asked.words or meant.words
            return Reading(intent=Intent.OPT_OUT, confidence=PERHAPS, is_doubtful=True, reasoning=_quote(words))
        is_guess = meant.confidence < DOUBTFUL_BELOW and meant.intent is not Intent.OTHER
        return Reading(
            intent=meant.intent, confidence=round(meant.confidence, 2),
            is_doubtful=is_guess or asked.wish is Wish.UNCLEAR,
            reasoning=_quote(meant.words),
        )  # fmt: skip

    def guard(self, given: Reply, output: Reading) -> tuple[Reading, list[str]]:
        """Restore an opt-out that the rules found; have a person read one that they did not."""
        ours, notes = self.rules(given), []
        if not isinstance(output.intent, Intent):
            return ours, ["Intention inconnue : les règles décident."]
        if ours.intent is Intent.OPT_OUT and output.intent is not Intent.OPT_OUT:
            return ours, ["Désinscription rétablie : les règles l'ont reconnue dans la réponse."]
        is_doubtful = bool(output.is_doubtful)
        if output.intent is Intent.OPT_OUT and ours.intent is not Intent.OPT_OUT and not is_doubtful:
            is_doubtful = True
            notes.append("Désinscription que seul le modèle a vue : une personne la relit.")
        kept = Reading(
            intent=output.intent, confidence=_confidence(output.confidence), is_doubtful=is_doubtful,
            reasoning=_reason(output.reasoning),
        )  # fmt: skip
        if (kept.confidence, kept.reasoning) != (output.confidence, output.reasoning):
            notes.append("Confiance ramenée entre 0 et 1, explication nettoyée.")
        return kept, notes

    def variables(self, given: Reply) -> Mapping[str, Any]:
        """Return the variables: of a thread only what the contact wrote."""
        return given.model_dump(mode="json") | {"text": _own_words(given)}


def _own_words(given: Reply) -> str:
    """Return what the contact wrote, without our message below it; all of it when nothing else is there."""
    text = clean(given.text, LONGEST_TEXT)
    before = clean(given.before, LONGEST_TEXT)
    if len(before) >= SHORTEST_QUOTE:
        text = text.replace(before, "")
    return written(text)


def _quote(words: str) -> str:
    return _reason(f"Mots décisifs : « {words} »") if words else "Rien de reconnu."


def _confidence(value: float) -> float:
    """Return a confidence between 0 and 1; what is no number is none."""
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def _reason(text: str) -> str:
    """Return a reason in one line, without links and hidden characters."""
    return clean(unlinked(" ".join(clean(text, LONGEST_TEXT).split())), LONGEST_REASONING)
