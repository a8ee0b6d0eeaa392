"""What the law gives a person: everything that is kept of them as a file, and its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from accounts.tenancy import WORKERS
from berinia.admin.acts import Act, ActError
from crm.admin import ContactAdmin
from crm.admin.consent import download, lines
from crm.admin.contact import file_button
from crm.models import Contact
from workflows.erase import ErasureBusyError, counted, erase_all
from workflows.export import export_recorded
from workflows.holdings import HOLDINGS

WORD = "effacer"
SPELLED = {
    "evenements": _("événements"), "executions": _("exécutions"), "etapes": _("étapes"), "taches": _("tâches"),
    "appels_http": _("appels HTTP"), "exports_crm": _("exports vers le CRM"), "lignes_import": _("lignes d'import"),
    "brouillons_agents": _("brouillons d'agents"), "envois_alertes": _("envois d'alertes"),
    "adresses_bloquees": _("adresses bloquées, dont l'empreinte reste"), "agents": _("réponses d'agents"),
    "journal_audit": _("lignes du journal d'audit, vidées de leur texte"),
}  # fmt: skip
COUNTED = 50  # people whose rows are counted before a large erasure


class ErasureForm(forms.Form):
    """Why, and a word that nobody types by accident."""

    raison = forms.CharField(
        label=_("Raison"), max_length=200, required=False,
        help_text=_("Gardée au journal d'audit, sans le nom de la personne."),
    )  # fmt: skip
    confirmation = forms.CharField(
        label=_("Confirmation"), max_length=20, help_text=_("Écrivez « effacer » : rien ne se rétablit.")
    )

    def clean_confirmation(self) -> str:
        """Ask for the word itself."""
        word = str(self.cleaned_data["confirmation"]).strip().lower()
        if word != WORD:
            raise forms.ValidationError(_("Écrivez « effacer » pour confirmer."))
        return word


def _erase(ids: Sequence[int], now: datetime, person: Any, raison: str = "", confirmation: str = "") -> int:
    try:
        return erase_all(ids, str(person), raison, now).people
    except ErasureBusyError as error:
        raise ActError(str(error)) from None


def _spelled(title: str) -> str:
    """Return the title of a table as it is spelled: those of the file have neither spaces nor accents."""
    return str(SPELLED.get(title, title.replace("_", " ")))


def _notes(rows: QuerySet[Contact], _ids: Sequence[int]) -> list[str]:
    """Say how much will go, and what remains."""
    people = list(rows[: COUNTED + 1])
    found = counted(people[:COUNTED], timezone.now(), is_quick=True)
    listed = ", ".join(f"{_spelled(title)} : {n}" for title, n in found.items() if title != "contact")
    notes = [str(_("Part pour toujours, avec elle : %(rows)s.")) % {"rows": listed}] if listed else []
    notes.append(str(_("S'y ajoute ce qui parle d'elle : %(titles)s.")) % {
        "titles": ", ".join(_spelled(h.title) for h in HOLDINGS if h.is_searched)
    })  # fmt: skip
    if len(people) > COUNTED:
        notes.append(str(_("Compté pour les %(n)d premières personnes seulement.")) % {"n": COUNTED})
    if n := sum(person.opted_out_at is not None for person in people):
        text = ngettext("%(n)d personne est désinscrite", "%(n)d personnes sont désinscrites", n) % {"n": n}
        notes.append(text + " " + str(_(": une empreinte de son adresse reste, pour ne plus jamais lui écrire.")))
    notes.append(str(_(
        "Reste : les compteurs, où personne n'est nommé, et une ligne du journal d'audit qui dit qui a effacé, quand "
        "et pourquoi, sans le nom de la personne."
    )))  # fmt: skip
    notes.append(str(_(
        "Les textes des SMS et WhatsApp sont aussi vidés chez Twilio ; Resend n'offre pas d'effacer un email envoyé."
    )))  # fmt: skip
    return notes


ERASE = Act(
    "effacement", _("Effacer la personne (RGPD)"),
    _("tout ce qui est gardé de cette personne est effacé pour toujours ; ce qui court pour elle s'arrête."),
    _erase, icon="person_remove", is_dangerous=True, is_atomic=False, is_logged=False, by=WORKERS, form=ErasureForm,
    notes=_notes,
)  # fmt: skip

admin.site.unregister(Contact)


@admin.register(Contact)
class PersonAdmin(ContactAdmin):
    """Contacts, whom the law gives rights."""

    acts = (*ContactAdmin.acts, ERASE)
    actions = (*ContactAdmin.actions, "export_people")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Everything that is kept of people is handed out by those who run things."""
        actions: dict[str, Any] = super().get_actions(request)
        if not self.may(request, WORKERS):
            actions.pop("export_people", None)
        return actions

    def get_urls(self) -> list[URLPattern]:
        """Add the download of everything."""
        view = self.admin_site.admin_view(self.export)
        return [path("<int:pk>/rgpd/", view, name="crm_contact_export"), *super().get_urls()]

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return all that is kept of a contact as a file; who did is written down."""
        if not self.may(request, WORKERS):
            raise PermissionDenied
        contact = get_object_or_404(self._theirs(request).select_related("organization", "site"), pk=pk)
        return download(f"rgpd-contact-{contact.pk}.json", export_recorded(contact, str(request.user), timezone.now()))

    @action(description=_("Exporter les données (RGPD)"))
    def export_people(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        """Return all that is kept of the selected contacts, a line of JSON for each."""
        now, by = timezone.now(), str(request.user)
        chosen = self.within(request, queryset, WORKERS)
        return lines(self, request, "rgpd-contacts.jsonl", chosen, lambda contact: export_recorded(contact, by, now))

    def buttons(self, request: HttpRequest, contact: Contact) -> list[Mapping[str, Any]]:
        """Return the downloads that a contact's page offers this person."""
        offered = super().buttons(request, contact)
        if self.may(request, WORKERS, contact):
            url = reverse("admin:crm_contact_export", args=[contact.pk])
            offered.append(file_button(_("Exporter les données (RGPD)"), url))
        return offered

    def _theirs(self, request: HttpRequest) -> QuerySet[Contact]:
        return self.within(request, self.get_queryset(request), WORKERS)
