"""`reply_summary`: what does a contact say, in a few words, for somebody who has to act on it?"""

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent, InSteps
from agents.claims import plain
from agents.untrusted import clean, cut, unlinked, unmarked
from communications.quoted import written

LONGEST, LONGEST_REQUEST, MOST_REQUESTS = 300, 120, 5
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
ASKS = re.compile(
    r"\?|\b(?:pouvez[- ]vous|pourriez[- ]vous|merci de|je (?:voudrais|souhaite|veux|cherche)|j'aimerais|"
    r"il (?:me |nous )?faut|j'ai besoin|envoyez|rappelez|appelez|dites[- ]moi|est[- ]ce que|on peut)"
)
CALL = re.compile(
    r"\b(?:r?appel(?:ez|er|le|les)|(?:me|nous) (?:joindre|telephoner|appeler)|telephonez|joignable|par telephone)\b"
)
NO_CALL = re.compile(r"\b(?:ne|n'|pas|plus|inutile|evitez)\b[^.!?\n]{0,25}\b(?:r?appel|telephon|joindre)")
ANGRY = re.compile(
    r"\b(?:scandal|honte|inadmissible|arnaque|voleur|inacceptable|decu|mecontent|ras le bol|marre|lachez|jamais recu|"
    r"plainte|furieu|n'importe quoi|deplorable)"
)
HURRIED = re.compile(r"\b(?:urgen|vite|au plus tot|tout de suite|immediat|rapidement|des que possible|fuite|panne)")
GLAD = re.compile(r"\b(?:merci|parfait|super|genial|tres bien|content|ravi|volontiers|avec plaisir|nickel|d'accord)")


class ReplyText(BaseModel):
    """What came in, whole: greeting, signature, quoted thread and all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=10_000)
    channel: Literal["email", "sms", "whatsapp"] = "sms"
    business: str = Field(default="", max_length=200)


class Digest(BaseModel):
    """What it comes down to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resume: str = Field(max_length=LONGEST, description="Ce que dit le contact, en une à trois phrases.")
    demandes: tuple[str, ...] = Field(
        default=(), max_length=MOST_REQUESTS, description="Ce qu'il demande, dans ses mots."
    )
    ton: Literal["positif", "neutre", "pressé", "mécontent"] = "neutre"
    a_rappeler: bool = Field(default=False, description="true : il demande qu'on le rappelle.")


class ReplySummary(Agent[ReplyText, Digest]):
    """Summarises replies. Without a model: their own first sentences."""

    name: ClassVar[str] = "reply_summary"
    label: ClassVar[str] = "Résumé d'une réponse"
    input_type: ClassVar[type[BaseModel]] = ReplyText
    output_type: ClassVar[type[BaseModel]] = Digest
    in_steps: ClassVar[InSteps | None] = InSteps(
        "summarize",
        {
            "resume": "ce que dit le contact", "demandes": "la liste de ce qu'il demande",
            "ton": "positif, neutre, pressé ou mécontent", "a_rappeler": "true : il demande qu'on le rappelle",
        },
        reads=True,
    )  # fmt: skip

    def rules(self, given: ReplyText) -> Digest:
        text = _own_words(given)
        said = plain(text)
        return Digest(
            resume=cut(_harmless(_first_sentences(text)), LONGEST), ton=_tone(said),
            demandes=tuple(one for one in map(_harmless, _requests(text)) if one)[:MOST_REQUESTS],
            a_rappeler=bool(CALL.search(said)) and not NO_CALL.search(said),
        )  # fmt: skip

    def guard(self, given: ReplyText, output: Digest) -> tuple[Digest, list[str]]:
        """What a request quotes has to be in the reply; all is plain text on one line, and leads nowhere."""
        said = plain(clean(given.text, limit=10_000))
        asked = tuple(cut(_harmless(one), LONGEST_REQUEST) for one in output.demandes)
        kept = tuple(one for one in asked if one and _is_said(one, said))
        notes = ["Demande écartée : le contact ne l'a pas écrite"] if len(kept) < len(asked) else []
        return output.model_copy(update={"resume": cut(_harmless(output.resume), LONGEST), "demandes": kept}), notes


def _harmless(text: str) -> str:
    return unlinked(unmarked(text))


def _own_words(given: ReplyText) -> str:
    return clean(written(given.text) or given.text, limit=4_000)


def _sentences(text: str) -> Iterator[str]:
    yield from (sentence for found in SENTENCE.findall(text) if (sentence := " ".join(found.split())).strip(" .!?"))


def _first_sentences(text: str) -> str:
    """Return as many whole sentences as there is room for; the first is cut if it must be."""
    said = ""
    for sentence in _sentences(text):
        longer = f"{said} {sentence}".strip()
        if len(longer) > LONGEST:
            break
        said = longer
    return said or cut(" ".join(text.split()), LONGEST)


def _requests(text: str) -> Iterator[str]:
    yield from (cut(one, LONGEST_REQUEST) for one in _sentences(text) if ASKS.search(plain(one)))


def _tone(said: str) -> Literal["positif", "neutre", "pressé", "mécontent"]:
    if ANGRY.search(said):
        return "mécontent"
    if HURRIED.search(said):
        return "pressé"
    return "positif" if GLAD.search(said) else "neutre"


def _is_said(request: str, said: str) -> bool:
    """Tell whether most of a request's own words are the contact's."""
    words = re.findall(r"\w{4,}", plain(request))
    return not words or sum(word in said for word in words) * 2 >= len(words)
