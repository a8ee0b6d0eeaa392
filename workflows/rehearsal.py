"""Rehearse: a simulation as a person reads it, with the site's own messages written out. Nothing is stored or sent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Site
from communications.compose import site_facts
from communications.policy import EXPLANATIONS, Refusal
from communications.preview import Preview, Written, mention_of
from communications.rendering import ContactFacts, SiteFacts
from communications.suppress import closed
from crm.consent import granted
from crm.models import Contact
from crm.models.consent import Purpose
from workflows.channels import ADDRESSES, addresses
from workflows.definition import Definition, DefinitionError
from workflows.documents import DocumentError, definition_in, read_text
from workflows.facts import facts_of
from workflows.life import Assumptions
from workflows.models import Workflow
from workflows.programs import definition_of
from workflows.scenarios import Asked, scenario_of
from workflows.simulate import Line, Planned, Scenario, Timeline, simulate

HOME = "Europe/Paris"
# Whose messages they are when no site is named.
ANYBODY = SiteFacts("Votre entreprise", "+33123456789", "1 rue de la Paix, 75002 Paris", "https://exemple.fr",
                    "contact@exemple.fr")  # fmt: skip


class SubjectError(ValueError):
    """There is nothing to simulate; `detail` says why in French, `field` where."""

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(detail)
        self.code, self.detail, self.field = code, detail, field


@dataclass(frozen=True, slots=True)
class Subject:
    """What is simulated, and whose it is: a workflow of a site, or a definition that is nobody's yet."""

    definition: Definition
    sector: str
    name: str
    site: Site | None = None
    workflow: Workflow | None = None

    @property
    def zone(self) -> str:
        """The zone of the site."""
        return self.site.timezone if self.site else HOME

    def preview(self) -> Preview:
        """Return what writes its messages out."""
        if self.site is None:
            return Preview(ANYBODY)
        return Preview(site_facts(self.site), self.site.organization_id, mention_of(self.site, "marketing"))


def subject_of(workflow: Workflow, *, is_draft: bool = False, document: object = None) -> Subject:
    """Return a workflow as it is published, its draft, or another definition (text or JSON) in its place.

    Raises SubjectError.
    """
    if document is not None:
        definition = _definition(document, "definition")
    elif is_draft:
        if not workflow.draft.strip():
            raise SubjectError("sans_brouillon", "Ce workflow n'a pas de brouillon.", "brouillon")
        definition = _definition(workflow.draft, "brouillon")
    elif workflow.version_id is None:
        raise SubjectError("non_publie", "Ce workflow n'a pas de version publiée.", "workflow")
    else:
        definition = definition_of(workflow.version_id)
    return Subject(definition, workflow.sector, workflow.name, workflow.site, workflow)


def subject_in(text: str, slug: str = "", sector: str = "", site: Site | None = None) -> Subject:
    """Return the definition of a file, as if it were the site's. Raises SubjectError."""
    try:
        document = definition_in(read_text(text), slug)
    except DefinitionError as error:
        raise SubjectError("definition_invalide", " ; ".join(error.errors), "definition") from None
    except DocumentError as error:
        raise SubjectError("definition_invalide", str(error), "definition") from None
    sector = sector or document.sector or (site.sector if site else "")
    return Subject(document.definition, sector, document.name or document.slug or "brouillon", site)


