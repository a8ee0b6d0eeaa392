"""Deploy a sector: choose it, see what it brings, changes, costs and lacks, one click, and what to do next."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Site
from communications.admin.frame import isolated
from communications.compose import SAMPLE_CONTACT
from communications.models import Template
from communications.rendering import TemplateError, library_source, library_sources, render
from workflows.deploy import SITE_FIELDS, Deployment, Missing, UnknownSectorError, deploy, missing, sector_of, sectors
from workflows.diff import Kind
from workflows.foresee import Fate, foresee, text_of, variables_of
from workflows.models import Workflow
from workflows.programs import definition_of
from workflows.samples import sample_event

MOST_SITES = 100  # at once
OFFERED = 200  # in the list of sites
TAGS = {
    Fate.CREATED: "success", Fate.UPDATED: "warning", Fate.REVIVED: "info", Fate.KEPT: "info", Fate.SAME: "",
}  # fmt: skip
CHANGE_TAGS = {Kind.ADDED: "success", Kind.REMOVED: "danger", Kind.CHANGED: "warning", Kind.MOVED: "info"}
# Where a person sets what is missing: the field of the site's form, or the settings of the house.
SETTINGS = {
    "resend": ("RESEND_API_KEY",), "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
}  # fmt: skip
OWN_FIELDS = frozenset({"email_from", "sms_sender", "whatsapp_sender"})


# --- choosing ------------------------------------------------------------------------------------------------


def deploy_page(admin: Any, request: HttpRequest, allowed: Sequence[int]) -> HttpResponse:
    """GET shows sites and sectors, then what one sector would do to the chosen sites; POST deploys it on them."""
    if not admin.may_act(request):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    sites, is_wrong = _sites(given.get("site", ""), allowed)
    slug = given.get("secteur", "") or given.get("sector", "")
    if request.method == "POST":
        return _deploy(request, sites, slug)
    if is_wrong:
        text = _("Un site demandé n'existe pas, ou n'est pas de vos organisations : choisissez-en un dans la liste.")
        return _choose(admin, request, [], allowed, text, status=404)
    if not slug:
        return _choose(admin, request, sites, allowed)
    if slug not in sectors():
        return _choose(admin, request, sites, allowed, unknown(slug), status=404)
    return _show(admin, request, sites, slug)


def _sites(given: str, allowed: Sequence[int]) -> tuple[list[Site], bool]:
    """Return the sites that are asked for, and whether one of them is not the person's; the first without any."""
    every = Site.objects.filter(pk__in=allowed).select_related("organization").order_by("business_name", "pk")
    parts = [part for part in given.split(",") if part]
    if not parts:
        return list(every[:1]), False
    ids = {int(part) for part in parts[:MOST_SITES] if part.isascii() and part.isdecimal() and len(part) < 19}
    found = list(every.filter(pk__in=ids))
    return found, len(found) < len(set(parts[:MOST_SITES]))


def unknown(slug: str) -> str:
    """Say that the library has no such sector, and which it has."""
    known = ", ".join(sector.name for sector in sectors().values())
    text = _("La bibliothèque n'a pas de secteur « %(sector)s » ; elle a : %(known)s.")
    return text % {"sector": slug[:60], "known": known}


