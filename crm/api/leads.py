"""The leads of a site, their moves through the pipeline, and the notes on their contacts. For secret keys only."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from accounts.tenancy import WRITERS
from berinia.api import ApiError, choice, number, page, parse, read_body
from crm.api.events import PROBLEMS
from crm.api.lead_models import (
    LeadAnswer,
    LeadChange,
    LeadPage,
    NoteAnswer,
    NoteIn,
    NotePage,
    lead_json,
    note_json,
)
from crm.api.pages import CURSOR, LIMIT, READ_PROBLEMS
from crm.models import Contact, Lead, Note
from crm.models.lead import LeadStatus, Quality, Stage
from crm.move_stage import StageError, cents, move_stage
from crm.write_down import WriteError, add_note

BIGGEST = 2**63 - 1
# Each filter, the column that it is about, and its words.
WORDS = {
    "qualite": ("quality", Quality.values), "etape": ("stage", Stage.values), "statut": ("status", LeadStatus.values),
}  # fmt: skip
FILTERS = [
    *(OpenApiParameter(name, str, enum=list(words), description="Seulement ceux-ci.")
      for name, (_column, words) in WORDS.items()),
    OpenApiParameter("score_min", int, description="Seulement ceux de ce score ou plus."),
]  # fmt: skip


class LeadsView(SiteView):
    """`/api/leads`"""

    @extend_schema(
        operation_id="lister_leads",
        summary="Les leads du site",
        tags=["Leads"],
        parameters=[*FILTERS, CURSOR, LIMIT],
        responses={200: LeadPage, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Les plus récents d'abord, par pages."""
        rows = _leads(self)
        for name, (column, words) in WORDS.items():
            if request.query_params.get(name):
                rows = rows.filter(**{column: choice(request, name, words)})
        if request.query_params.get("score_min"):
            rows = rows.filter(score__gte=number(request, "score_min", 0, least=0, most=100))
        return Response(page(request, rows, lead_json))


class LeadView(SiteView):
    """`/api/leads/<id>`"""

    changed_by = WRITERS

    @extend_schema(
        operation_id="lire_lead",
        summary="Un lead",
        tags=["Leads"],
        responses={200: LeadAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, lead_id: int) -> Response:
        """Ce qui est su de lui, sa qualité et son étape."""
        return Response({"data": lead_json(_lead(self, lead_id))})

    @extend_schema(
        operation_id="deplacer_lead",
        summary="Changer l'étape d'un lead",
        tags=["Leads"],
        request=LeadChange,
        responses={200: LeadAnswer, **PROBLEMS},
    )
    def post(self, request: Request, lead_id: int) -> Response:
        """Les workflows en sont informés (« lead_etape ») ; une répétition ne change rien."""
        asked = parse(LeadChange, read_body(request))
        lead = _lead(self, lead_id)
        try:
            move_stage([lead.pk], asked.etape, self.actor, asked.raison, cents(asked.montant), timezone.now())
        except StageError as error:
            raise ApiError(409, "etape_refusee", str(error), field=error.field) from None
        return Response({"data": lead_json(_lead(self, lead_id))})


class NotesView(SiteView):
    """`/api/contacts/<id>/notes`"""

    changed_by = WRITERS

    @extend_schema(
        operation_id="lister_notes",
        summary="Les notes sur un contact",
        tags=["Contacts"],
        parameters=[CURSOR, LIMIT],
        responses={200: NotePage, **READ_PROBLEMS},
    )
    def get(self, request: Request, contact_id: int) -> Response:
        """Les plus récentes d'abord, par pages."""
        return Response(page(request, Note.objects.filter(contact=_contact(self, contact_id)), note_json))

    @extend_schema(
        operation_id="ajouter_note",
        summary="Ajouter une note",
        tags=["Contacts"],
        request=NoteIn,
        responses={201: NoteAnswer, **PROBLEMS},
    )
    def post(self, request: Request, contact_id: int) -> Response:
        """Une note reste dans l'équipe : aucun agent ne la lit, aucun fournisseur ne la reçoit."""
        asked = parse(NoteIn, read_body(request))
        try:
            note = add_note(_contact(self, contact_id), asked.texte, self.actor, timezone.now())
        except WriteError as error:
            raise ApiError(422, "valeur_invalide", str(error), field=error.field) from None
        return Response({"data": note_json(note)}, status=201)


def _leads(view: SiteView) -> QuerySet[Lead]:
    return Lead.objects.filter(site=view.site).select_related("contact", "owner")


def _lead(view: SiteView, lead_id: int) -> Lead:
    """Return a lead of the key's site. Raises ApiError 404."""
    lead = _leads(view).filter(pk=min(lead_id, BIGGEST)).first()
    if lead is None:
        raise ApiError(404, "lead_inconnu", "Ce site n'a pas ce lead.", field="id")
    return lead


def _contact(view: SiteView, contact_id: int) -> Contact:
    """Return a contact of the key's site. Raises ApiError 404."""
    contact = Contact.objects.filter(site=view.site, pk=min(contact_id, BIGGEST)).first()
    if contact is None:
        raise ApiError(404, "contact_inconnu", "Ce site n'a pas ce contact.", field="id")
    return contact
