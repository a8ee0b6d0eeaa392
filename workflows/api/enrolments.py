"""Enrolments: an audience enters a workflow, a few contacts at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from accounts.models import Site
from berinia.api import ApiError, page, parse, read_body
from crm.api import IDEMPOTENCY_KEY, PROBLEMS, idempotency_key
from crm.models import Segment
from crm.serializers import Document, EventName, Problem, check_key, mistake
from workflows import enrol
from workflows.actions import find_workflow
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS
from workflows.audience import Audience, AudienceError
from workflows.models import Enrolment, Workflow


def _contact_id(value: object) -> int:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise mistake("contact_invalide", "L'identifiant d'un contact est un nombre.")
    return int(text)


ContactId = Annotated[int, BeforeValidator(_contact_id), Field(json_schema_extra={"type": "string"})]


class EnrolmentRequest(Document):
    """Inscrire des contacts : une liste, un segment, une condition ; tout ce qui est donné doit être vrai."""

    contacts: list[ContactId] | None = Field(
        None, min_length=1, max_length=enrol.MOST_CONTACTS, description="Identifiants de contacts du site."
    )
    segment: str | None = Field(None, max_length=60, description="Identifiant (slug) d'un segment du site.")
    condition: str = Field(
        "", max_length=1000, description="Condition (CEL) sur le contact.",
        examples=["'client' in contact.etiquettes"],
    )  # fmt: skip
    par_minute: int = Field(600, alias="parMinute", description="Contacts par minute, 6000 au plus.")
    key: Annotated[str, AfterValidator(check_key), Field(max_length=150)] | None = Field(
        None, alias="idempotencyKey", description="Avec la même clé, c'est la même inscription."
    )
    evenement: EventName = Field(enrol.EVENT, description="L'événement par lequel chaque contact entre.")
    donnees: dict[str, Any] = Field(default_factory=dict, description="Ce que cet événement porte, libre.")


class EnrolmentAction(Document):
    """Mettre une inscription en pause, la reprendre, ou l'arrêter pour de bon."""

    action: Literal["pause", "reprise", "arret"]


class EnrolmentOut(BaseModel):
    """Une inscription et où elle en est."""

    id: str
    workflow: str
    statut: str = Field(description="en_cours, en_pause, terminee ou arretee.")
    contacts: int | None = Field(description="La taille de la liste, s'il y en a une.")
    segment: str | None
    condition: str
    evenement: str
    par_minute: int
    inscrits: int = Field(description="Les contacts entrés jusqu'ici.")
    par: str
    creee_le: datetime
    suite_le: datetime | None
    finie_le: datetime | None


class EnrolmentPage(BaseModel):
    """Une page d'inscriptions."""

    data: list[EnrolmentOut]
    suivant: str | None


class Remaining(BaseModel):
    """Combien de contacts restent à inscrire."""

    nombre: int
    exact: bool = Field(description="false : au moins autant, le compte s'est arrêté là.")


class EnrolmentDetail(EnrolmentOut):
    """Une inscription, et ce qui reste."""

    restants: Remaining


class EnrolmentAnswer(BaseModel):
    """Une inscription."""

    data: EnrolmentDetail


ACTS: dict[str, Callable[..., int]] = {"pause": enrol.pause, "reprise": enrol.resume, "arret": enrol.stop}


