"""`crm_exporter`: which classified leads go to the CRM now, and which later? Its JSON is that of its source."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.agent import Agent

Qualite = Literal["CHAUD", "TIÈDE", "FROID"]


class Strict(BaseModel):
    """Nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ClassifiedLead(Strict):
    """A lead as the exporter sees it: no name, no address. What `unsuitable` names keeps it here for good."""

    id: str
    qualite: Qualite
    score: int = Field(ge=0, le=100)
    secteur: str = ""
    region: str = ""
    taille: str = "unknown"
    interets: tuple[str, ...] = ()
    besoins: tuple[str, ...] = ()
    decideur: bool | None = None
    heures_depuis: float = Field(default=0, ge=0, description="Since the last thing that it did.")
    inadapte: str = Field(default="", description="Why it may never be exported, in French; empty: it may.")


class ExportQuestion(Strict):
    """The leads, and the state of the CRM."""

    classified_leads: tuple[ClassifiedLead, ...]
    pending_leads_count: int = Field(ge=0)
    capacity: int = Field(ge=1)
    daily_limit: int = Field(ge=0)
    exported_today: int = Field(ge=0)
    current_day: Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
    current_time: str = Field(pattern=r"^\d{2}:\d{2}$")
    opens_at: str = "09:00"
    closes_at: str = "18:00"
    score_floor: int = Field(default=30, ge=0, le=100)


class ToExport(Strict):
    """A lead that goes now."""

    id: str
    qualite: Qualite
    raison_export: str = Field(max_length=300)


class ToDelay(Strict):
    """A lead that stays for now."""

    id: str
    qualite: Qualite
    raison_delai: str = Field(max_length=300)
    moment_recommande: str = Field(max_length=100)


class BatchingStrategy(Strict):
    """How the leads of now belong together."""

    methode: Literal["PAR_SECTEUR", "PAR_QUALITE", "PAR_REGION", "PAR_TAILLE"]
    explication: str = Field(max_length=400)


class SystemLoad(Strict):
    """How busy the CRM's people are."""

    charge_actuelle: Literal["faible", "modérée", "élevée"]
    limite_quotidienne_respectee: bool
    recommandation_charge: str = Field(max_length=400)


class ExportDecision(Strict):
    """The two lists."""

    leads_to_export_now: tuple[ToExport, ...]
    leads_to_delay: tuple[ToDelay, ...]
    batching_strategy: BatchingStrategy
    system_load_management: SystemLoad


class QualityDistribution(Strict):
    """How many of each quality, computed."""

    chauds_exportes: int
    chauds_retardes: int
    tiedes_exportes: int
    tiedes_retardes: int
    froids_exportes: int
    froids_retardes: int


class Summary(Strict):
    """What the lists add up to, computed."""

    total_leads_received: int
    leads_exported_now: int
    leads_delayed: int
    quality_distribution: QualityDistribution


class Forecast(Strict):
    """What it means for the CRM's people."""

    charge_estimee: str = Field(max_length=400)
    timing_optimal: str = Field(max_length=400)
    recommandations_futures: str = Field(max_length=400)


class ExportPlan(Strict):
    """The exporter's answer: exactly the shape of its source."""

    export_decision: ExportDecision
    summary: Summary
    crm_impact_forecast: Forecast


class CrmExporter(Agent[ExportQuestion, ExportPlan]):
    """Decides exports."""

    name: ClassVar[str] = "crm_exporter"
    label: ClassVar[str] = "Export vers le CRM"
    input_type: ClassVar[type[BaseModel]] = ExportQuestion
    output_type: ClassVar[type[BaseModel]] = ExportPlan
    max_tokens: ClassVar[int] = 4_000

    def rules(self, given: ExportQuestion) -> ExportPlan:
        raise AssertionError
