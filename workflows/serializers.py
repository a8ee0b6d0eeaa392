"""What the workflow API takes and gives; these models also describe it in /api/schema."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    RootModel,
    WithJsonSchema,
    model_validator,
)

from berinia.clock import format_duration, parse_duration
from crm.matching import Report
from crm.serializers import ConsentIn, ContactData, Document, EventName, mistake
from workflows.models import Execution, Trigger, Workflow

Status = Literal["en_attente", "en_cours", "en_pause", "terminee", "convertie", "arretee", "echouee"]
WorkflowId = Annotated[
    str, Field(min_length=1, max_length=80, description="Identifiant numérique ou slug du workflow.")
]


def _execution_id(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise mistake("execution_invalide", "L'identifiant d'une exécution est un nombre.")
    return text


def _duration(text: object) -> timedelta:
    try:
        return parse_duration(str(text))
    except ValueError:
        raise mistake("duree_invalide", "Une durée s'écrit 30s, 15m, 2h, 10d ou 1h30m.") from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(format_duration),
    WithJsonSchema({"type": "string", "examples": ["2h"]}),
]


class DeployRequest(Document):
    """Installer les workflows d'un secteur sur le site ; répétable sans risque."""

    action: Literal["auto_deploy_sector"]
    secteur: str = Field(max_length=40, examples=["artisan"])
    site_id: str = Field(alias="siteId", examples=["site-123"])


class TriggerRequest(Document):
    """Démarrer un workflow pour un contact."""

    action: Literal["trigger"]
    workflow_id: WorkflowId = Field(alias="workflowId")
    contact: ContactData = Field(alias="contactData")
    evenement: EventName = Field(examples=["nouveau_contact"])
    donnees: dict[str, Any] = Field(default_factory=dict, description="Ce que l'événement porte, libre.")
    consentement: ConsentIn | None = Field(None, description="Ce que la personne a accepté ou refusé, s'il y a lieu.")

    def report(self, key: str | None, workflow_id: int) -> Report:
        """Return the event in the form that ingest takes."""
        contact = self.contact
        return Report(
            self.evenement, self.donnees, contact.nom, contact.email, contact.telephone, key, workflow_id,
            contact.fuseau, consent=self.consentement.choice() if self.consentement else None,
        )  # fmt: skip


