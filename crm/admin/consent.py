"""What contacts agreed to: on a contact's page, in a list, by hand, and as proof."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.audit import record
from accounts.models import Site
from accounts.tenancy import Tenancy, sites_of
from berinia.admin.acts import Act
from berinia.admin.base import Page, ReadOnly, ScopedFilter, badge, link
from berinia.admin.tables import LATEST, Cell, Table
from crm.consent import FINALITES, FONDEMENTS, Statement, history, in_force, record_consents
from crm.models import Consent, Contact
from crm.models.consent import Basis, ConsentState, Purpose
from crm.search import contact_ids

CHANNELS = {"email": _("email"), "sms": _("SMS"), "whatsapp": _("WhatsApp")}
TAGS = {ConsentState.GRANTED.value: "success", ConsentState.REFUSED.value: "danger"}
# What may be asked of a contact: only emails are followed.
ASKED = (
    *((Purpose.MARKETING, channel) for channel in CHANNELS),
    (Purpose.TRACKING_OPENS, "email"), (Purpose.TRACKING_CLICKS, "email"),
)  # fmt: skip
MOST_EXPORTED = 500


class StatementForm(forms.Form):
    """A statement that was made to a person of the team."""

    finalite = forms.ChoiceField(label=_("Finalité"), choices=Purpose.choices)
    canal = forms.ChoiceField(label=_("Canal"), choices=list(CHANNELS.items()))
    choix = forms.ChoiceField(label=_("Choix"), choices=ConsentState.choices)
    fondement = forms.ChoiceField(label=_("Fondement"), choices=Basis.choices)
    texte = forms.CharField(
        label=_("Texte présenté"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ce qui a été lu ou montré à la personne, mot pour mot. Nécessaire quand elle accepte."),
    )  # fmt: skip
    origine = forms.CharField(label=_("Origine"), max_length=40, help_text=_("Par exemple : au téléphone, au salon."))
    date = forms.DateTimeField(
        label=_("Le"), required=False, help_text=_("Vide : maintenant."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def clean_date(self) -> datetime | None:
        """Refuse what has not happened yet."""
        at: datetime | None = self.cleaned_data["date"]
        if at is not None and at > timezone.now():
            raise forms.ValidationError(_("Cette date est dans l'avenir."))
        return at

    def clean(self) -> dict[str, Any]:
        """Ask for the text of what was accepted, and follow emails only."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("choix") == ConsentState.GRANTED and not cleaned.get("texte"):
            self.add_error("texte", _("Sans le texte, rien ne prouve ce qui a été accepté."))
        if cleaned.get("finalite") != Purpose.MARKETING and cleaned.get("canal") != "email":
            self.add_error("canal", _("Seuls les emails sont suivis."))
        return cleaned


def _record(ids: Sequence[int], now: datetime, person: Any, **said: Any) -> int:
    """Record what a contact told the team, and who says so."""
    contacts = list(Contact.objects.filter(pk__in=ids).order_by("pk"))
    record_consents(
        [
            Statement(
                c.organization_id, c.pk, said["finalite"], said["canal"], said["choix"], said["fondement"],
                said["texte"], source=said["origine"], recorded_by=str(person), at=said["date"],
            )
            for c in contacts
        ],
        now,
    )  # fmt: skip
    details = {
        "finalite": FINALITES[said["finalite"]], "canal": said["canal"],
        "accorde": said["choix"] == ConsentState.GRANTED, "fondement": FONDEMENTS[said["fondement"]],
    }  # fmt: skip
    for contact in contacts:
        record(
            str(person), "consentement.enregistrer", "contact", contact.pk, now=now,
            organization_id=contact.organization_id, details=details,
        )  # fmt: skip
    return len(contacts)


RECORD = Act(
    "consentement", _("Enregistrer un consentement"),
    _("ce que la personne vous a dit est ajouté à son historique et vaut dès maintenant. Cela ne se modifie pas."),
    _record, icon="fact_check", form=StatementForm, is_for_many=False,
)  # fmt: skip


def consents_of(contact: Contact) -> tuple[Table, Table]:
    """Return two tables: what holds for each purpose and channel, and everything that was said."""
    statements = history(contact)
    latest = {(s.purpose, s.channel): s for s in in_force(statements)}
    columns = (_("finalité"), _("canal"), _("choix"), _("depuis"), _("fondement"), _("origine"))
    holding = [_holding(purpose, channel, latest.get((purpose, channel))) for purpose, channel in ASKED]
    said = [_said(statement) for statement in statements[:LATEST]]
    more = f"{reverse('admin:crm_consent_changelist')}?q=%23{contact.pk}"
    return (
        Table(_("Consentements en vigueur"), columns, holding, ""),
        Table(
            _("Historique des consentements"),
            (_("le"), *columns[:3], *columns[4:], _("texte présenté"), _("enregistré par")),
            said, _("Rien n'a été dit : c'est non."), more if said else "",
        ),
    )  # fmt: skip


