"""« Installer sur le site »: the script to copy, forms to start from, a try, and what arrives, as it arrives."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.keys import KeyKind
from accounts.models import ApiKey, Site
from accounts.origins import MOST, InvalidOriginError, allowed, normalize
from accounts.refused import forget_refused, refused_origins
from accounts.tenancy import OWNERS, organizations_of, sites_of
from crm.models import Event
from crm.serializers import is_ours
from workflows.examples import Example, examples_for
from workflows.models import Execution, Trigger, WorkflowStatus

SHOWN = 20
LOOKED_AT = 200  # among the latest of the site: what BerinIA reports itself is left out
FEW_SITES = 200
TRIAL = "essai_installation"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that a site reported, and what it started."""

    event: Event
    started: Sequence[Execution]


def install_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows the page of a site (`?site=`); POST makes a key, or lets an origin in."""
    every = Site.objects.filter(pk__in=sites_of(request.user)).select_related("organization").order_by("business_name")
    wanted = (request.POST or request.GET).get("site", "")
    site = every.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else every.first()
    plain = ""
    if request.method == "POST":
        if site is None or not may_install(request, site):
            raise PermissionDenied
        if request.POST.get("acte") != "cle":
            return _allow(request, site)
        plain = _make_key(request, site)
    context = {
        **admin.admin_site.each_context(request), "title": _("Installer sur le site"), "opts": admin.opts,
        "every": list(every[:FEW_SITES]), "site": site, "plain": plain,
        **(_about(request, site) if site else {}),
    }  # fmt: skip
    response = TemplateResponse(request, "admin/workflows/install.html", context)
    add_never_cache_headers(response)
    return response


def may_install(request: HttpRequest, site: Site) -> bool:
    """Tell whether the person may make keys of a site: whoever may in the list of keys."""
    organizations = organizations_of(request.user, OWNERS)
    return organizations is None or site.organization_id in organizations


def _about(request: HttpRequest, site: Site) -> Mapping[str, Any]:
    keys = list(ApiKey.objects.filter(site=site, kind=KeyKind.PUBLISHABLE, revoked_at=None).order_by("-pk")[:SHOWN])
    found = arrivals(site)
    last = found[0].event.received_at if found else None
    return {
        "keys": [{"key": key, "origins": allowed(key.origins, site.url)} for key in keys],
        "may": may_install(request, site), "address": request.build_absolute_uri("/berinia.js"),
        "api": request.build_absolute_uri("/api/events"),
        "examples": examples_of(site), "trial": TRIAL, "arrivals": found, "last": last,
        "is_silent": last is None or (timezone.now() - last).days >= 1, "refused": refused_origins(site.pk),
    }  # fmt: skip


def examples_of(site: Site) -> Sequence[Example]:
    """Return a form for each event that the site's workflows start on."""
    triggers = Trigger.objects.filter(site=site).exclude(event="").exclude(workflow__status=WorkflowStatus.STOPPED)
    by_event: dict[str, list[str]] = defaultdict(list)
    for name, workflow in triggers.order_by("event", "pk").values_list("event", "workflow__name"):
        if not is_ours(name) and workflow not in by_event[name]:
            by_event[name].append(workflow)
    return examples_for(by_event)


def arrivals(site: Site) -> list[Arrival]:
    """Return the latest events that a site reported, each with what it started."""
    latest = Event.objects.filter(site=site).select_related("contact").order_by("-pk")[:LOOKED_AT]
    events = [event for event in latest if not is_ours(event.name)][:SHOWN]
    # By contact: that is what there is an index for.
    rows = Execution.objects.filter(
        contact_id__in={event.contact_id for event in events}, event_id__in=[event.pk for event in events]
    ).select_related("workflow")
    started: dict[int | None, list[Execution]] = defaultdict(list)
    for execution in rows:
        started[execution.event_id].append(execution)
    return [Arrival(event, started[event.pk]) for event in events]


def _make_key(request: HttpRequest, site: Site) -> str:
    """Make a publishable key; its plain text lives in this answer alone."""
    key, plain = ApiKey.issue(site, KeyKind.PUBLISHABLE, _("site web"))
    _note(request, site, "cle_creee", key, timezone.now(), after={"origins": key.origins})
    messages.success(request, _("Clé créée : copiez le script maintenant, la clé n'est affichée que cette fois."))
    return plain


def _allow(request: HttpRequest, site: Site) -> HttpResponse:
    """Let an origin in that was refused, for the keys of the site that serve pages."""
    here = HttpResponseRedirect(f"{reverse('admin:accounts_site_install')}?site={site.pk}")
    try:
        origin = normalize(request.POST.get("origine", ""))
    except InvalidOriginError:
        messages.error(request, _("Ce n'est pas une origine : elle s'écrit https:// et le nom du site."))
        return here
    number = request.POST.get("cle", "")
    keys = ApiKey.objects.filter(site=site, kind=KeyKind.PUBLISHABLE, revoked_at=None)
    key = keys.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if key is None:
        messages.error(request, _("Cette clé n'est pas une clé publiable de ce site."))
        return here
    before = list(key.origins)
    key.origins = list(dict.fromkeys([*allowed(before, site.url), origin]))[:MOST]
    key.save(update_fields=["origins"])
    _note(request, site, "origine_autorisee", key, timezone.now(), before={"origins": before},
          after={"origins": key.origins})  # fmt: skip
    forget_refused(site.pk, origin)
    messages.success(request, _("%(origin)s peut employer la clé %(key)s.") % {"origin": origin, "key": key})
    return here


def _note(request: HttpRequest, site: Site, action: str, key: ApiKey, now: datetime, **change: Any) -> None:
    record(
        str(request.user), action, "cle", key.pk, now=now, organization_id=site.organization_id,
        target=str(key), **change,
    )  # fmt: skip