def _definition(document: object, field: str) -> Definition:
    try:
        raw = read_text(document) if isinstance(document, str) else document
        return definition_in(raw).definition
    except DefinitionError as error:
        place = error.errors[0].partition(":")[0]
        raise SubjectError("definition_invalide", " ; ".join(error.errors), f"{field}.{place}") from None
    except DocumentError as error:
        raise SubjectError("definition_invalide", str(error), field) from None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A simulation, and what writes out what it says."""

    subject: Subject
    scenario: Scenario
    timeline: Timeline
    preview: Preview

    @property
    def reader(self) -> ContactFacts:
        """The contact, as messages know it."""
        contact = self.scenario.contact
        return ContactFacts(contact["nom"], contact["email"], contact["telephone"])

    def written(self, message: Planned) -> Written:
        """Write a message out, at its instant."""
        return self.preview.write(
            message.template, message.channel, self.reader, self.scenario.data, message.at, message.category
        )

    def text(self, text: str, at: datetime) -> str:
        """Write out what an alert or a task says of the contact."""
        return self.preview.line(text, self.reader, self.scenario.data, at)


def rehearse(subject: Subject, asked: Asked, now: datetime, contact: Contact | None = None) -> Rehearsal:
    """Simulate, for the contact that is described or for one that there is. Raises what `advance` raises."""
    known: dict[str, Any] = {}
    if contact is not None:
        known = {
            "facts": facts_of(contact), "contact_zone": contact.timezone, "contact_id": contact.pk,
            "assume": Assumptions(frozenset(asked.echecs), blocked=blocked(contact), unsolicited=unsolicited(contact)),
        }  # fmt: skip
    workflow_id = subject.workflow.pk if subject.workflow else 0
    scenario = scenario_of(asked, subject.definition, subject.zone, now, workflow_id=workflow_id, **known)
    return Rehearsal(subject, scenario, simulate(subject.definition, subject.sector, scenario), subject.preview())


def blocked(contact: Contact) -> Mapping[str, Refusal]:
    """Return the channels on which a contact may not be written to."""
    if contact.opted_out_at:
        return dict.fromkeys(ADDRESSES, Refusal.OPTED_OUT)
    found = closed(contact.organization_id, addresses(facts_of(contact)))
    return {channel: Refusal.SUPPRESSED for channel, _address in found}


def unsolicited(contact: Contact) -> Mapping[str, Refusal]:
    """Return the channels on which nothing commercial may be sent to a contact."""
    agreed = granted([contact.pk], Purpose.MARKETING)[contact.pk]
    return {channel: Refusal.NO_CONSENT for channel in ADDRESSES if channel not in agreed}


def as_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return a rehearsal as the API answers it."""
    found = rehearsal.timeline
    lines = [_line(rehearsal, line) for line in found.lines]
    messages = [message for line in lines for message in line["messages"]]
    leaving = Counter(message["canal"] for message in messages if not message["refus"])
    return {
        "workflow": rehearsal.subject.name,
        "debut": found.started_at,
        "fin": found.ended_at,
        "issue": str(found.outcome),
        "raison": found.reason,
        "tours": found.turns,
        "chronologie": lines,
        "totaux": {
            "sms": leaving["sms"],
            "emails": leaving["email"],
            "whatsapp": leaving["whatsapp"],
            "segments": sum(m["segments"] or 0 for m in messages),
            "euros": round(sum(m["euros"] for m in messages), 4),
        },
    }  # fmt: skip


def _line(rehearsal: Rehearsal, line: Line) -> dict[str, Any]:
    return {
        "le": line.at,
        "apres_secondes": int((line.at - rehearsal.scenario.start).total_seconds()),
        "type": line.kind,
        "etape": line.step,
        "texte": line.text,
        "resultat": line.result,
        "pourquoi": line.why,
        "effets": [rehearsal.text(text, line.at) for text in line.done],
        "messages": [_message(rehearsal, message) for message in line.messages],
        "jusqu_au": line.until,
    }


def _message(rehearsal: Rehearsal, message: Planned) -> dict[str, Any]:
    written = rehearsal.written(message)
    leaves = message.refused is None and not written.error
    return {
        "canal": message.channel,
        "modele": message.template,
        "categorie": message.category,
        "utile_jusqu_au": message.useful_until,
        "refus": EXPLANATIONS[message.refused].why if message.refused else "",
        "erreur": written.error,
        "objet": written.rendered.subject if written.rendered else "",
        "texte": written.rendered.text if written.rendered else "",
        "encodage": written.size.encoding if written.size else None,
        "unites": written.size.units if written.size else None,
        "segments": written.size.count if written.size and leaves else None,
        "euros": round(written.euros, 4) if leaves else 0.0,
    }
