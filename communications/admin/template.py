"""The texts of messages: edited, checked, and seen as a site's contact would."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from accounts.tenancy import Tenancy
from berinia.admin.base import Page, by_number, link
from communications.admin.frame import isolated
from communications.compose import preview, source_of
from communications.models import Template
from communications.rendering import Rendered, TemplateError, check
from communications.sms import segments, transliterate

FIELDS = ("subject", "preheader", "body")


class TemplateForm(ModelForm):
    """A text that could fail for some contact is refused here, beside the field that is wrong."""

    class Meta:
        model = Template
        fields = ("organization", "name", "channel", "category", *FIELDS)

    def clean(self) -> dict[str, Any]:
        """Check that the text can be written out for everybody."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        draft = Template(
            name=self._value("name"), channel=self._value("channel"), **{name: cleaned.get(name, "") for name in FIELDS}
        )
        try:
            check(source_of(draft))
        except TemplateError as error:
            self.add_error(error.field if error.field in FIELDS else "body", str(error))
        return cleaned

    def _value(self, name: str) -> str:
        """Return a field that may be read-only, and then is not among the cleaned data."""
        return str(self.cleaned_data.get(name) or getattr(self.instance, name))


@admin.register(Template)
class TemplateAdmin(Tenancy, Page):
    """Each organization's own texts."""

    form = TemplateForm
    list_display = ("name", "channel", "category", "organization", "show_preview", "updated_at")
    list_filter = ("channel", "category")
    list_select_related = ("organization",)
    search_fields = ("name",)
    search_help_text = _("Nom, ou secteur")
    ordering = ("name", "channel")
    autocomplete_fields = ("organization",)
    readonly_fields = ("updated_at", "show_preview")
    change_form_outer_after_template = "admin/communications/template/beside.html"

    def find(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        """Search by a part of the name."""
        return queryset.filter(name__icontains=term) | by_number(queryset, term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Workflows know a text by its name and channel: those stay."""
        return self.readonly_fields if obj is None else ("organization", "name", "channel", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Write down when it was changed."""
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """Add the preview, and the frame inside it."""
        page, frame = self.admin_site.admin_view(self.preview), self.admin_site.admin_view(self.frame)
        return [
            path("<int:pk>/apercu/", page, name="communications_template_page"),
            path("<int:pk>/preview/", frame, name="communications_template_preview"),
            *super().get_urls(),
        ]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the message beside the choice of a site, with what it costs when it is an SMS."""
        template = self._own(request, pk)
        sites = list(Site.objects.filter(organization=template.organization).order_by("business_name")[:200])
        site = self._site(request, template)
        rendered, error = _rendered(template, site)
        text = transliterate(rendered.text) if rendered and template.channel == "sms" else ""
        context = {
            **self.admin_site.each_context(request), "title": _("Aperçu"), "subtitle": template.name, "opts": self.opts,
            "template": template, "sites": sites, "site": site, "rendered": rendered, "error": error, "sms": text,
            "segments": segments(text) if text else None,
            "edit": reverse("admin:communications_template_change", args=[pk]),
        }  # fmt: skip
        return TemplateResponse(request, "admin/communications/template/preview.html", context)

    def frame(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the message of a site, isolated; a text that is wrong says so."""
        template = self._own(request, pk)
        rendered, error = _rendered(template, self._site(request, template))
        if rendered is None:
            return isolated(format_html("<p>{}</p>", error))
        if rendered.html:
            return isolated(rendered.html)
        text = transliterate(rendered.text)
        context = {"sms": text, "segments": segments(text)}
        return isolated(render_to_string("admin/communications/template/sms.html", context))

    def _own(self, request: HttpRequest, pk: int) -> Template:
        template: Template | None = self.get_queryset(request).select_related("organization").filter(pk=pk).first()
        if template is None:
            raise Http404
        return template

    def _site(self, request: HttpRequest, template: Template) -> Site | None:
        """Return the chosen site of the template's organization, else its first."""
        sites, chosen = Site.objects.filter(organization=template.organization), request.GET.get("site", "")
        if chosen.isdecimal() and len(chosen) < 19:
            return sites.filter(pk=int(chosen)).first()
        return sites.order_by("business_name").first()

    @admin.display(description=_("aperçu"))
    def show_preview(self, template: Template) -> str | SafeString:
        """Lead to the preview."""
        if template.pk is None:
            return "—"
        return link(reverse("admin:communications_template_page", args=[template.pk]), _("Voir"))


def _rendered(template: Template, site: Site | None) -> tuple[Rendered | None, str]:
    """Return the message as a sample contact of the site would read it, or what is wrong."""
    if site is None:
        return None, str(_("Cette organisation n'a pas encore de site : créez-en un pour voir ses messages."))
    try:
        return preview(template, site, timezone.now()), ""
    except TemplateError as error:
        return None, str(error)
