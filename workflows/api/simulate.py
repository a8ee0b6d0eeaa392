"""What a workflow would do for a contact, told in virtual time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, parse, read_body
from berinia.readonly import read_only
from crm.api import PROBLEMS
from workflows.actions import find_workflow
from workflows.advance import EndlessProgramError
from workflows.rehearsal import SubjectError, as_json, rehearse, subject_of
from workflows.scenarios import Asked

NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="Slug ou identifiant du workflow.")


class SimulateRequest(Asked):
    """Pour qui, à partir de quand, ce qui arrive ; et, au choix, une autre définition que la version publiée."""

    definition: dict[str, Any] | str | None = Field(
        None, description="Une définition à essayer (objet JSON, ou texte YAML) ; sans elle : la version publiée."
    )
    brouillon: bool = Field(False, description="Le brouillon du workflow, au lieu de sa version publiée.")


class MessageOut(BaseModel):
    """Un message tel qu'il serait lu, et ce qu'il coûterait."""

    canal: str
    modele: str
    categorie: str
    utile_jusqu_au: datetime
    refus: str = Field(description="Pourquoi il ne partirait pas ; vide : il part.")
    erreur: str = Field(description="Pourquoi il ne peut pas être écrit ; vide : il peut l'être.")
    objet: str
    texte: str
    encodage: str | None
    unites: int | None
    segments: int | None
    euros: float


class LineOut(BaseModel):
    """Une chose qui arrive."""

    le: datetime
    apres_secondes: int
    type: str = Field(description="debut, evenement, etape, attente ou fin.")
    etape: str
    texte: str
    resultat: str
    pourquoi: str = Field(description="La condition et ce qu'elle a vu, le tirage, l'événement qui a répondu.")
    effets: list[str]
    messages: list[MessageOut]
    jusqu_au: datetime | None


class TotalsOut(BaseModel):
    """Ce qui partirait en tout."""

    sms: int
    emails: int
    whatsapp: int
    segments: int
    euros: float


class TimelineOut(BaseModel):
    """Tout ce qui arriverait, dans l'ordre."""

    workflow: str
    debut: datetime
    fin: datetime
    issue: str = Field(description="terminee, convertie, arretee ou echouee.")
    raison: str
    tours: int = Field(description="Combien de fois le moteur aurait regardé l'exécution.")
    chronologie: list[LineOut]
    totaux: TotalsOut


class SimulateAnswer(BaseModel):
    """Une simulation."""

    data: TimelineOut


class SimulateView(SiteView):
    """`/api/workflows/<name>/simulate`"""

    @extend_schema(
        operation_id="simuler_workflow",
        summary="Simuler un workflow pour un contact",
        tags=["Workflows"],
        parameters=[NAME],
        request=SimulateRequest,
        responses={200: SimulateAnswer, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Ce que le workflow ferait, quand et pourquoi, avec chaque message écrit. Rien n'est écrit ni envoyé."""
        workflow = find_workflow(self.site, name)
        asked = parse(SimulateRequest, read_body(request))
        with looking():
            subject = subject_of(workflow, is_draft=asked.brouillon, document=asked.definition)
            return Response({"data": as_json(rehearse(subject, asked, timezone.now()))})


@contextmanager
def looking() -> Iterator[None]:
    """Change nothing inside, and answer 422 for what cannot be simulated."""
    try:
        with read_only():
            yield
    except SubjectError as error:
        raise ApiError(422, error.code, error.detail, field=error.field) from None
    except EndlessProgramError as error:
        detail = f"Ce workflow tourne en rond à l'étape « {error} »."
        raise ApiError(422, "definition_invalide", detail, field="definition") from None
