"""Contacts, with all that concerns them, and events."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import Site
from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, ScopedFilter, badge, by_number, link
from berinia.formats import phone
from crm import emails, phones
from crm.admin.consent import RECORD, consents_of, download, lines
from crm.admin.histories import QUALITY_TAGS
from crm.admin.overview import CONSENTS, FORM, SHOWN, overview
from crm.admin.writing import ON_CONTACTS
from crm.consent import proof
from crm.models import Contact, Event
from crm.search import contact_ids, find_contacts

TABS = ((SHOWN, _("Vue d'ensemble")), (CONSENTS, _("Consentement et preuves")), (FORM, _("Fiche")))
SEARCH_HELP = _("Email, téléphone, numéro, ou début d'un nom récent")


def own_sites(request: HttpRequest) -> QuerySet[Site]:
    """Return the sites that the person may see."""
    return Site.objects.filter(pk__in=sites_of(request.user)).order_by("business_name")


class SiteFilter(ScopedFilter):
    """Rows of one site."""

    title, parameter_name, field, choices_of = _("site"), "site", "site_id", own_sites


class ContactForm(ModelForm):
    """A contact by hand: email and phone in the form that is stored, and not twice."""

    class Meta:
        model = Contact
        fields = ("site", "name", "email", "phone", "timezone", "tags", "fields")

    def clean_email(self) -> str | None:
        """Return the address as it is stored."""
        text = self.cleaned_data["email"]
        try:
            return emails.normalize(text) if text else None
        except emails.InvalidEmailError as error:
            raise ValidationError(str(error)) from None

    def clean_phone(self) -> str | None:
        """Return the number in E.164 form."""
        text = self.cleaned_data["phone"]
        try:
            return phones.normalize(text) if text else None
        except phones.InvalidPhoneError as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """Ask for at least one address."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not (cleaned.get("email") or cleaned.get("phone")):
            raise ValidationError(_("Indiquez un email ou un téléphone : le contact doit être joignable."))
        return cleaned


@admin.register(Contact)
class ContactAdmin(Acts, Tenancy, Page):
    """People, with what they agreed to, their events, messages and executions."""

    form = ContactForm
    change_form_template = "admin/crm/person.html"
    site_path = "site_id"
    changed_by = WRITERS
    list_display = (
        "__str__", "email", "show_phone", "show_quality", "show_stage", "show_opt_out", "show_activity", "site",
        "created_at",
    )  # fmt: skip
    list_filter = (SiteFilter,)
    list_select_related = ("site", "lead")
    search_fields = ("email",)
    search_help_text = SEARCH_HELP
    autocomplete_fields = ("site",)
    readonly_fields = ("opted_out_at", "created_at", "updated_at")
    fields = (*ContactForm.Meta.fields, "opted_out_at", "created_at", "updated_at")
    acts: ClassVar[Sequence[Act]] = (*ON_CONTACTS, RECORD)
    actions: ClassVar[Sequence[str]] = ("export_proofs",)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by email, phone, number, or how a first or last name begins."""
        return find_contacts(term, queryset, sites_of(request.user))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Add when something last happened to each, by index."""
        latest = Event.objects.filter(contact=OuterRef("pk")).order_by("-pk").values("occurred_at")[:1]
        return super().get_queryset(request).annotate(active_at=Subquery(latest))

    @display(description=_("téléphone"))
    def show_phone(self, contact: Contact) -> str:
        """Show the number as people dial it."""
        return phone(contact.phone)

    @display(description=_("qualité"))
    def show_quality(self, contact: Contact) -> str | SafeString:
        """Show how near to buying it is, where it is a lead."""
        lead = getattr(contact, "lead", None)
        return badge(QUALITY_TAGS.get(lead.quality, ""), lead.get_quality_display()) if lead and lead.quality else "—"

    @display(description=_("étape"))
    def show_stage(self, contact: Contact) -> str:
        """Show where the sale stands, where there is one."""
        lead = getattr(contact, "lead", None)
        return str(lead.get_stage_display()) if lead else "—"

    @display(description=_("dernière activité"))
    def show_activity(self, contact: Any) -> Any:
        """Show when something last happened to it."""
        return contact.active_at

    @display(description=_("écrire ?"))
    def show_opt_out(self, contact: Contact) -> SafeString:
        """Show whether the contact may be written to."""
        return badge("warning", _("désinscrit")) if contact.opted_out_at else badge("success", _("oui"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A contact does not move to another site: its history would not follow."""
        return self.readonly_fields if obj is None else ("site", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Take the organization from the site."""
        obj.organization_id, obj.updated_at = obj.site.organization_id, timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Contacts are not deleted here: what they were sent is the proof of what was done."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the download of the proof."""
        view = self.admin_site.admin_view(self.proof)
        return [path("<int:pk>/preuve/", view, name="crm_contact_proof"), *super().get_urls()]

    def proof(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return what a contact agreed to, with the proof of it, as a file."""
        contact = get_object_or_404(self.get_queryset(request).select_related("organization", "site"), pk=pk)
        return download(f"preuve-consentement-{contact.pk}.json", proof(contact))

    @action(description=_("Exporter les preuves de consentement"))
    def export_proofs(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        """Return the proofs of the selected contacts, a line of JSON for each."""
        return lines(self, request, "preuves-consentement.jsonl", queryset, proof)

    def buttons(self, request: HttpRequest, contact: Contact) -> list[Mapping[str, Any]]:
        """Return the downloads that a contact's page offers."""
        return [file_button(_("Exporter la preuve"), reverse("admin:crm_contact_proof", args=[contact.pk]))]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the person; what was agreed to and the form are behind tabs."""
        if contact := kwargs.get("obj"):
            tab = FORM if request.method == "POST" else request.GET.get("onglet", SHOWN)
            context |= {"tab": tab, "tabs": TABS}
            if tab == CONSENTS:
                context["tables"] = consents_of(contact)
            elif tab != FORM:
                context |= overview(request, contact, timezone.now())
            context["actions_detail"] = [*context.get("actions_detail", []), *self.buttons(request, contact)]
        return super().render_change_form(request, context, **kwargs)


def file_button(title: Any, url: str) -> Mapping[str, Any]:
    """Return a button that leads to a file."""
    return {"title": title, "icon": "download", "variant": ActionVariant.DEFAULT, "attrs": {}, "path": url}


@admin.register(Event)
class EventAdmin(ReadOnly, Tenancy, Page):
    """What sites reported."""

    site_path = "site_id"
    list_display = ("id", "name", "show_contact", "site", "occurred_at", "show_state")
    list_display_links = ("id", "name")
    list_filter = (SiteFilter,)
    list_select_related = ("site", "contact")
    search_fields = ("id",)
    search_help_text = _("Numéro de l'événement, ou email ou téléphone du contact")
    fields = (
        "name", "show_contact", "site", "show_data", "occurred_at", "received_at", "routed_at", "idempotency_key",
        "error",
    )  # fmt: skip
    readonly_fields = fields

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    @display(description=_("contact"))
    def show_contact(self, event: Event) -> SafeString:
        """Show who it concerns."""
        return link(reverse("admin:crm_contact_change", args=[event.contact_id]), event.contact)

    @display(description=_("état"))
    def show_state(self, event: Event) -> SafeString:
        """Show whether the workflows have heard of it."""
        if event.error:
            return badge("danger", _("en erreur"))
        return badge("", _("traité")) if event.routed_at else badge("info", _("à traiter"))

    @display(description=_("données"))
    def show_data(self, event: Event) -> SafeString:
        """Show the data as they came."""
        return format_html("<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False))