def _choose(
    admin: Any, request: HttpRequest, sites: Sequence[Site], allowed: Sequence[int], problem: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    every = Site.objects.filter(pk__in=allowed).select_related("organization").order_by("business_name", "pk")
    there = set(
        Workflow.objects.filter(site__in=sites, sector__in=list(sectors())).values_list("site_id", "sector").distinct()
    )
    context = _context(admin, request, sites) | {
        "title": _("Déployer un secteur"), "every": list(every[:OFFERED]), "problem": problem,
        "cards": [_card(slug, sites, there) for slug in sectors()],
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/deploy/choose.html", context, status=status)


def _card(slug: str, sites: Sequence[Site], there: set[tuple[int, str]]) -> dict[str, Any]:
    sources = library_sources(slug)
    counts = [(channel, sum(s.channel == channel for s in sources)) for channel in ("email", "sms", "whatsapp")]
    return {
        "sector": sector_of(slug), "counts": dict(counts), "lacks": len(_lacks(sites, slug)),
        "is_there": any((site.pk, slug) in there for site in sites),
        "is_own": any(site.sector == slug for site in sites),
    }  # fmt: skip


def _context(admin: Any, request: HttpRequest, sites: Sequence[Site]) -> dict[str, Any]:
    return {
        **admin.admin_site.each_context(request), "opts": admin.opts, "sites": sites,
        "ids": ",".join(str(site.pk) for site in sites),
    }  # fmt: skip


# --- seeing --------------------------------------------------------------------------------------------------


def _show(admin: Any, request: HttpRequest, sites: Sequence[Site], slug: str) -> HttpResponse:
    if not sites:
        return HttpResponseRedirect(reverse("admin:workflows_workflow_deploy"))
    found = foresee(sites, slug, timezone.now())
    here = reverse("admin:workflows_workflow_deploy")
    context = _context(admin, request, sites) | {
        "title": _("Déployer « %(sector)s »") % {"sector": found.sector.name}, "found": found,
        "changes": [_drawn(change) for change in found.changes], "lacks": _lacks(sites, slug),
        "texts": [{"text": text, "tag": TAGS[text.fate]} for text in found.changed_texts],
        "back": f"{here}?{urlencode({'site': ','.join(str(s.pk) for s in sites)})}",
        "frame": reverse("admin:workflows_workflow_deploy_frame"), "reader": SAMPLE_CONTACT,
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/deploy/sector.html", context)


def _drawn(change: Any) -> dict[str, Any]:
    lines = [{"tag": CHANGE_TAGS[line.kind], "kind": line.kind, "text": line.text} for line in change.differences]
    return {"change": change, "tag": TAGS[change.fate], "lines": lines}


def _lacks(sites: Sequence[Site], slug: str) -> list[dict[str, Any]]:
    """Return what is missing, once each, with the way to where it is set."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for site in sites:
        for lack in missing(site, slug):
            names = SETTINGS.get(lack.code, ())
            # What is the house's to set lacks once; what a site has not told lacks once a site.
            key = (lack.code, "" if names else str(site.pk))
            found.setdefault(key, {
                "text": lack.message, "site": site if len(sites) > 1 and not names else None, "settings": names,
                "url": "" if names else _form(site, lack),
            })  # fmt: skip
    return list(found.values())


def _form(site: Site, lack: Missing) -> str:
    """Return the address of the field of the site's form in which it is set."""
    name = lack.code if lack.code in OWN_FIELDS else SITE_FIELDS.get(lack.code, "details")
    return f"{reverse('admin:accounts_site_change', args=[site.pk])}#id_{name}"


def frame_page(admin: Any, request: HttpRequest, allowed: Sequence[int]) -> HttpResponse:
    """Return one email of the library as it would read for a site's contact (`site`, `modele`), isolated."""
    if not admin.may_act(request):
        raise PermissionDenied
    sites, is_wrong = _sites(request.GET.get("site", ""), allowed)
    source = library_source(request.GET.get("modele", "")[:120], "email")
    if is_wrong or not sites or source is None:
        raise Http404
    site = sites[0]
    own = Template.objects.filter(organization_id=site.organization_id, name=source.name, channel="email").first()
    try:
        return isolated(render(text_of(source, own).source, variables_of(site, timezone.now())).html)
    except TemplateError as error:
        raise Http404(str(error)) from None


# --- doing ---------------------------------------------------------------------------------------------------


def _deploy(request: HttpRequest, sites: Sequence[Site], slug: str) -> HttpResponse:
    here = reverse("admin:workflows_workflow_deploy")
    query = urlencode({"site": ",".join(str(site.pk) for site in sites), "secteur": slug})
    if not sites:
        messages.error(request, _("Choisissez un site de vos organisations."))
        return HttpResponseRedirect(here)
    for site in sites:
        try:
            done = deploy(site, slug, now=timezone.now(), by=request.user.get_username())
        except UnknownSectorError:
            messages.error(request, unknown(slug))
            return HttpResponseRedirect(f"{here}?site={','.join(str(site.pk) for site in sites)}")
        _say(request, site, slug, done)
    return HttpResponseRedirect(f"{reverse('admin:workflows_workflow_deployed')}?{query}")


def _say(request: HttpRequest, site: Site, slug: str, done: Deployment) -> None:
    name = sector_of(slug).name
    if done.created or done.updated:
        text = _(
            "%(site)s : « %(sector)s » est déployé "
            "(%(created)d créés, %(updated)d mis à jour, %(unchanged)d inchangés)."
        )
    else:
        text = _("%(site)s : « %(sector)s » était déjà déployé, aucun workflow n'a changé.")
    said = {"site": site, "sector": name, "created": done.created, "updated": done.updated,
            "unchanged": done.unchanged}  # fmt: skip
    messages.success(request, text % said)
    logged = _("Secteur « %(sector)s » déployé.") % {"sector": name}
    LogEntry.objects.log_actions(int(request.user.pk or 0), [site], CHANGE, change_message=logged)


def deployed_page(admin: Any, request: HttpRequest, allowed: Sequence[int]) -> HttpResponse:
    """Show what is deployed and what to do next: try it, send a first event, see to what is missing."""
    if not admin.may_act(request):
        raise PermissionDenied
    sites, is_wrong = _sites(request.GET.get("site", ""), allowed)
    slug = request.GET.get("secteur", "")
    if is_wrong or not sites or slug not in sectors():
        raise Http404
    slugs = [item.slug for item in sector_of(slug).workflows]
    rows = Workflow.objects.filter(site__in=sites, slug__in=slugs, version__isnull=False).select_related(
        "site", "version"
    )
    context = _context(admin, request, sites) | {
        "title": _("« %(sector)s » est déployé") % {"sector": sector_of(slug).name}, "lacks": _lacks(sites, slug),
        "items": [_next(request, row) for row in rows.order_by("site__business_name", "site_id", "pk")],
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/deploy/done.html", context)


def _next(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    assert workflow.version_id is not None
    definition = definition_of(workflow.version_id)
    sample = sample_event(definition, timezone.now())
    executions = reverse("admin:workflows_execution_changelist")
    return {
        "workflow": workflow, "event": sample, "curl": _curl(request, workflow.site, sample) if sample else "",
        "executions": f"{executions}?workflow={workflow.pk}",
    }  # fmt: skip


def _curl(request: HttpRequest, site: Site, sample: Any) -> str:
    """Return a command that reports a first event."""
    body = {
        "evenement": sample.name,
        "contactData": {"nom": SAMPLE_CONTACT.name, "telephone": "06 12 34 56 78", "email": SAMPLE_CONTACT.email},
        "donnees": dict(sample.data), "siteId": site.slug,
    }  # fmt: skip
    return (
        f"curl -X POST {request.build_absolute_uri('/api/events')} \\\n"
        "  -H 'Authorization: Bearer ber_sk_…' -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body, ensure_ascii=False, indent=2)}'"
    )