def _holding(purpose: Purpose, channel: str, statement: Consent | None) -> tuple[Cell, ...]:
    asked = (Cell(purpose.label), Cell(CHANNELS[channel]))
    if statement is None:
        return (*asked, Cell(_("inconnu, donc non"), tag=""), Cell(None), Cell(None), Cell(None))
    return (
        *asked, Cell(statement.get_state_display(), tag=TAGS[statement.state]), Cell(statement.at),
        Cell(statement.get_basis_display()), Cell(statement.source),
    )  # fmt: skip


def _said(statement: Consent) -> tuple[Cell, ...]:
    text = " ".join(filter(None, (statement.text[:300], statement.text_version and f"({statement.text_version})")))
    return (
        Cell(statement.at, reverse("admin:crm_consent_change", args=[statement.pk])),
        Cell(statement.get_purpose_display()), Cell(CHANNELS.get(statement.channel, statement.channel)),
        Cell(statement.get_state_display(), tag=TAGS[statement.state]), Cell(statement.get_basis_display()),
        Cell(statement.source), Cell(text), Cell(statement.recorded_by),
    )  # fmt: skip


def download(name: str, document: Any) -> HttpResponse:
    """Return a document as a file of JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return _file(name, text, "application/json")


def lines(
    model_admin: Any, request: HttpRequest, name: str, contacts: QuerySet[Contact], write: Callable[[Contact], Any]
) -> HttpResponse | None:
    """Return a file with a line of JSON for each contact; None, and say so, when they are too many for one file."""
    found = list(contacts.select_related("organization", "site").order_by("pk")[: MOST_EXPORTED + 1])
    if len(found) > MOST_EXPORTED:
        text = _("Un fichier prend %(n)d contacts au plus : choisissez-en moins.") % {"n": MOST_EXPORTED}
        model_admin.message_user(request, text, messages.ERROR)
        return None
    text = "".join(json.dumps(write(contact), ensure_ascii=False) + "\n" for contact in found)
    return _file(name, text, "application/jsonl")


def _file(name: str, text: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{content_type}; charset=utf-8", headers=headers)


def _own_sites(request: HttpRequest) -> QuerySet[Site]:
    return Site.objects.filter(pk__in=sites_of(request.user)).order_by("business_name")


class SiteOfContactFilter(ScopedFilter):
    """Consents of one site's contacts."""

    title, parameter_name, field, choices_of = _("site"), "site", "contact__site_id", _own_sites

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the site's organization, which have an index, and of them the site's."""
        found, asked = super().queryset(request, queryset), self.value()
        site = next((site for site in _own_sites(request) if str(site.pk) == asked), None)
        return found.filter(organization_id=site.organization_id) if site else found


class ChannelFilter(SimpleListFilter):
    """Consents for one channel."""

    title, parameter_name = _("canal"), "canal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the channels."""
        return list(CHANNELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the chosen one."""
        return queryset.filter(channel=self.value()) if self.value() else queryset


@admin.register(Consent)
class ConsentAdmin(ReadOnly, Tenancy, Page):
    """What contacts said, the latest first. Nothing of it is ever changed."""

    list_display = ("id", "show_contact", "purpose", "show_channel", "show_state", "basis", "at", "source")
    list_display_links = ("id",)
    list_filter = ("purpose", ChannelFilter, "state", "basis", SiteOfContactFilter)
    list_select_related = ("contact",)
    search_fields = ("id",)
    search_help_text = _("Email ou téléphone du contact, ou son numéro (#12)")
    fields = (
        ("show_contact", "purpose", "show_channel"), ("show_state", "basis", "at"), ("text", "text_version"),
        ("source", "url"), ("ip", "user_agent"), "recorded_by",
    )  # fmt: skip
    readonly_fields = tuple(name for line in fields for name in (line if isinstance(line, tuple) else (line,)))

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the contact."""
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    @display(description=_("contact"))
    def show_contact(self, consent: Consent) -> SafeString:
        """Show who said it."""
        return link(reverse("admin:crm_contact_change", args=[consent.contact_id]), consent.contact)

    @display(description=_("canal"))
    def show_channel(self, consent: Consent) -> Any:
        """Name the channel."""
        return CHANNELS.get(consent.channel, consent.channel)

    @display(description=_("choix"))
    def show_state(self, consent: Consent) -> SafeString:
        """Show what was said."""
        return badge(TAGS[consent.state], consent.get_state_display())
