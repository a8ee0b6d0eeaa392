"""The outbox: every message, where it stands, why, and what was written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.tenancy import Tenancy, organizations_of, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from berinia.formats import number, phone
from communications.admin.frame import isolated
from communications.admin.outbox_filters import TABS, ChannelFilter, ReasonFilter, TabFilter, TemplateFilter
from communications.contents import content_of
from communications.control import replay
from communications.explanations import explanation
from communications.journey import Station, answer_of, is_deferred, next_at, stations
from communications.models import Message, Template
from communications.models.message import MessageStatus
from communications.outbox import MOST, Tab, outbox
from communications.providers.choice import SANDBOX
from communications.sms import segments
from communications.waiting import reason_of
from crm.admin import MESSAGE_TAGS, SiteFilter
from crm.search import contact_ids


def _notes(rows: QuerySet[Message], _ids: Sequence[int]) -> list[str]:
    unknown = rows.filter(status="unknown").count()
    if not unknown:
        return []
    text = ngettext(
        "%(n)d message a une issue inconnue : il est peut-être déjà arrivé, le rejouer peut l'envoyer deux fois.",
        "%(n)d messages ont une issue inconnue : ils sont peut-être déjà arrivés, "
        "les rejouer peut les envoyer deux fois.",
        unknown,
    )
    return [text % {"n": unknown}]


REPLAY = Act(
    "rejouer", _("Rejouer"), _("retour dans la file d'envoi, pour 24 heures au plus."),
    lambda ids, now, person: replay(ids, now), icon="replay",
    values=frozenset({"failed", "unknown", "suppressed"}), notes=_notes,
)  # fmt: skip


@admin.register(Message)
class MessageAdmin(Acts, ReadOnly, Tenancy, Page):
    """What was sent, is waiting, or did not go out."""

    site_path = "site_id"
    list_display = (
        "id", "template", "show_channel", "show_status", "show_why", "show_what", "show_contact", "created_at",
    )  # fmt: skip
    list_display_links = ("id", "template")
    list_filter: ClassVar[Any] = (
        TabFilter, "status", ReasonFilter, ChannelFilter, TemplateFilter, SiteFilter,
    )  # fmt: skip
    list_select_related = ("contact", "site")
    search_fields = ("id",)
    search_help_text = _("Numéro du message, ou email ou téléphone du contact")
    acts = (REPLAY,)
    fieldsets = (
        (None, {"fields": (
            ("show_status", "show_contact", "show_execution"), ("show_cause", "show_remedy"),
            ("show_answer", "show_carrier"), ("show_template", "category"),
        )}),
        (_("Envoi"), {"classes": ["collapse"], "fields": (
            ("show_to", "provider_id", "show_batch"), ("segments", "show_attempts", "calls"),
            ("due_at", "useful_until"),
        )}),
    )  # fmt: skip
    readonly_fields = tuple(name for _title, part in fieldsets for line in part["fields"] for name in line)
    change_list_template = "admin/communications/message/change_list.html"
    change_form_outer_after_template = "admin/communications/message/below.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the written messages out of lists: they are long."""
        return super().get_queryset(request).defer("payload")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    def get_urls(self) -> list[URLPattern]:
        """Add the frame in which a written email is shown."""
        preview, again = self.admin_site.admin_view(self.preview), self.admin_site.admin_view(self.replay_found)
        return [
            path("<int:pk>/preview/", preview, name="communications_message_preview"),
            path("rejouer-filtre/", again, name="communications_message_replay_found"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the parts of the outbox above the list, and why messages did not go out."""
        return super().changelist_view(request, {**(extra_context or {}), **self._overview(request)})

    def _overview(self, request: HttpRequest) -> dict[str, Any]:
        organizations = organizations_of(request.user)
        found = outbox(None if organizations is None else sites_of(request.user), timezone.now())
        chosen, reason = request.GET.get("envoi", ""), request.GET.get("raison")
        parts = [(tab, label, found.counts[Tab(tab)]) for tab, label in TABS.items()]
        return {
            "parts": [{"tab": tab, "label": label, "count": n, "is_chosen": tab == chosen} for tab, label, n in parts],
            "dead": found.dead if chosen == Tab.DEAD else (), "reason": reason, "chosen": chosen, "most": MOST,
            "is_window": found.is_window, "query": request.GET.urlencode(),
            "may_replay": chosen == Tab.DEAD and self.may_act(request, act=REPLAY),
        }  # fmt: skip

    def replay_found(self, request: HttpRequest) -> HttpResponse:
        """Ask about replaying all that the list's filter finds, with how many they are."""
        if not self.may_act(request, act=REPLAY):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        return self.ask(request, REPLAY, self.within(request, found, self._roles(REPLAY)))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the HTML that was sent, as it stands, isolated."""
        message = self._own(request, pk)
        html = (message.payload or {}).get("html", "")
        if not html:
            raise Http404
        return isolated(html)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the way it went and what was written, below the facts."""
        if message := kwargs.get("obj"):
            context |= {"written": written(message), "lines": way(message, timezone.now())}
        return super().render_change_form(request, context, **kwargs)

    def _own(self, request: HttpRequest, pk: int) -> Message:
        message: Message | None = self.get_queryset(request).defer(None).filter(pk=pk).first()
        if not self.has_view_permission(request):
            raise PermissionDenied
        if message is None:
            raise Http404
        return message

    @display(description=_("canal"))
    def show_channel(self, message: Message) -> str | SafeString:
        """Show how it travels; what stayed in the sandbox says so."""
        channel = str(message.get_channel_display())
        if message.provider != SANDBOX:
            return channel
        return format_html("{} {}", channel, badge("warning", _("bac à sable")))

    @display(description=_("statut"))
    def show_status(self, message: Message) -> SafeString:
        """Show where it stands."""
        if is_deferred(message, timezone.now()):
            return badge("info", _("différé"))
        return badge(MESSAGE_TAGS.get(message.status, ""), message.get_status_display())

    @display(description=_("pourquoi"))
    def show_why(self, message: Message) -> str:
        """Say why it stands there, as its row says."""
        return explanation(message.reason).why or "—"

    @display(description=_("que faire"))
    def show_what(self, message: Message) -> str:
        """Say what can be done, as its row says."""
        return explanation(message.reason).remedy or "—"

    @display(description=_("pourquoi"))
    def show_cause(self, message: Message) -> str:
        """Say why it stands there, and what it waits for that its row does not know of."""
        return reason_of(message, timezone.now()).why or "—"

    @display(description=_("que faire"))
    def show_remedy(self, message: Message) -> str:
        """Say what can be done."""
        return reason_of(message, timezone.now()).remedy or "—"

    @display(description=_("fournisseur"))
    def show_carrier(self, message: Message) -> str:
        """Say who carried it."""
        if message.provider == SANDBOX:
            return str(_("bac à sable : rien n'est parti, le message est seulement gardé ici"))
        return message.provider or "—"

    @display(description=_("réponse du fournisseur"))
    def show_answer(self, message: Message) -> str | SafeString:
        """Show the HTTP code of the last attempt beside what was said with it."""
        code, rest = answer_of(message.detail)
        if not code:
            return rest or "—"
        return format_html("{} {}", badge("danger" if code >= "400" else "", f"HTTP {code}"), rest)

    @display(description=_("tentatives"))
    def show_attempts(self, message: Message) -> str:
        """Show how often it was tried, and when last."""
        if not message.attempted_at:
            return "—"
        at = date_format(localtime(message.attempted_at), "d/m/Y H:i:s")
        return str(_("%(n)s, la dernière le %(at)s")) % {"n": number(message.attempts), "at": at}

    @display(description=_("destinataire"))
    def show_to(self, message: Message) -> str:
        """Show the address as people write it."""
        return message.to if message.channel == "email" else phone(message.to)

    @display(description=_("modèle"))
    def show_template(self, message: Message) -> str | SafeString:
        """Lead to the text, and say in which version it was."""
        version = f" (v{message.template_version})" if message.template_version else ""
        texts = Template.objects.filter(
            organization_id=message.organization_id, name=message.template, channel=message.channel
        )
        text = f"{message.template}{version}"
        pk = texts.values_list("pk", flat=True).first()
        return link(reverse("admin:communications_template_change", args=[pk]), text) if pk else text

    @display(description=_("lot"))
    def show_batch(self, message: Message) -> str:
        """Show in which request it went with others."""
        return f"n° {message.batch_id}" if message.batch_id else "—"

    @display(description=_("contact"))
    def show_contact(self, message: Message) -> SafeString:
        """Show who it is for."""
        return link(reverse("admin:crm_contact_change", args=[message.contact_id]), message.contact)

    @display(description=_("exécution"))
    def show_execution(self, message: Message) -> str | SafeString:
        """Show what it is a step of."""
        if not message.execution_id:
            return "—"
        url = reverse("admin:workflows_execution_change", args=[message.execution_id])
        return link(url, f"#{message.execution_id} · {message.step}")


def written(message: Message) -> Mapping[str, Any]:
    """Return what was written, as its template shows it."""
    found = content_of(message.payload)
    return {
        "message": message, "is_sandbox": message.provider == SANDBOX, "subject": found.subject,
        "sender": found.sender, "text": found.text, "html": bool(found.html), "approved": found.approved,
        "variables": found.variables,
        "segments": segments(found.text) if message.channel == "sms" and found.text else None,
    }  # fmt: skip


ICONS = {
    "cree": "edit", "tente": "outgoing_mail", "envoye": "send", "remis": "done_all", "ouvert": "drafts",
    "clique": "ads_click", "repondu": "reply", "rejete": "undo", "plainte": "report", "desinscrit": "unsubscribe",
    "ensuite": "schedule", "refuse": "error",
}  # fmt: skip


def way(message: Message, now: datetime) -> list[Mapping[str, Any]]:
    """Return each instant of its way with an icon, and what comes next."""
    found = stations(message)
    if (at := next_at(message)) and at > now:
        is_doubtful = message.status == MessageStatus.UNKNOWN
        text = _("prochaine vérification chez le fournisseur") if is_doubtful else _("prochain essai")
        found.append(Station("ensuite", str(text), at))
    return [
        {"station": station, "icon": ICONS[station.name], "is_next": station.name == "ensuite"} for station in found
    ]