class FilterIn(Document):
    """Les exécutions pour lesquelles tout ce qui est donné est vrai."""

    workflow_id: WorkflowId | None = Field(None, alias="workflowId")
    statut: Status | None = None
    etape: str | None = Field(None, max_length=60, description="L'étape où elles se trouvent.")
    depuis: AwareDatetime | None = Field(None, description="Commencées à cet instant ou après.")
    avant: AwareDatetime | None = Field(None, description="Commencées avant cet instant.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise mistake("filtre_vide", "Un filtre dit au moins une chose ; pour tout le site : perimetre.")
        return self


class ControlRequest(Document):
    """Agir sur un workflow entier, une exécution, les exécutions d'un filtre, ou tout le site ; compter d'abord."""

    action: Literal["pause", "resume", "stop", "retry", "skip_step"]
    workflow_id: WorkflowId | None = Field(None, alias="workflowId")
    execution_id: Annotated[str, AfterValidator(_execution_id)] | None = Field(None, alias="executionId")
    filtre: FilterIn | None = None
    perimetre: Literal["site"] | None = Field(None, description="Tout le site de la clé.")
    apercu: bool = Field(False, description="Compte ce qui est concerné et ne change rien.")
    raison: str = Field("", max_length=200, description="Pourquoi : gardé au journal d'audit.")
    reprise: Literal["envoyer", "sauter", "etaler"] = Field(
        "envoyer", description="resume : ce que devient ce qui est en retard."
    )
    duree: Duration | None = Field(None, description="resume, etaler : sur combien de temps (« 2h »), 7 jours au plus.")
    a_partir_de: Literal["etape", "debut"] = Field("etape", description="retry : l'étape en échec, ou le début.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        given = [x for x in (self.workflow_id, self.execution_id, self.filtre, self.perimetre) if x is not None]
        if len(given) != 1:
            raise mistake("cible_invalide", "Donnez workflowId, executionId, filtre ou perimetre : l'un des quatre.")
        if self.action in ("retry", "skip_step") and self.execution_id is None and self.filtre is None:
            raise mistake("cible_invalide", "Cette action vise des exécutions : donnez executionId ou filtre.")
        return self

    @model_validator(mode="after")
    def _spreads_over_a_time(self) -> Self:
        if (self.reprise == "etaler") != (self.duree is not None):
            raise mistake("duree_invalide", "« duree » va avec la reprise « etaler », et seulement avec elle.")
        if self.duree is not None and self.duree > timedelta(days=7):
            raise mistake("duree_invalide", "On étale sur 7 jours au plus.")
        return self


class WorkflowAction(
    RootModel[Annotated[DeployRequest | TriggerRequest | ControlRequest, Field(discriminator="action")]]
):
    """Ce que POST /api/workflows sait faire."""


class WorkflowOut(BaseModel):
    """Un workflow du site."""

    id: str
    slug: str
    nom: str
    secteur: str
    statut: str = Field(description="actif, en_pause ou arrete.")
    version: int | None
    declencheurs: list[dict[str, str | None]] = Field(
        description="Les événements qui le démarrent et leur condition (CEL) ; ou l'horaire, pour quels contacts, et "
        "le prochain départ."
    )
    objectif: dict[str, Any] | None = Field(description="L'événement qui vaut succès, sa fenêtre et le taux visé.")
    executions_30j: dict[str, Any] = Field(description="Les 30 derniers jours, d'après metriques_conversion.")


class WorkflowPage(BaseModel):
    """Une page de workflows."""

    data: list[WorkflowOut]
    suivant: str | None = Field(description="À redonner en ?cursor= pour la page suivante ; null à la dernière.")


class ExecutionOut(BaseModel):
    """Une exécution."""

    id: str
    workflow: dict[str, str]
    contact: dict[str, str | None]
    evenement_id: str
    statut: Status
    etape: str = Field(description="L'étape où elle se trouve.")
    commencee_le: datetime
    prochain_reveil_le: datetime | None
    finie_le: datetime | None
    raison: str
    erreurs: list[Any]


class LineOut(BaseModel):
    """Une ligne de la chronologie."""

    le: datetime
    type: str = Field(description="event, step, message, end ou next.")
    titre: str
    texte: str
    statut: str


class ExecutionDetail(ExecutionOut):
    """Une exécution et tout ce qui lui est arrivé."""

    chronologie: list[LineOut]


class ExecutionPage(BaseModel):
    """Une page d'exécutions, les plus récentes d'abord."""

    data: list[ExecutionOut]
    suivant: str | None = Field(description="À redonner en ?cursor= pour la page suivante ; null à la dernière.")


class StartedOut(BaseModel):
    """Une exécution que l'événement a démarrée."""

    id: str
    workflow: str
    statut: Status


class RefusalOut(BaseModel):
    """Un workflow que l'événement aurait pu démarrer."""

    workflow: str
    code: str = Field(
        description="deja_en_cours, une_seule_fois, trop_tot, plafond_du_jour, condition, workflow_arrete ou "
        "desinscription."
    )
    texte: str


class EventOut(BaseModel):
    """Un événement, ce qu'il a démarré, et pourquoi le reste n'a pas démarré."""

    id: str
    evenement: str
    contact: dict[str, str | None]
    donnees: dict[str, Any]
    recu_le: datetime
    traite_le: datetime | None = Field(description="null : pas encore passé au moteur.")
    executions: list[StartedOut] = Field(description="Celles qu'il a démarrées.")
    entendu_par: list[StartedOut] = Field(description="Celles qui couraient et qui l'ont entendu.")
    refus: list[RefusalOut]
    explication: str = Field(description="Le tout en une phrase ou deux.")


class ActionAnswer(BaseModel):
    """Le résultat d'une action ; ses champs dépendent d'elle."""

    statut: str = Field(description="deploye, accepte, actif, en_pause, arrete ou ok.")
    data: dict[str, Any] | None = None
    id: str | None = Field(None, description="trigger : l'identifiant de l'événement.")


class Answer(BaseModel):
    """Des chiffres mesurés."""

    data: dict[str, Any]


class SectorRequest(Document):
    """Analyser un secteur du site."""

    action: Literal["analyze_sector"]
    site_id: str = Field(alias="siteId", examples=["site-123"])
    secteur: str = Field(max_length=40, examples=["artisan"])


class StatsRequest(Document):
    """L'état de l'automatisation du site."""

    action: Literal["get_agent_stats"]


class ReportRequest(Document):
    """Rapport de performance, comparé à la période précédente."""

    action: Literal["get_performance_report"]
    period: str = Field("7d", description="24h, 7d ou 30d.")


class InsightsRequest(Document):
    """Chiffres d'un secteur."""

    action: Literal["get_sector_insights"]
    secteur: str = Field(max_length=40, examples=["artisan"])


class InsightAction(RootModel[Annotated[ReportRequest | InsightsRequest, Field(discriminator="action")]]):
    """Ce que PUT /api/orchestrator/automation sait faire."""


def execution_json(execution: Execution) -> dict[str, Any]:
    """Write an execution (its workflow and contact loaded)."""
    contact = execution.contact
    return {
        "id": str(execution.pk),
        "workflow": {"id": str(execution.workflow_id), "slug": execution.workflow.slug, "nom": execution.workflow.name},
        "contact": contact_json(contact),
        "evenement_id": str(execution.event_id),
        "statut": execution.status,
        "etape": execution.at,
        "commencee_le": execution.started_at,
        "prochain_reveil_le": execution.due_at,
        "finie_le": execution.ended_at,
        "raison": execution.reason,
        "erreurs": execution.erreurs,
    }


def started_json(execution: Execution) -> dict[str, str]:
    """Write an execution in short (its workflow loaded)."""
    return {"id": str(execution.pk), "workflow": execution.workflow.slug, "statut": execution.status}


def contact_json(contact: Any) -> dict[str, str | None]:
    """Write who it is about."""
    return {"id": str(contact.pk), "nom": contact.name, "email": contact.email, "telephone": contact.phone}


def trigger_json(trigger: Trigger) -> dict[str, str | None]:
    """Write a trigger: an event and its condition, or a schedule, for whom, and when it fires next."""
    if not trigger.schedule:
        return {"evenement": trigger.event, "condition": trigger.condition}
    next_at = trigger.next_at.isoformat() if trigger.next_at else None
    return {
        "horaire": trigger.schedule, "fuseau": trigger.timezone, "condition": trigger.audience, "prochain_le": next_at,
    }  # fmt: skip


def workflow_json(workflow: Workflow, goal: dict[str, Any] | None, figures: dict[str, Any]) -> dict[str, Any]:
    """Write a workflow (its version and triggers loaded)."""
    return {
        "id": str(workflow.pk),
        "slug": workflow.slug,
        "nom": workflow.name,
        "secteur": workflow.sector,
        "statut": workflow.status,
        "version": workflow.version.number if workflow.version else None,
        "declencheurs": [trigger_json(trigger) for trigger in workflow.triggers.all()],
        "objectif": goal,
        "executions_30j": figures,
    }
