"""What the leads' part of the API takes and gives; these models also describe it in /api/schema."""

from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from crm.models import Lead, Note
from crm.move_stage import euros
from crm.pipeline import STAGES
from crm.serializers import Document, mistake
from crm.write_down import LONGEST

MOST = 10**12  # euros


def _amount(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if value is None:
        return None
    if not is_number or not 0 <= value < MOST or round(value, 2) != value:  # type: ignore[operator,call-overload]
        raise mistake("montant_invalide", "Un montant est en euros : un nombre positif, de deux décimales au plus.")
    return Decimal(str(value))


def _stage(value: object) -> object:
    if value not in STAGES:
        raise mistake("etape_inconnue", f"Une étape est l'une de : {', '.join(STAGES)}.")
    return value


Amount = Annotated[
    Decimal | None, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0, "examples": [1250.5]})
]
StageName = Annotated[Literal["lead", "qualified", "demo", "proposal", "won", "lost"], BeforeValidator(_stage)]


class LeadChange(Document):
    """Ce qu'un lead devient."""

    etape: StageName = Field(description="Où en est la vente.", examples=["proposal"])
    montant: Amount = Field(None, description="En euros ; sans indication, il reste le même.")
    raison: str = Field("", max_length=300, description="Nécessaire pour reculer de plusieurs étapes.")


class NoteIn(Document):
    """Une note de l'équipe sur un contact."""

    texte: str = Field(min_length=1, max_length=LONGEST, description="La note.")


class LeadOut(BaseModel):
    """Un lead."""

    id: str
    contact: dict[str, str | None]
    qualite: str = Field(description="CHAUD, TIÈDE ou FROID ; vide : pas encore classé.")
    score: int | None = Field(description="De 0 à 100.")
    statut: str = Field(description="nouveau, a_exporter, a_suivre, exporte ou ecarte.")
    etape: str = Field(description="lead, qualified, demo, proposal, won ou lost.")
    etape_depuis: datetime | None
    montant: float | None = Field(description="En euros.")
    entreprise: str
    taille: str
    fonction: str
    secteur: str
    region: str
    decideur: bool | None
    besoins: list[str]
    interets: list[str]
    a_savoir: list[str]
    pourquoi: str = Field(description="Pourquoi cette qualité.")
    origine: str
    classe_par: str = Field(description="model, rules ou person ; vide : pas encore classé.")
    classe_le: datetime | None
    commercial: str | None
    export_au_plus_tot: datetime | None
    exporte_le: datetime | None
    cree_le: datetime


class LeadPage(BaseModel):
    """Une page de leads."""

    data: list[LeadOut]
    suivant: str | None


class LeadAnswer(BaseModel):
    """Un lead."""

    data: LeadOut


class NoteOut(BaseModel):
    """Une note."""

    id: str
    texte: str
    par: str
    le: datetime


class NotePage(BaseModel):
    """Une page de notes."""

    data: list[NoteOut]
    suivant: str | None


class NoteAnswer(BaseModel):
    """Une note."""

    data: NoteOut


def lead_json(lead: Lead) -> dict[str, Any]:
    """Write a lead (its contact and owner loaded)."""
    contact = lead.contact
    return {
        "id": str(lead.pk),
        "contact": {
            "id": str(contact.pk), "nom": contact.name, "email": contact.email, "telephone": contact.phone,
        },
        "qualite": lead.quality, "score": lead.score, "statut": lead.status, "etape": lead.stage,
        "etape_depuis": lead.stage_at, "montant": euros(lead.amount_cents), "entreprise": lead.company,
        "taille": lead.company_size, "fonction": lead.job_title, "secteur": lead.sector, "region": lead.region,
        "decideur": lead.decision_maker, "besoins": lead.pain_points, "interets": lead.interests,
        "a_savoir": lead.insights, "pourquoi": lead.reasoning, "origine": lead.source, "classe_par": lead.decided_by,
        "classe_le": lead.classified_at, "commercial": str(lead.owner) if lead.owner else None,
        "export_au_plus_tot": lead.export_after, "exporte_le": lead.exported_at, "cree_le": lead.created_at,
    }  # fmt: skip


def note_json(note: Note) -> dict[str, Any]:
    """Write a note."""
    return {"id": str(note.pk), "texte": note.text, "par": note.author, "le": note.created_at}
