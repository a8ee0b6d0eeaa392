"""The board of leads: a column for each stage; a card moves by mouse, by touch, by keyboard, or by its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, Site
from accounts.tenancy import WRITERS, organizations_of, sites_of
from crm.admin.histories import QUALITY_TAGS
from crm.board import MOST, NOBODY, Asked, Cards, Count, cards, counts
from crm.models import Lead, Task
from crm.models.lead import Quality, Stage
from crm.move_stage import StageChangedError, StageError, euros, move_seen
from crm.pipeline import Refused

MINE = "moi"
FILTERS = ("qualite", "commercial", "site", "q")
FOUND = 500  # a search shows as many
FEW = 200  # sites and colleagues that a filter offers


@dataclass(frozen=True, slots=True)
class Card:
    """One lead as the board shows it."""

    lead: Lead
    quality_tag: str
    amount: float | None
    age: timedelta
    task: Task | None
    is_late: bool
    may_move: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One stage: its cards, how many leads it holds in all, and what they are worth."""

    stage: str
    label: Any
    cards: Sequence[Card]
    has_more: bool
    count: Count = field(default_factory=Count)
    options: str = ""  # where its cards may go: written once for all of them

    @property
    def amount(self) -> float | None:
        """What is at stake, in euros; None: not reckoned, or nothing."""
        return euros(self.count.cents)

    @property
    def last(self) -> int | None:
        """Below which id the next cards are."""
        return self.cards[-1].lead.pk if self.has_more else None


class Board:
    """Mixed into the leads' admin, before Tenancy: the board and what it asks for."""

    def get_urls(self) -> list[URLPattern]:
        """Add the board, more cards of a column, and the move of a card."""
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path("tableau/", view(require_GET(self.board)), name="crm_lead_board"),
            path("tableau/colonne/", view(require_GET(self.column)), name="crm_lead_column"),
            path("tableau/deplacer/", view(require_POST(self.move)), name="crm_lead_move"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def board(self, request: HttpRequest) -> HttpResponse:
        """Show the first cards of each stage, and how many there are."""
        asked, now = self._asked(request), timezone.now()
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Tableau des leads"), "opts": Lead._meta,
            "columns": self._columns(request, cards(asked), counts(asked), now), "most": MOST, "now": now,
            "qualities": Quality.choices, "sites": _own_sites(request), "people": _colleagues(request),
            "chosen": {name: request.GET.get(name, "") for name in FILTERS}, "is_filtered": bool(_filters(request)),
            "may_move": self.may(request, WRITERS), "query": _filters(request),  # type: ignore[attr-defined]
        }  # fmt: skip
        return TemplateResponse(request, "admin/crm/lead/board.html", context)

    def column(self, request: HttpRequest) -> HttpResponse:
        """Return more cards of one stage, and the link to still more."""
        stage, before = request.GET.get("etape", ""), _number(request.GET.get("avant", ""))
        if stage not in Stage.values or before is None:
            raise Http404
        found = cards(self._asked(request), [stage], before)
        [column] = self._columns(request, found, {}, timezone.now())
        context = {"column": column, "query": _filters(request)}
        return TemplateResponse(request, "admin/crm/lead/cards.html", context)

    def move(self, request: HttpRequest) -> HttpResponse:
        """Move a card: answered with JSON where that is asked for, else with the board."""
        if not self.may(request, WRITERS):  # type: ignore[attr-defined]
            raise PermissionDenied
        given = request.POST
        mine: QuerySet[Lead] = self.within(request, Lead.objects.all(), WRITERS)  # type: ignore[attr-defined]
        lead = mine.filter(pk=_number(given.get("lead", "")) or 0).select_related("contact").first()
        if lead is None:
            raise Http404
        stage, seen = given.get("etape", ""), given.get("de") or lead.stage
        reason = given.get("raison", "").strip()[:300]
        try:
            move_seen(lead.pk, seen, stage, str(request.user), reason, timezone.now())
        except StageError as error:
            return _refused(request, lead, error)
        said = _("%(lead)s déplacé vers « %(stage)s ».") % {"lead": lead, "stage": Stage(stage).label}
        if _wants_json(request):
            return JsonResponse({"texte": said, "etape": stage})
        messages.success(request, said)
        return _back(request)

    def _asked(self, request: HttpRequest) -> Asked:
        """Read the filters; what they name that is not there finds nothing."""
        sites, given = sites_of(request.user), request.GET
        if given.get("site"):
            sites = [pk for pk in sites if pk == _number(given["site"])]
        whose = given.get("commercial", "")
        owner = request.user.pk if whose == MINE else _number(whose)
        term, ids = given.get("q", "").strip(), None
        if term:
            found = self.find(request, self.get_queryset(request), term)  # type: ignore[attr-defined]
            ids = list(found.order_by("-pk").values_list("pk", flat=True)[:FOUND])
        quality = given.get("qualite", "")
        return Asked(
            sites, quality if quality in Quality.values else "", owner, is_nobodys=whose == NOBODY, lead_ids=ids
        )

    def _columns(
        self, request: HttpRequest, found: Mapping[str, Cards], numbers: Mapping[str, Count], now: datetime
    ) -> list[Column]:
        """Return columns with their cards: one query for all leads, one for all tasks."""
        ids = [pk for one in found.values() for pk in one.ids]
        leads = Lead.objects.select_related("contact", "owner").in_bulk(ids)
        tasks = _next_tasks([lead.contact_id for lead in leads.values()])
        writable = organizations_of(request.user, WRITERS)

        def card(lead: Lead) -> Card:
            task = tasks.get(lead.contact_id)
            return Card(
                lead, QUALITY_TAGS.get(lead.quality, ""), euros(lead.amount_cents),
                now - (lead.stage_at or lead.created_at), task,
                bool(task and task.due_at and task.due_at < now),
                writable is None or lead.organization_id in writable,
            )  # fmt: skip

        return [
            Column(
                stage, Stage(stage).label, [card(leads[pk]) for pk in one.ids if pk in leads], one.has_more,
                numbers.get(stage, Count()), _options(stage),
            )
            for stage, one in found.items()
        ]  # fmt: skip


