"""`message_writer`: how would this business write this to this contact? Without a model, its template says it."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent, InSteps
from agents.message_checks import Terms, problems, tidy, told_by


class Brief(BaseModel):
    """What is to be written. No address, no surname: what code adds to the message is not the model's concern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Literal["email", "sms", "whatsapp"]
    business: str = Field(max_length=200)
    sector: str = Field(default="", max_length=40)
    brief: str = Field(max_length=500, description="What the message is to say.")
    voice: str = Field(default="", max_length=1_000)
    facts: tuple[str, ...] = Field(default=(), description="All that a message may state.")
    first_name: str = Field(default="", max_length=60)
    said: tuple[str, ...] = Field(default=(), max_length=5, description="What the contact wrote lately, newest last.")
    example: str = Field(default="", max_length=4_000, description="The template's own words.")
    reserve: int = Field(default=0, ge=0, le=300, description="Characters of an SMS that its mention of STOP takes.")


class Written(BaseModel):
    """Le message, en texte simple. `subject` : l'objet d'un email, sinon vide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(
        default="", max_length=200, description="L'objet, pour un email seulement ; 78 caractères au plus."
    )
    text: str = Field(default="", max_length=4_000, description="Le message, sans balise, sans lien, sans signature.")


class MessageWriter(Agent[Brief, Written]):
    """Writes messages. No text means that the template is sent."""

    name: ClassVar[str] = "message_writer"
    label: ClassVar[str] = "Rédaction d'un message"
    input_type: ClassVar[type[BaseModel]] = Brief
    output_type: ClassVar[type[BaseModel]] = Written
    is_cached: ClassVar[bool] = False
    in_steps: ClassVar[InSteps | None] = InSteps(
        "write", {"texte_ecrit": "true : le message a le texte de l'agent, et non celui du modèle"}, writes=True
    )

    def rules(self, given: Brief) -> Written:
        return Written()

    def guard(self, given: Brief, output: Written) -> tuple[Written, list[str]]:
        if not output.text.strip():
            return Written(), []
        subject = tidy(output.subject) if given.channel == "email" else ""
        text = tidy(output.text)
        told = told_by(given.business, given.sector, given.brief, given.facts)
        terms = Terms(given.channel, given.sector, given.first_name, told, given.reserve)
        if wrong := list(dict.fromkeys(problems(subject, text, terms))):
            return Written(), [f"Texte écarté : {reason}" for reason in wrong]
        return Written(subject=subject, text=text), []
