"""Deploy a sector: what it brings, what the site lacks, one click."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Site
from communications.rendering import library_sources
from workflows import describe
from workflows.deploy import UnknownSectorError, deploy, missing, sector_of, sectors
from workflows.models import Workflow


def deploy_page(admin: Any, request: HttpRequest, allowed: Sequence[int]) -> HttpResponse:
    """GET lists the sectors for the chosen sites; POST deploys one of them on all of these."""
    if not admin.may_act(request):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    every = Site.objects.filter(pk__in=allowed).select_related("organization").order_by("business_name")
    chosen = [int(part) for part in given.get("site", "").split(",") if part.isdecimal() and len(part) < 19]
    sites = list(every.filter(pk__in=chosen)) if chosen else list(every[:1])
    if request.method == "POST":
        return _deploy(request, sites, given.get("sector", ""))
    context = {
        **admin.admin_site.each_context(request), "title": _("Déployer un secteur"), "opts": admin.opts,
        "sites": sites, "every": list(every[:200]), "ids": ",".join(str(site.pk) for site in sites),
        "cards": [_card(slug, sites) for slug in sectors()] if sites else [],
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/deploy.html", context)


def _card(slug: str, sites: Sequence[Site]) -> dict[str, Any]:
    sector = sector_of(slug)
    there = set(Workflow.objects.filter(site__in=sites, sector=slug).values_list("slug", flat=True))
    lacks = {lack.code: lack for site in sites for lack in missing(site, slug)}
    sources = library_sources(slug)
    conversion = sector.targets.get("conversion")
    return {
        "sector": sector,
        "target": f"{conversion:.0%}".replace("%", " %") if conversion else "",
        "workflows": [
            {"workflow": item, "rules": describe.rules(item.definition), "is_there": item.slug in there}
            for item in sector.workflows
        ],
        "emails": sum(source.channel == "email" for source in sources),
        "texts": sum(source.channel == "sms" for source in sources),
        "chats": sum(source.channel == "whatsapp" for source in sources),
        "missing": list(lacks.values()),
        "is_there": bool(there),
    }


def _deploy(request: HttpRequest, sites: Sequence[Site], slug: str) -> HttpResponse:
    here = HttpResponseRedirect(f"{request.path}?site={','.join(str(site.pk) for site in sites)}")
    for site in sites:
        try:
            done = deploy(site, slug, now=timezone.now())
        except UnknownSectorError:
            messages.error(request, _("La bibliothèque n'a pas de secteur « %(sector)s ».") % {"sector": slug})
            return here
        name = sector_of(slug).name
        text = _(
            "%(site)s : « %(sector)s » est déployé "
            "(%(created)d créés, %(updated)d mis à jour, %(unchanged)d inchangés)."
        )
        messages.success(request, text % {
            "site": site, "sector": name, "created": done.created, "updated": done.updated, "unchanged": done.unchanged,
        })  # fmt: skip
        said = _("Secteur « %(sector)s » déployé.") % {"sector": name}
        LogEntry.objects.log_actions(int(request.user.pk or 0), [site], CHANGE, change_message=said)
    if not sites:
        messages.error(request, _("Choisissez un site de votre organisation."))
        return here
    return HttpResponseRedirect(reverse("admin:workflows_workflow_changelist"))
