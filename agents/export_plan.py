"""What the exporter is asked and answers, and the part of the answer that is computed, never believed. Pure."""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from agents.agent import Strict
from agents.untrusted import clean
from berinia.letters import unaccented

Qualite = Literal["CHAUD", "TIÈDE", "FROID"]
Charge = Literal["faible", "modérée", "élevée"]
Methode = Literal["PAR_SECTEUR", "PAR_QUALITE", "PAR_REGION", "PAR_TAILLE"]
Jour = Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]

BEST_FIRST: Sequence[Qualite] = ("CHAUD", "TIÈDE", "FROID")
# Parts of what the CRM's people can have before them: from where on they are busy, and have too much.
BUSY, FULL = 0.4, 0.8
SHORTEST_INTEREST = 3  # characters: what is shorter stands in any sentence


class ClassifiedLead(Strict):
    """A lead as the exporter sees it: no name, no address. What `inadapte` names keeps it here for good."""

    id: str
    qualite: Qualite
    score: int = Field(ge=0, le=100)
    secteur: str = ""
    region: str = ""
    taille: str = "unknown"
    interets: tuple[str, ...] = ()
    besoins: tuple[str, ...] = ()
    decideur: bool | None = None
    heures_depuis: float = Field(default=0, ge=0, allow_inf_nan=False, description="Since the last thing that it did.")
    inadapte: str = Field(default="", description="Why it may never be exported, in French; empty: it may.")


class ExportQuestion(Strict):
    """The leads, and the state of the CRM."""

    classified_leads: tuple[ClassifiedLead, ...]
    pending_leads_count: int = Field(ge=0)
    capacity: int = Field(ge=1)
    daily_limit: int = Field(ge=0)
    exported_today: int = Field(ge=0)
    current_day: Jour
    current_time: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    opens_at: str = Field(default="09:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    closes_at: str = Field(default="18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    score_floor: int = Field(default=30, ge=0, le=100)

    @model_validator(mode="after")
    def _each_once(self) -> "ExportQuestion":
        ids = [lead.id for lead in self.classified_leads]
        if len(ids) != len(set(ids)):
            raise ValueError("classified_leads: each id stands there once")
        return self


class ToExport(Strict):
    """Un lead exporté maintenant."""

    id: str
    qualite: Qualite
    raison_export: str = Field(max_length=300)


class ToDelay(Strict):
    """Un lead reporté. « Après vérification » laisse la suite à une personne."""

    id: str
    qualite: Qualite
    raison_delai: str = Field(max_length=300)
    moment_recommande: str = Field(max_length=100)


class BatchingStrategy(Strict):
    """Ce qui réunit les leads exportés maintenant."""

    methode: Methode
    explication: str = Field(max_length=400)


class SystemLoad(Strict):
    """La charge de l'équipe qui traite les leads."""

    charge_actuelle: Charge
    limite_quotidienne_respectee: bool
    recommandation_charge: str = Field(max_length=400)


class ExportDecision(Strict):
    """Chaque lead reçu figure dans une seule des deux listes."""

    leads_to_export_now: tuple[ToExport, ...]
    leads_to_delay: tuple[ToDelay, ...]
    batching_strategy: BatchingStrategy
    system_load_management: SystemLoad


class QualityDistribution(Strict):
    """Combien de chaque qualité."""

    chauds_exportes: int
    chauds_retardes: int
    tiedes_exportes: int
    tiedes_retardes: int
    froids_exportes: int
    froids_retardes: int


class Summary(Strict):
    """Le total des deux listes."""

    total_leads_received: int
    leads_exported_now: int
    leads_delayed: int
    quality_distribution: QualityDistribution


class Forecast(Strict):
    """Ce que l'export représente pour l'équipe."""

    charge_estimee: str = Field(max_length=400)
    timing_optimal: str = Field(max_length=400)
    recommandations_futures: str = Field(max_length=400)


class ExportPlan(Strict):
    """La décision d'export."""

    export_decision: ExportDecision
    summary: Summary
    crm_impact_forecast: Forecast


def room_of(given: ExportQuestion) -> int:
    """Return how many leads the day still takes."""
    return max(0, given.daily_limit - given.exported_today)


def load_of(pending: int, capacity: int) -> Charge:
    """Return how busy the CRM's people are: what waits for them over what they can have before them."""
    part = pending / capacity
    return "élevée" if part >= FULL else "modérée" if part >= BUSY else "faible"


def objection(lead: ClassifiedLead, score_floor: int) -> str:
    """Return why a lead may not be exported at all, in French; "" when it may."""
    if lead.inadapte.strip():
        return lead.inadapte.strip()
    if lead.score < score_floor:
        return f"Score de {lead.score} sur 100, sous le minimum de {score_floor}"
    return ""


def named_interest(lead: ClassifiedLead, reason: str) -> str:
    """Return the interest of this very lead that a reason names; "" when it names none."""
    text = _plain(reason)
    for interest in lead.interets:
        wanted = _plain(interest)
        if len(wanted) >= SHORTEST_INTEREST and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text):
            return interest
    return ""


def summary_of(now: Sequence[ToExport], later: Sequence[ToDelay]) -> Summary:
    """Return what the lists add up to."""
    going, staying = ([item.qualite for item in items] for items in (now, later))
    return Summary(
        total_leads_received=len(going) + len(staying), leads_exported_now=len(going), leads_delayed=len(staying),
        quality_distribution=QualityDistribution(
            chauds_exportes=going.count("CHAUD"), chauds_retardes=staying.count("CHAUD"),
            tiedes_exportes=going.count("TIÈDE"), tiedes_retardes=staying.count("TIÈDE"),
            froids_exportes=going.count("FROID"), froids_retardes=staying.count("FROID"),
        ),
    )  # fmt: skip


def _plain(text: str) -> str:
    """Return a text as it is compared: without accents, case and hidden characters."""
    return " ".join(unaccented(clean(text).casefold()).split())