def _options(at: str) -> SafeString:
    """Return the choices of the form that moves a card of a stage."""
    rows = ((value, SafeString(" selected" if value == at else ""), label) for value, label in Stage.choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


def _next_tasks(contact_ids: Sequence[int]) -> dict[int, Task]:
    """Return the most pressing open task of each contact."""
    rows = Task.objects.filter(contact_id__in=contact_ids, done_at=None)
    return {task.contact_id: task for task in rows.order_by("contact_id", "due_at", "pk").distinct("contact_id")}


def _refused(request: HttpRequest, lead: Lead, error: StageError) -> HttpResponse:
    """Say why a card did not move: 409 when somebody else moved it, 422 when the pipeline does not allow it."""
    is_changed = isinstance(error, StageChangedError)
    if _wants_json(request):
        needs = str(error) == str(Refused.FAR_BACK)
        answer = {"detail": str(error), "demande_raison": needs, "etape": lead.stage}
        return JsonResponse(answer, status=409 if is_changed else 422)
    messages.error(request, str(error))
    return _back(request)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the board as it was filtered."""
    query = request.POST.get("filtres", "")
    return HttpResponseRedirect(reverse("admin:crm_lead_board") + (f"?{query}" if query else ""))


def _filters(request: HttpRequest) -> str:
    """Return the filters as an address bears them."""
    return urlencode({name: request.GET[name] for name in FILTERS if request.GET.get(name)})


def _own_sites(request: HttpRequest) -> list[Site]:
    return list(Site.objects.filter(pk__in=sites_of(request.user)).order_by("business_name")[:FEW])


def _colleagues(request: HttpRequest) -> list[tuple[int, str]]:
    """Return who may own leads in the person's organizations, but the person."""
    organizations = organizations_of(request.user)
    found = Membership.objects.filter(role__in=WRITERS).exclude(user_id=request.user.pk or 0)
    found = found if organizations is None else found.filter(organization_id__in=organizations)
    people = found.order_by("user__username").values_list("user_id", "user__username").distinct()
    return list(people[:FEW])


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
