"""Segments: saved conditions on contacts, checked when they are saved."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm, ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.tenancy import Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, badge, by_number, link
from crm.admin import SiteFilter
from crm.models import Segment, SegmentMember
from workflows import segments
from workflows.audience import AudienceError, check_condition
from workflows.triggers import SEGMENT_SLUG

COUNTED = 10_000  # members beyond this are not counted one by one


class SegmentForm(ModelForm):
    """A condition that could not be understood is refused here, beside its field."""

    class Meta:
        model = Segment
        fields = ("site", "slug", "name", "condition")

    def clean_slug(self) -> str:
        """Ask for what a trigger can name."""
        slug = str(self.cleaned_data["slug"])
        if not SEGMENT_SLUG.fullmatch(slug):
            raise ValidationError(
                _("Des minuscules sans accent, des chiffres, - et _ ; d'abord une lettre ou un chiffre.")
            )
        return slug

    def clean_condition(self) -> str:
        """Check the condition."""
        condition = str(self.cleaned_data["condition"]).strip()
        try:
            check_condition(condition)
        except AudienceError as error:
            raise ValidationError(str(error)) from None
        return condition


@admin.register(Segment)
class SegmentAdmin(Acts, Tenancy, Page):
    """Who is alike: for triggers (a contact enters) and for enrolments."""

    form = SegmentForm
    site_path = "site_id"
    list_display = ("name", "slug", "site", "show_members", "show_state", "refreshed_at", "show_enrol")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    search_fields = ("name",)
    search_help_text = _("Nom, identifiant ou numéro")
    autocomplete_fields = ("site",)
    readonly_fields = ("show_members", "show_state", "refreshed_at", "show_enrol")
    fields = (*SegmentForm.Meta.fields, *readonly_fields)
    acts = (
        Act(
            "actualiser", _("Actualiser"),
            _("tous les contacts sont relus dans la minute ; qui entre démarre ce qui attend."),
            lambda ids, now, person: segments.refresh_now(ids, actor=str(person), now=now), icon="refresh",
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by name or slug: a site has few segments."""
        named = queryset.filter(name__icontains=term) | queryset.filter(slug__icontains=term)
        return named | by_number(queryset, term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A segment keeps its site and its slug: triggers know it by them."""
        return self.readonly_fields if obj is None else ("site", "slug", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        """Store it by the act; the organization is the site's."""
        obj.organization_id = obj.site.organization_id
        segments.save(obj, actor=str(request.user), now=timezone.now())

    def get_deleted_objects(
        self, objs: Iterable[Segment], request: HttpRequest
    ) -> tuple[list[str], dict[str, str], set[str], list[str]]:
        """Say how many go with it: to list its members would read and write each of them."""
        rows = list(objs)
        members = {str(SegmentMember._meta.verbose_name_plural): ", ".join(self.show_members(row) for row in rows)}
        return [str(row) for row in rows], members, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Leave the audit log to the act, which comes after this: it would say it twice."""
        return ModelAdmin.log_deletions(self, request, queryset)

    def delete_model(self, request: HttpRequest, obj: Segment) -> None:
        """Delete it by the act, which stops what chooses by it."""
        segments.delete(obj, actor=str(request.user), now=timezone.now())

    @display(description=_("contacts"))
    def show_members(self, segment: Segment) -> str:
        """Show how many contacts meet its condition."""
        number = len(SegmentMember.objects.filter(segment=segment).values_list("pk", flat=True)[:COUNTED])
        return f"{number}+" if number == COUNTED else str(number)

    @display(description=_("état"))
    def show_state(self, segment: Segment) -> SafeString:
        """Show whether it is being gone through."""
        if segment.refreshed_at is None:
            return badge("info", _("en préparation"))
        return badge("info", _("actualisation")) if segment.pass_at else badge("success", _("à jour"))

    @display(description="")
    def show_enrol(self, segment: Segment) -> SafeString:
        """Lead to the page that enrols it."""
        return link(f"{reverse('admin:workflows_enrolment_begin')}?segment={segment.pk}", _("Inscrire ce segment"))
