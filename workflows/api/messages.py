"""Messages, one by one: where each stands, since when, why, and what comes next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, choice, number, page
from communications.contents import content_of
from communications.explanations import explanation
from communications.journey import instants, is_deferred, next_at
from communications.models import Message
from communications.models.message import MessageStatus
from communications.policy import Explanation
from communications.waiting import reason_of
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS
from workflows.serializers import contact_json

DEFERRED = "differe"
STATUSES: Mapping[str, str] = {
    "en_file": MessageStatus.QUEUED, "retenu": MessageStatus.HELD, "en_cours": MessageStatus.SENDING,
    "inconnu": MessageStatus.UNKNOWN, "envoye": MessageStatus.SENT, "remis": MessageStatus.DELIVERED,
    "ouvert": MessageStatus.OPENED, "clique": MessageStatus.CLICKED, "rejete": MessageStatus.BOUNCED,
    "plainte": MessageStatus.COMPLAINED, "echoue": MessageStatus.FAILED, "non_envoye": MessageStatus.SUPPRESSED,
}  # fmt: skip
WORDS = {status: word for word, status in STATUSES.items()}


class InstantsOut(BaseModel):
    """Quand chaque chose est arrivée ; null : elle ne l'est pas."""

    cree: datetime
    tente: datetime | None = Field(description="Dernier appel au fournisseur.")
    envoye: datetime | None
    remis: datetime | None
    ouvert: datetime | None
    clique: datetime | None
    repondu: datetime | None
    rejete: datetime | None
    plainte: datetime | None
    desinscrit: datetime | None


class ContentOut(BaseModel):
    """Ce qui a été écrit ; vide : rien ne l'est encore."""

    expediteur: str
    objet: str
    texte: str
    html: str
    modele_approuve: str = Field(description="WhatsApp : le modèle que Twilio écrit, au lieu d'un texte.")


class MessageOut(BaseModel):
    """Un message."""

    id: str
    modele: str
    version_modele: int | None
    canal: str
    categorie: str
    statut: str = Field(description=f"{', '.join([*STATUSES, DEFERRED])} : en file, mais pas avant une certaine heure.")
    instants: InstantsOut
    raison: str = Field(description="Code : pourquoi il en est là ; vide : rien à en dire.")
    explication: str
    remede: str = Field(description="Ce que l'on peut faire.")
    precision: str = Field(description="Ce que le fournisseur, ou la rédaction du message, en a dit.")
    prochain_essai: datetime | None = Field(
        description="Prochain envoi, ou prochaine vérification chez le fournisseur."
    )
    utile_jusqu_au: datetime
    tentatives: int
    segments: int | None
    fournisseur: str
    id_fournisseur: str
    contact: dict[str, str | None]
    execution: str | None
    workflow: str | None
    etape: str
    contenu: ContentOut | None = Field(None, description="Seulement avec ?contenu=1.")


class MessagePage(BaseModel):
    """Une page de messages."""

    data: list[MessageOut]
    suivant: str | None


class MessageAnswer(BaseModel):
    """Un message."""

    data: MessageOut


class MessagesView(SiteView):
    """`/api/messages`"""

    @extend_schema(
        operation_id="lister_messages",
        summary="Les messages du site",
        tags=["Messages"],
        parameters=[
            OpenApiParameter("contact", int, description="Ceux d'un contact."),
            OpenApiParameter("execution", int, description="Ceux d'une exécution."),
            OpenApiParameter("statut", str, enum=[*STATUSES, DEFERRED], description="Seulement ceux-ci."),
            CURSOR,
            LIMIT,
        ],
        responses={200: MessagePage, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Les plus récents d'abord, par pages ; sans leur contenu."""
        now, rows = timezone.now(), Message.objects.filter(site=self.site).select_related("contact").defer("payload")
        for name, column in (("contact", "contact_id"), ("execution", "execution_id")):
            if request.query_params.get(name):
                rows = rows.filter(**{column: number(request, name, 0)})
        if request.query_params.get("statut"):
            rows = _standing(rows, choice(request, "statut", [*STATUSES, DEFERRED]), now)
        return Response(page(request, rows, lambda message: message_json(message, now)))


class MessageView(SiteView):
    """`/api/messages/<id>`"""

    @extend_schema(
        operation_id="lire_message",
        summary="Un message : où il en est, depuis quand et pourquoi",
        tags=["Messages"],
        parameters=[
            OpenApiParameter("message_id", str, OpenApiParameter.PATH),
            OpenApiParameter("contenu", str, enum=["0", "1"], description="1 : avec ce qui a été écrit."),
        ],
        responses={200: MessageAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, message_id: int) -> Response:
        """Chaque instant de son parcours, la raison et le remède, et le prochain essai."""
        is_whole = choice(request, "contenu", ["0", "1"], "0") == "1"
        rows = Message.objects.filter(site=self.site).select_related("contact")
        message = (rows if is_whole else rows.defer("payload")).filter(pk=min(message_id, 2**63 - 1)).first()
        if message is None:
            raise ApiError(404, "message_inconnu", "Ce site n'a pas ce message.", field="id")
        now = timezone.now()
        written = message_json(message, now, reason_of(message, now))
        return Response({"data": written | ({"contenu": _content(message)} if is_whole else {})})


def _standing(rows: QuerySet[Message], status: str, now: datetime) -> QuerySet[Message]:
    if status == DEFERRED:
        return rows.filter(status=MessageStatus.QUEUED, due_at__gt=now).exclude(reason="")
    return rows.filter(status=STATUSES[status])


def message_json(message: Message, now: datetime, said: Explanation | None = None) -> dict[str, Any]:
    """Write a message (its contact loaded), without what was written in it. `said`: more than its row knows."""
    said = said or explanation(message.reason)
    return {
        "id": str(message.pk),
        "modele": message.template,
        "version_modele": message.template_version,
        "canal": message.channel,
        "categorie": message.category,
        "statut": DEFERRED if is_deferred(message, now) else WORDS[message.status],
        "instants": instants(message),
        "raison": message.reason,
        "explication": said.why,
        "remede": said.remedy,
        "precision": message.detail,
        "prochain_essai": next_at(message),
        "utile_jusqu_au": message.useful_until,
        "tentatives": message.attempts,
        "segments": message.segments,
        "fournisseur": message.provider,
        "id_fournisseur": message.provider_id,
        "contact": contact_json(message.contact),
        "execution": str(message.execution_id) if message.execution_id else None,
        "workflow": str(message.workflow_id) if message.workflow_id else None,
        "etape": message.step,
    }


def _content(message: Message) -> dict[str, str]:
    found = content_of(message.payload)
    return {
        "expediteur": found.sender, "objet": found.subject, "texte": found.text, "html": found.html,
        "modele_approuve": found.approved,
    }  # fmt: skip