class EnrolmentsView(SiteView):
    """`/api/workflows/<name>/enrolments`"""

    @extend_schema(
        operation_id="lister_inscriptions",
        summary="Les inscriptions d'un workflow",
        tags=["Workflows"],
        parameters=[CURSOR, LIMIT],
        responses={200: EnrolmentPage, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str) -> Response:
        """Les plus récentes d'abord, par pages."""
        workflow = find_workflow(self.site, name)
        rows = Enrolment.objects.filter(workflow=workflow).select_related("workflow", "segment")
        return Response(page(request, rows, enrolment_json))

    @extend_schema(
        operation_id="inscrire",
        summary="Inscrire des contacts dans un workflow",
        tags=["Workflows"],
        parameters=[IDEMPOTENCY_KEY],
        request=EnrolmentRequest,
        responses={202: EnrolmentAnswer, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Ils entrent à ce rythme, chacun par un événement ; les règles d'entrée du workflow s'appliquent."""
        header = idempotency_key(request)
        asked = parse(EnrolmentRequest, read_body(request))
        workflow, now = find_workflow(self.site, name), timezone.now()
        entry = enrol.Entry(asked.evenement, asked.donnees, asked.par_minute)
        key: Any = request.auth
        try:
            made = enrol.enrol(
                workflow, _audience(self.site, asked), entry, actor=key.prefix, now=now, key=asked.key or header
            )
        except AudienceError as error:
            raise ApiError(422, "inscription_invalide", str(error), field=error.field) from None
        return Response({"data": _detail(made, now)}, status=202)


class EnrolmentView(SiteView):
    """`/api/workflows/<name>/enrolments/<id>`"""

    @extend_schema(
        operation_id="lire_inscription",
        summary="Une inscription et son avancement",
        tags=["Workflows"],
        responses={200: EnrolmentAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str, enrolment_id: int) -> Response:
        """Combien sont entrés, combien restent."""
        workflow = find_workflow(self.site, name)
        return Response({"data": _detail(_find(workflow, enrolment_id), timezone.now())})

    @extend_schema(
        operation_id="agir_sur_inscription",
        summary="Mettre en pause, reprendre ou arrêter une inscription",
        tags=["Workflows"],
        request=EnrolmentAction,
        responses={200: EnrolmentAnswer, 409: Problem, **PROBLEMS},
    )
    def post(self, request: Request, name: str, enrolment_id: int) -> Response:
        """`pause`, `reprise` ou `arret` ; les contacts déjà entrés continuent leur parcours."""
        asked = parse(EnrolmentAction, read_body(request))
        workflow, now = find_workflow(self.site, name), timezone.now()
        pk = _find(workflow, enrolment_id).pk
        key: Any = request.auth
        if not ACTS[asked.action]([pk], actor=key.prefix, now=now):
            raise ApiError(409, "etat_incompatible", "L'état de cette inscription ne permet pas cette action.")
        return Response({"data": _detail(_find(workflow, pk), now)})


def _audience(site: Site, asked: EnrolmentRequest) -> Audience:
    segment = None
    if asked.segment is not None:
        segment = Segment.objects.filter(site=site, slug=asked.segment).first()
        if segment is None:
            raise ApiError(422, "segment_inconnu", "Ce site n'a pas ce segment.", field="segment")
    ids = None if asked.contacts is None else tuple(asked.contacts)
    return Audience(site.pk, ids, segment.pk if segment else None, asked.condition.strip())


def _find(workflow: Workflow, enrolment_id: int) -> Enrolment:
    rows = Enrolment.objects.filter(workflow=workflow).select_related("workflow", "segment")
    found = rows.filter(pk=min(enrolment_id, 2**63 - 1)).first()
    if found is None:
        raise ApiError(404, "inscription_inconnue", "Ce workflow n'a pas cette inscription.", field="id")
    return found


def _detail(enrolment: Enrolment, now: datetime) -> dict[str, Any]:
    number, is_exact = enrol.remaining(enrolment, now)
    return {**enrolment_json(enrolment), "restants": {"nombre": number, "exact": is_exact}}


def enrolment_json(enrolment: Enrolment) -> dict[str, Any]:
    """Write an enrolment (its workflow and segment loaded)."""
    return {
        "id": str(enrolment.pk),
        "workflow": enrolment.workflow.slug,
        "statut": enrolment.status,
        "contacts": None if enrolment.contact_ids is None else len(enrolment.contact_ids),
        "segment": enrolment.segment.slug if enrolment.segment else None,
        "condition": enrolment.condition,
        "evenement": enrolment.event,
        "par_minute": enrolment.per_minute,
        "inscrits": enrolment.entered,
        "par": enrolment.created_by,
        "creee_le": enrolment.created_at,
        "suite_le": enrolment.next_at,
        "finie_le": enrolment.ended_at,
    }
