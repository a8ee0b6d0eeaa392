"""The texts of messages: edited with a live preview, checked, versioned."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.enums import ActionVariant

from accounts.tenancy import Tenancy
from berinia.admin.base import Page, badge, by_number, link
from communications.admin import template_preview, template_versions
from communications.compose import source_of
from communications.models import Template
from communications.rendering import TemplateError, check
from communications.templates import TEXT, StaleError, refuse_stale, save_version, standing_of

# What of a text its channel has.
FIELDS = {
    "email": ("subject", "preheader", "format", "body"), "sms": ("transliterates", "body"),
    "whatsapp": ("body", "content_sid", "content_variables"),
}  # fmt: skip
EVERY = ("subject", "preheader", "format", "transliterates", "body", "content_sid", "content_variables")


class TemplateForm(ModelForm):
    """A text that could fail for some contact is refused here, beside the field that is wrong."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Template
        fields = ("organization", "name", "channel", "category", *EVERY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seen" in self.fields:
            self.fields["seen"].initial = self.instance.version

    def clean_content_variables(self) -> dict[str, str]:
        """Take an empty field for no variables."""
        return self.cleaned_data.get("content_variables") or {}

    def clean(self) -> dict[str, Any]:
        """Check that nobody was faster, and that the text can be written out for everybody."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        texts = {name: cleaned.get(name, getattr(self.instance, name)) for name in TEXT}
        draft = Template(**{name: self._value(name) for name in ("name", "channel", "category")}, **texts)
        try:
            self._refuse_stale()
            check(source_of(draft))
        except TemplateError as error:
            self.add_error(error.field if error.field in self.fields else "body", str(error))
        except StaleError as error:
            self.add_error(None, str(error))
        return cleaned

    def _refuse_stale(self) -> None:
        """Lock the row, so that what is seen here holds until the text is saved."""
        seen = self.cleaned_data.get("seen")
        if self.instance.pk and seen is not None:
            refuse_stale(Template.objects.select_for_update().get(pk=self.instance.pk), seen)

    def _value(self, name: str) -> str:
        """Return a field that may be read-only, and then is not among the cleaned data."""
        return str(self.cleaned_data.get(name) or getattr(self.instance, name))


@admin.register(Template)
class TemplateAdmin(Tenancy, Page):
    """Each organization's own texts."""

    form = TemplateForm
    list_display = ("name", "channel", "category", "show_standing", "organization", "show_preview", "updated_at")
    list_filter = ("channel", "category")
    list_select_related = ("organization",)
    search_fields = ("name",)
    search_help_text = _("Nom, ou secteur")
    ordering = ("name", "channel")
    autocomplete_fields = ("organization",)
    readonly_fields = ("updated_at", "show_standing")
    change_form_outer_after_template = "admin/communications/template/beside.html"

    class Media:
        js = ("berinia/template.js",)

    def find(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        """Search by a part of the name."""
        return queryset.filter(name__icontains=term) | by_number(queryset, term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what the channel has; a new text may be of any."""
        texts = EVERY if obj is None else FIELDS.get(obj.channel, EVERY)
        shown = () if obj is None else ("show_standing", "updated_at", "seen")
        return ("organization", "name", "channel", "category", *texts, *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Workflows know a text by its name and channel: those stay."""
        return self.readonly_fields if obj is None else ("organization", "name", "channel", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Write a version when the text has changed."""
        save_version(obj, request.user.get_username(), timezone.now(), seen=form.cleaned_data.get("seen"))

    def get_urls(self) -> list[URLPattern]:
        """Add the preview and the frames inside it, the trial, and the versions."""
        pages = (
            self._page("<int:pk>/apercu/", template_preview.page, "page"),
            self._page("<int:pk>/preview/", template_preview.frame, "preview"),
            self._page("<int:pk>/brouillon/", template_preview.draft, "draft", is_post=True),
            self._page("brouillon/", template_preview.new_draft, "new_draft", is_post=True),
            self._page("<int:pk>/essai/", template_preview.trial, "trial", is_post=True),
            self._page("<int:pk>/versions/", template_versions.page, "versions"),
        )
        return [*pages, *super().get_urls()]

    def _page(self, address: str, view: Any, name: str, *, is_post: bool = False) -> URLPattern:
        def called(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = view(self, request, **kwargs)
            return answer

        guarded = self.admin_site.admin_view(require_POST(called) if is_post else called)
        return path(address, guarded, name=f"communications_template_{name}")

    def own(self, request: HttpRequest, pk: int) -> Template:
        """Return one of the person's own templates. Raises Http404."""
        template: Template | None = self.get_queryset(request).select_related("organization").filter(pk=pk).first()
        if template is None:
            raise Http404
        return template

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Add the live preview below the form, and the ways to the preview and the versions."""
        template = kwargs.get("obj")
        if self.may(request, self.changed_by, template):
            context["live"] = template_preview.live(template)
        if template is not None:
            context["actions_detail"] = [*context.get("actions_detail", []), *_buttons(template)]
        return super().render_change_form(request, context, **kwargs)

    @admin.display(description=_("bibliothèque"))
    def show_standing(self, template: Template) -> str | SafeString:
        """Say whether the text is the library's, was edited, and whether the library has a newer one."""
        if template.pk is None:
            return "—"
        standing = standing_of(template)
        if standing.library is None:
            return badge("", _("texte propre"))
        said = badge("warning", _("modifié")) if standing.is_edited else badge("success", _("d'origine"))
        if not standing.is_behind:
            return said
        url = f"{_address('versions', template)}?version={template_versions.LIBRARY}"
        return format_html("{} {}", said, link(url, _("la bibliothèque a un nouveau texte")))

    @admin.display(description=_("aperçu"))
    def show_preview(self, template: Template) -> str | SafeString:
        """Lead to the preview."""
        return "—" if template.pk is None else link(_address("page", template), _("Voir"))


def _address(page: str, template: Template) -> str:
    return reverse(f"admin:communications_template_{page}", args=[template.pk])


def _buttons(template: Template) -> list[dict[str, Any]]:
    pages = (("page", _("Aperçu et essai"), "visibility"), ("versions", _("Versions"), "history"))
    return [
        {"title": title, "icon": icon, "variant": ActionVariant.DEFAULT, "attrs": {}, "path": _address(page, template)}
        for page, title, icon in pages
    ]
