"""What a workflow would have done with the events of the last days."""

from datetime import date, datetime
from typing import Any, Literal

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import parse, read_body
from crm.api import PROBLEMS
from crm.serializers import Document
from workflows.actions import find_workflow
from workflows.api.simulate import NAME, looking
from workflows.rehearsal import subject_of
from workflows.replay import replay
from workflows.replayed import as_json

# A request has to be answered in time; the command line replays any number.
MOST_EVENTS = 20_000


class ReplayRequest(Document):
    """Sur combien de jours, et quelle définition."""

    jours: Literal[7, 30] = 7
    definition: dict[str, Any] | str | None = Field(
        None, description="Une définition à essayer (objet JSON, ou texte YAML) ; sans elle : la version publiée."
    )
    brouillon: bool = Field(False, description="Le brouillon du workflow, au lieu de sa version publiée.")


class DayOut(BaseModel):
    """Ce qui serait parti un jour par un canal."""

    jour: date
    canal: str
    messages: int
    segments: int
    euros: float


class TemplateOut(BaseModel):
    """Combien de fois un modèle aurait servi."""

    modele: str
    canal: str
    messages: int
    erreur: str = Field(description="Pourquoi il ne peut pas être écrit ; vide : il peut l'être.")


class ReplayedMessageOut(BaseModel):
    """Un message, et pour qui."""

    le: datetime
    contact_id: int
    contact: str
    canal: str
    modele: str
    refus: str


class ReplayOut(BaseModel):
    """Ce que la définition aurait fait."""

    workflow: str
    depuis: datetime
    jusqu_au: datetime
    coupe: bool = Field(description=f"Il y avait plus de {MOST_EVENTS} événements : seuls les premiers sont rejoués.")
    evenements: int
    demarrees: int
    refusees: dict[str, int]
    issues: dict[str, int]
    en_cours: int
    conversion: float | None
    par_jour: list[DayOut]
    modeles: list[TemplateOut]
    retenus: dict[str, int]
    euros: float
    messages: list[ReplayedMessageOut] = Field(description="Les 200 premiers.")
    remarques: list[str]


class ReplayAnswer(BaseModel):
    """Un rejeu."""

    data: ReplayOut


class ReplayView(SiteView):
    """`/api/workflows/<name>/replay`"""

    @extend_schema(
        operation_id="rejouer_workflow",
        summary="Rejouer les événements des derniers jours à blanc",
        tags=["Workflows"],
        parameters=[NAME],
        request=ReplayRequest,
        responses={200: ReplayAnswer, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Ce qui serait parti, à qui, quand et à quel coût. Rien n'est écrit ni envoyé."""
        workflow = find_workflow(self.site, name)
        asked = parse(ReplayRequest, read_body(request))
        with looking():
            subject = subject_of(workflow, is_draft=asked.brouillon, document=asked.definition)
            tally = replay(workflow, subject.definition, asked.jours, timezone.now(), limit=MOST_EVENTS)
            return Response({"data": as_json(subject, tally)})
