"""What a simulation is asked with, by the command line, the API and the admin, checked."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from berinia.clock import parse_duration, zone
from berinia.wire import WireError, read
from crm.serializers import EVENT_NAME, ContactData, Document, mistake
from workflows.definition import Definition
from workflows.facts import NO_SCORE
from workflows.life import Assumptions
from workflows.simulate import Arrival, Scenario

LARGEST = 200  # events of one simulation
YEARS = range(2000, 2101)
EVENT = re.compile(r"t?\+?(?P<apres>[0-9smhdw]+)\s+(?P<nom>\S+)(?:\s+(?P<donnees>\{.*\}))?", re.DOTALL)


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(str(value).removeprefix("t").removeprefix("+"))
    except ValueError:
        raise mistake("duree_invalide", "Une durée s'écrit 30s, 10m, 2h, 3d ou 1h30m, dix ans au plus.") from None


def _instant(value: object) -> object:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise mistake("date_invalide", "Une date s'écrit 2026-03-10T10:00 (heure du site) ou avec +01:00.") from None
    if found.year not in YEARS:
        raise mistake("date_invalide", f"La date doit être entre {YEARS.start} et {YEARS.stop - 1}.")
    return found


def _name(value: object) -> object:
    if not isinstance(value, str) or not EVENT_NAME.fullmatch(value):
        raise mistake(
            "evenement_invalide", "Un nom d'événement : minuscules sans accent, chiffres, _ ou points, 80 au plus."
        )
    return value


Apres = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "examples": ["10m", "1h30m", "2d"]})
]
Debut = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Nom = Annotated[str, BeforeValidator(_name)]
Data = Annotated[dict[str, Any], Field(default_factory=dict, description="Ce que l'événement porte, libre.")]


class LeadData(Document):
    """Le lead du contact inventé, tel que les conditions le voient."""

    qualite: Literal["", "CHAUD", "TIÈDE", "FROID"] = Field("", description="Sa qualité ; vide : pas encore classé.")
    score: int = Field(NO_SCORE, ge=NO_SCORE, le=100, description="De 0 à 100 ; -1 : pas encore classé.")
    etape: str = Field("", max_length=20, description="Son étape, par exemple demo.")
    statut: str = Field("", max_length=20, description="Son statut, par exemple a_exporter.")


class Person(ContactData):
    """Qui : un contact inventé, avec ce que les conditions regardent."""

    etiquettes: list[str] = Field(default_factory=list, max_length=50, description="Ses étiquettes.")
    champs: dict[str, Any] = Field(default_factory=dict, description="Ses autres champs.")
    lead: LeadData = Field(default_factory=LeadData, description="Son lead.")

    def facts(self) -> dict[str, Any]:
        """Return the contact as conditions see it (as workflows/facts.py does)."""
        return {
            "nom": self.nom, "email": self.email or "", "telephone": self.telephone or "",
            "etiquettes": list(self.etiquettes), "champs": dict(self.champs), "lead": self.lead.model_dump(),
        }  # fmt: skip


class Happens(Document):
    """Un événement du contact, tant de temps après le début."""

    apres: Apres = Field(description="Après le début.")
    nom: Nom = Field(examples=["contact_etabli"])
    donnees: Data


class Asked(Document):
    """Ce qui est simulé : pour qui, à partir de quand, et ce qui arrive."""

    contact: Person
    debut: Debut | None = Field(None, description="Le début, à l'heure du site sans indication ; vide : maintenant.")
    evenement: Nom | None = Field(None, description="L'événement qui démarre ; vide : celui du premier déclencheur.")
    donnees: Data
    evenements: list[Happens] = Field(default_factory=list, max_length=LARGEST, description="Ce qui arrive ensuite.")
    echecs: list[str] = Field(
        default_factory=list, max_length=LARGEST, description="Les étapes dont le message ou l'appel n'aboutit pas."
    )


def event_line(text: str) -> dict[str, Any]:
    """Read an event as people write it: `t+10m appel_repondu {"note": 5}`. Raises ValueError, in French."""
    found = EVENT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"""« {text} » n'est pas de la forme 't+10m appel_repondu {{"note": 5}}'.""")
    return {"apres": found["apres"], "nom": found["nom"], "donnees": data_in(found["donnees"])}


def data_in(text: str | None) -> dict[str, Any]:
    """Read the data of an event: a JSON object, or nothing. Raises ValueError, in French."""
    if not text or not text.strip():
        return {}
    try:
        data = read(text.encode())
    except WireError as error:
        raise ValueError(error.detail) from None
    if not isinstance(data, dict):
        raise ValueError("Les données sont un objet JSON.")
    return data


def starting_event(definition: Definition) -> str:
    """Return the event that a simulation begins with when none is named."""
    rows = [form.row() for form in definition.trigger]
    return next((row.event for row in rows if row and row.event), "demande_api")


def scenario_of(
    asked: Asked, definition: Definition, site_zone: str, now: datetime, *, facts: Mapping[str, Any] | None = None,
    contact_zone: str = "", contact_id: int = 0, workflow_id: int = 0, assume: Assumptions | None = None,
) -> Scenario:  # fmt: skip
    """Return the scenario that is asked for. `facts`, `contact_zone`, `contact_id`: of a contact that there is."""
    start = asked.debut or now
    if start.tzinfo is None:
        start = start.replace(tzinfo=zone(site_zone))
    fails = frozenset(asked.echecs)
    return Scenario(
        start=start.astimezone(now.tzinfo),
        event=asked.evenement or starting_event(definition),
        contact=asked.contact.facts() if facts is None else facts,
        data=asked.donnees,
        arrivals=[Arrival(item.apres, item.nom, item.donnees) for item in asked.evenements],
        zone=contact_zone or asked.contact.fuseau or site_zone,
        contact_id=contact_id,
        workflow_id=workflow_id,
        assume=assume or Assumptions(fails),
    )
