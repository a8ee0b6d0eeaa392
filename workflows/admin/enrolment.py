"""Enrolments: who is being put into which workflow, how far it has come; and a page that begins one."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.tenancy import Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, link
from crm.admin import SiteFilter
from crm.models import Segment
from workflows import enrol
from workflows.admin.execution import WorkflowFilter
from workflows.audience import Audience, AudienceError, check_condition, size_of
from workflows.models import Enrolment, Workflow, WorkflowStatus
from workflows.rate import MOST_PER_MINUTE

TAGS = {"en_cours": "info", "en_pause": "warning", "terminee": "success", "arretee": ""}


def _act(run: Callable[..., int]) -> Callable[[Sequence[int], Any, Any], int]:
    return lambda ids, now, person: run(ids, actor=str(person), now=now)


ACTS = (
    Act(
        "pause", _("Mettre en pause"), _("plus personne n'entre jusqu'à la reprise."), _act(enrol.pause),
        icon="pause", values=frozenset({"en_cours"}),
    ),
    Act(
        "reprise", _("Reprendre"), _("les contacts suivants entrent, au même rythme."), _act(enrol.resume),
        icon="play_arrow", values=frozenset({"en_pause"}),
    ),
    Act(
        "arret", _("Arrêter"),
        _("plus personne n'entre ; qui est entré continue son parcours. Cela ne se défait pas."), _act(enrol.stop),
        icon="stop", is_dangerous=True, values=frozenset({"en_cours", "en_pause"}),
    ),
)  # fmt: skip


class EnrolForm(forms.Form):
    """Which workflow, for whom, how fast."""

    workflow = forms.ModelChoiceField(
        Workflow.objects.none(), label=_("Workflow"), widget=UnfoldAdminSelectWidget, empty_label=_("Choisir…")
    )
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("Segment"), widget=UnfoldAdminSelectWidget, required=False,
        empty_label=_("aucun"),
    )  # fmt: skip
    condition = forms.CharField(
        label=_("Condition sur le contact"), max_length=1000, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("Par exemple 'client' in contact.etiquettes ; avec un segment, les deux doivent être vrais."),
    )  # fmt: skip
    per_minute = forms.IntegerField(
        label=_("Contacts par minute"), min_value=1, max_value=MOST_PER_MINUTE, initial=60,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip

    def __init__(self, site_ids: Sequence[int], *args: Any, **kwargs: Any) -> None:
        """Offer, and accept, what belongs to these sites."""
        super().__init__(*args, **kwargs)
        workflows = Workflow.objects.filter(site_id__in=site_ids, version__isnull=False).select_related("site")
        fields: dict[str, Any] = self.fields
        fields["workflow"].queryset = workflows.exclude(status=WorkflowStatus.STOPPED).order_by("site", "name")
        fields["segment"].queryset = Segment.objects.filter(site_id__in=site_ids).order_by("site", "name")
        for name in ("workflow", "segment"):
            fields[name].label_from_instance = lambda row: f"{row.name} — {row.site.business_name}"

    def clean_condition(self) -> str:
        """Check the condition where it is written."""
        condition = str(self.cleaned_data["condition"]).strip()
        try:
            check_condition(condition)
        except AudienceError as error:
            raise forms.ValidationError(str(error)) from None
        return condition

    def clean(self) -> dict[str, Any]:
        """Ask for an audience of the workflow's own site."""
        cleaned: dict[str, Any] = super().clean() or {}
        workflow, segment = cleaned.get("workflow"), cleaned.get("segment")
        if not self.errors and not (segment or cleaned.get("condition")):
            raise forms.ValidationError(_("Dites qui inscrire : un segment, une condition, ou les deux."))
        if workflow and segment and workflow.site_id != segment.site_id:
            self.add_error("segment", _("Ce segment est d'un autre site que le workflow."))
        return cleaned

    @property
    def audience(self) -> Audience:
        """Whom a checked form means."""
        segment = self.cleaned_data["segment"]
        return Audience(
            self.cleaned_data["workflow"].site_id, None, segment.pk if segment else None, self.cleaned_data["condition"]
        )


