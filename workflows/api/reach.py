"""What became of messages, in figures."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import choice
from workflows.actions import find_workflow
from workflows.analytics import PERIODS
from workflows.api.workflows import READ_PROBLEMS
from workflows.deploy import sectors
from workflows.reach import PARTS, messages_reached

FOLLOWED = "Seulement ceux des contacts qui ont accepté d'être suivis : les autres n'y sont jamais."


class RatesOut(BaseModel):
    """Chaque nombre divisé par celui des messages envoyés dans la même période ; null si rien n'a été envoyé.

    Un message compte à l'heure où la chose arrive : ouvert aujourd'hui, il a pu partir la semaine dernière.
    """

    remis: float | None
    ouverts: float | None = Field(description=FOLLOWED)
    cliques: float | None = Field(description=FOLLOWED)
    repondus: float | None
    rejetes: float | None
    plaintes: float | None
    desinscrits: float | None
    conversions: float | None


class ReachOut(BaseModel):
    """Ce que des messages sont devenus ; chacun compte une fois par mesure."""

    envoyes: int = Field(description="Confiés au fournisseur.")
    remis: int = Field(description="Arrivés, selon le fournisseur.")
    ouverts: int = Field(description=FOLLOWED)
    cliques: int = Field(description=FOLLOWED)
    repondus: int
    rejetes: int = Field(description="Revenus : l'adresse ne reçoit pas.")
    plaintes: int = Field(description="Signalés comme indésirables.")
    desinscrits: int = Field(description="Suivis d'une désinscription par ce message.")
    echoues: int = Field(description="Refusés par le fournisseur, ou impossibles à écrire.")
    non_envoyes: int = Field(description="Retenus par les règles : désinscription, adresse bloquée, trop tard …")
    conversions: int = Field(description="Exécutions converties dont c'est le dernier message envoyé avant l'objectif.")
    taux: RatesOut


class WorkflowRef(BaseModel):
    """De quel workflow il s'agit."""

    id: str
    slug: str
    nom: str
    secteur: str


class PartOut(ReachOut):
    """Une ligne : les champs que « par » ne distingue pas sont null.

    Un modèle ou une étape vide : les conversions qu'aucun message n'avait précédées.
    """

    modele: str | None
    canal: str | None
    etape: str | None
    workflow: WorkflowRef | None
    secteur: str | None


class MessagesReached(BaseModel):
    """Les messages d'une période."""

    periode: str
    depuis: datetime = Field(description="Où commence le compte : une heure entière.")
    par: str
    totaux: ReachOut
    lignes: list[PartOut]


class ReachAnswer(BaseModel):
    """Ce que les messages du site sont devenus."""

    data: MessagesReached


class MessagesReachedView(SiteView):
    """`/api/analytics/messages`"""

    @extend_schema(
        operation_id="lire_messages_mesures",
        summary="Ce que les messages sont devenus",
        tags=["Mesures"],
        parameters=[
            OpenApiParameter("period", str, enum=list(PERIODS), description="7d sans indication."),
            OpenApiParameter("par", str, enum=list(PARTS), description="Ce qui distingue les lignes : modele, sinon."),
            OpenApiParameter("secteur", str, description="Les workflows d'un seul secteur."),
            OpenApiParameter("workflow", str, description="Un seul workflow (identifiant ou slug)."),
        ],
        responses={200: ReachAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Envoyés, remis, ouverts, cliqués, répondus, rejetés … et convertis, en tout et par ligne, avec les taux."""
        period = choice(request, "period", list(PERIODS), "7d")
        by = choice(request, "par", list(PARTS), "modele")
        asked: dict[str, Any] = {}
        if request.query_params.get("secteur"):
            asked["sector"] = choice(request, "secteur", list(sectors()))
        if name := request.query_params.get("workflow"):
            asked["workflow"] = find_workflow(self.site, name, "workflow")
        return Response({"data": messages_reached(self.site, period, by, timezone.now(), **asked)})
