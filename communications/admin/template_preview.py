"""A template as its reader gets it: the saved text, the text as it is being typed, and a trial of it for real."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organization, Site
from accounts.tenancy import WORKERS, organizations_of
from communications.admin.frame import POLICY, isolated
from communications.compose import source_of
from communications.models import Template
from communications.models.message import Channel
from communications.preview import Written
from communications.reader import Reader, find_reader
from communications.rendering import TemplateError, check
from communications.trial import TrialError, send_trial

NO_SITE = "Cette organisation n'a pas encore de site : créez-en un pour voir ses messages."
WORDS = ("subject", "preheader", "body", "format", "content_sid")
SHORT = 100  # of what is typed into the search


def page(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show a message beside the choice of its reader, with what it costs and a way to try it."""
    template = admin.own(request, pk)
    sites = list(Site.objects.filter(organization=template.organization).order_by("business_name")[:200])
    reader = _reader(template.organization_id, request.GET)
    written = reader.written(template, timezone.now()) if reader else Written(None, error=NO_SITE)
    context = {
        **admin.admin_site.each_context(request), "title": _("Aperçu"), "subtitle": template.name, "opts": admin.opts,
        "media": admin.media, "template": template, "sites": sites, "reader": reader, "written": written,
        "chosen": request.GET.urlencode(), "term": request.GET.get("contact", ""),
        "may_try": admin.has_change_permission(request, template),
    }  # fmt: skip
    return TemplateResponse(request, "admin/communications/template/preview.html", context)


def frame(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Return the message alone, isolated; a text that is wrong says so."""
    template = admin.own(request, pk)
    reader = _reader(template.organization_id, request.GET)
    written = reader.written(template, timezone.now()) if reader else Written(None, error=NO_SITE)
    if written.rendered and written.rendered.html:
        return isolated(written.rendered.html)
    return isolated(_bubble(template, written))


# --- as it is being typed ----------------------------------------------------------------------------------


def live(template: Template | None) -> dict[str, Any]:
    """Return what the form needs to show a preview beside itself."""
    if template is None:
        return {"url": reverse("admin:communications_template_new_draft")}
    sites = Site.objects.filter(organization_id=template.organization_id).order_by("business_name")[:200]
    url = reverse("admin:communications_template_draft", args=[template.pk])
    return {"url": url, "sites": list(sites), "is_text": template.channel != "email"}


def draft(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Return a text as it is typed, written out and isolated, with what it costs and its first mistake."""
    template = admin.own(request, pk)
    if not admin.has_change_permission(request, template):
        raise PermissionDenied
    return _drafted(template, request.POST)


def new_draft(admin: Any, request: HttpRequest) -> HttpResponse:
    """Return a text that is not saved yet, as it is typed."""
    if not admin.has_add_permission(request):
        raise PermissionDenied
    allowed = organizations_of(request.user, WORKERS)
    rows = Organization.objects.all() if allowed is None else Organization.objects.filter(pk__in=allowed)
    organization = rows.filter(pk=_number(request.POST.get("organization", "")) or 0).first()
    channel = request.POST.get("channel", "")
    if organization is None or channel not in Channel.values:
        return isolated(_page(Template(channel="sms"), Written(None), _("Choisissez l'organisation et le canal.")))
    template = Template(organization=organization, channel=channel, name=request.POST.get("name", "")[:120])
    return _drafted(template, request.POST)


def _drafted(template: Template, typed: QueryDict) -> HttpResponse:
    mistake = _fill(template, typed)
    reader = _reader(template.organization_id, typed, prefix="apercu_")
    written = reader.written(template, timezone.now()) if reader else Written(None, error=NO_SITE)
    problem = reader.problem if reader else ""
    return isolated(_page(template, written, mistake or written.error or problem))


def _fill(template: Template, typed: QueryDict) -> str:
    """Put what is typed into a template that is not saved; return the first mistake, in French."""
    for name in WORDS:
        if name in typed:
            setattr(template, name, str(typed[name]).replace("\r\n", "\n"))
    template.category = typed.get("category", template.category)
    if template.channel == "sms":
        template.transliterates = "transliterates" in typed
    try:
        if typed.get("content_variables", "").strip():
            template.content_variables = json.loads(str(typed["content_variables"]))
        check(source_of(template))
    except json.JSONDecodeError:
        return _("Les variables du modèle WhatsApp ne sont pas du JSON.")
    except TemplateError as error:
        return str(error)
    return ""


def _page(template: Template, written: Written, mistake: str) -> str:
    """Return a page that also stands in an `<iframe srcdoc>`: it brings its own policy."""
    context = {"template": template, "written": written, "mistake": mistake, "policy": POLICY.removeprefix("sandbox; ")}
    head = render_to_string("admin/communications/template/draft.html", context)
    if written.rendered and written.rendered.html:
        return head + written.rendered.html
    return head + _bubble(template, written if written.rendered else Written(None))


def _bubble(template: Template, written: Written) -> str:
    return render_to_string("admin/communications/template/sms.html", {"template": template, "written": written})


# --- the trial -----------------------------------------------------------------------------------------------


def trial(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Send what the preview shows to the person who asks, and say what the provider answered."""
    template = admin.own(request, pk)
    if not admin.has_change_permission(request, template):
        raise PermissionDenied
    chosen = QueryDict(request.POST.get("chosen", ""))
    reader = _reader(template.organization_id, chosen)
    try:
        if reader is None:
            raise TrialError(NO_SITE)
        done = send_trial(template, reader, request.POST.get("phone", ""), request.user, timezone.now())  # type: ignore[arg-type]
    except TrialError as error:
        messages.error(request, str(error))
    else:
        if done.is_sandbox:
            text = _("Aucun fournisseur n'est réglé : l'essai est resté dans le bac à sable, rien n'est parti.")
            messages.warning(request, text)
        else:
            text = _("Essai envoyé à %(to)s ; réponse de %(provider)s : %(receipt)s.")
            said = {"to": done.to, "provider": done.provider, "receipt": done.receipt}
            messages.success(request, text % said)
    back = reverse("admin:communications_template_page", args=[pk])
    return HttpResponseRedirect(f"{back}?{chosen.urlencode()}")


def _reader(organization_id: int, chosen: QueryDict, prefix: str = "") -> Reader | None:
    site, event = (_number(chosen.get(f"{prefix}{name}", "")) for name in ("site", "evenement"))
    return find_reader(organization_id, site, chosen.get(f"{prefix}contact", "").strip()[:SHORT], event)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