@admin.register(Enrolment)
class EnrolmentAdmin(Acts, ReadOnly, Tenancy, Page):
    """Audiences on their way into a workflow."""

    site_path = "site_id"
    list_display = (
        "id",
        "workflow",
        "show_audience",
        "show_status",
        "entered",
        "per_minute",
        "created_by",
        "created_at",
    )
    list_display_links = ("id",)
    list_filter = ("status", WorkflowFilter, SiteFilter)
    list_select_related = ("workflow", "segment", "site")
    search_fields = ("id",)
    search_help_text = _("Numéro de l'inscription")
    fields = (
        ("show_workflow", "show_status", "site"), ("show_audience", "event", "per_minute"),
        ("entered", "show_remaining", "next_at"), ("created_by", "created_at", "ended_at"),
    )  # fmt: skip
    readonly_fields = tuple(name for line in fields for name in line)
    acts = ACTS
    change_list_template = "admin/workflows/enrolment/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that begins an enrolment."""
        view = self.admin_site.admin_view(self.begin)
        return [path("inscrire/", view, name="workflows_enrolment_begin"), *super().get_urls()]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """GET asks for whom; a first POST says how many that is; a second one, with its key, does it."""
        if not self.may_act(request):
            raise PermissionDenied
        sites = sites_of(request.user, self.changed_by)
        given = request.POST if request.method == "POST" else None
        chosen = {name: request.GET[name] for name in ("workflow", "segment") if name in request.GET}
        form = EnrolForm(sites, given, initial=chosen)
        context = {
            **self.admin_site.each_context(request), "title": _("Inscrire un segment"), "opts": self.opts,
            "form": form, "key": str(uuid4()), "count": None,
        }  # fmt: skip
        if given is not None and form.is_valid():
            now = timezone.now()
            if key := given.get("key"):
                return self._begun(request, form, key, now)
            context["count"], context["is_exact"] = size_of(form.audience, now)
        return TemplateResponse(request, "admin/workflows/enrolment/begin.html", context)

    def _begun(self, request: HttpRequest, form: EnrolForm, key: str, now: Any) -> HttpResponse:
        entry = enrol.Entry(per_minute=form.cleaned_data["per_minute"])
        workflow, actor = form.cleaned_data["workflow"], str(request.user)
        try:
            made = enrol.enrol(workflow, form.audience, entry, actor=actor, now=now, key=f"admin/{key[:40]}")
        except AudienceError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)
        messages.success(request, _("L'inscription a commencé : les contacts entrent au rythme demandé."))
        return HttpResponseRedirect(reverse("admin:workflows_enrolment_change", args=[made.pk]))

    @display(description=_("statut"))
    def show_status(self, enrolment: Enrolment) -> SafeString:
        """Show where it stands."""
        return badge(TAGS.get(enrolment.status, ""), enrolment.get_status_display())

    @display(description=_("pour qui"))
    def show_audience(self, enrolment: Enrolment) -> str:
        """Show whom it is for."""
        parts = []
        if enrolment.contact_ids is not None:
            parts.append(str(_("une liste de %(n)d contacts") % {"n": len(enrolment.contact_ids)}))
        if enrolment.segment:
            parts.append(str(_("segment « %(name)s »") % {"name": enrolment.segment.name}))
        return " ; ".join([*parts, *([enrolment.condition] if enrolment.condition else [])]) or "—"

    @display(description=_("restants"))
    def show_remaining(self, enrolment: Enrolment) -> str:
        """Show how many are still to enter."""
        number, is_exact = enrol.remaining(enrolment, timezone.now())
        return str(number) if is_exact else str(_("au moins %(n)d") % {"n": number})

    @display(description=_("workflow"))
    def show_workflow(self, enrolment: Enrolment) -> SafeString:
        """Lead to the workflow."""
        return link(reverse("admin:workflows_workflow_change", args=[enrolment.workflow_id]), enrolment.workflow)
