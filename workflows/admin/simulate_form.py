"""The form of « Simuler »: filled in so that one click shows something; its mistakes stand beside their fields."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from berinia.api import ApiError, parse
from workflows.definition import DefinitionError
from workflows.models import Workflow
from workflows.programs import definition_of
from workflows.samples import sample_event
from workflows.scenarios import LARGEST, Asked, data_in, event_line

PUBLISHED, DRAFT = "publiee", "brouillon"
MOST_CONTACTS = 2_000
WHO = ("nom", "telephone", "email")
FIRST = {"nom": "Camille Martin", "telephone": "06 12 34 56 78", "email": "camille.martin@exemple.fr"}


class SimulationForm(forms.Form):
    """Who, from when on, what happens; and, of a crowd, how many."""

    nom = forms.CharField(label=_("Nom"), required=False, max_length=200)
    telephone = forms.CharField(label=_("Téléphone"), required=False, max_length=40, help_text=_("Vide : sans SMS."))
    email = forms.CharField(label=_("Adresse email"), required=False, max_length=254, help_text=_("Vide : sans email."))
    version = forms.ChoiceField(label=_("Version"), required=False, widget=forms.RadioSelect)
    evenements = forms.CharField(
        label=_("Ce qui arrive ensuite"), required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": '10m appel_repondu {"note": 5}', "spellcheck": "false"}),
        help_text=_("Un événement par ligne : combien de temps après le début, son nom, ses données."),
    )  # fmt: skip
    evenement = forms.CharField(
        label=_("Événement qui démarre"), required=False, max_length=80,
        help_text=_("Vide : celui du premier déclencheur."),
    )  # fmt: skip
    donnees = forms.CharField(
        label=_("Ses données, en JSON"), required=False, max_length=5_000,
        widget=forms.TextInput(attrs={"placeholder": '{"urgence": "haute"}', "spellcheck": "false"}),
    )  # fmt: skip
    debut = forms.CharField(
        label=_("Début, à l'heure du site"), required=False, max_length=40, help_text=_("Vide : maintenant."),
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )  # fmt: skip
    etiquettes = forms.CharField(
        label=_("Étiquettes du contact"), required=False, max_length=500, help_text=_("Séparées par des virgules.")
    )
    contacts = forms.IntegerField(
        label=_("Et pour combien de contacts ?"), required=False, min_value=1, max_value=MOST_CONTACTS,
        help_text=_("Vide : un seul. Sinon, aussi les volumes et le coût d'une journée."),
    )  # fmt: skip

    # What is behind « Plus de choix ».
    MORE = ("evenement", "donnees", "debut", "etiquettes", "contacts")

    def __init__(self, workflow: Workflow, data: Mapping[str, Any] | None = None, *, now: datetime) -> None:
        super().__init__(data, initial=first_answers(workflow, now))
        choices = [(PUBLISHED, _("la version publiée"))] if workflow.version_id else []
        self.fields["version"].choices = [*choices, (DRAFT, _("le brouillon"))]  # type: ignore[attr-defined]
        self.offers_draft = bool(workflow.draft)
        if not self.offers_draft:
            self.fields["version"].widget = forms.HiddenInput()
        self.asked: Asked | None = None

    @property
    def is_draft(self) -> bool:
        """Whether the draft is asked for."""
        return bool(self.cleaned_data.get("version") == DRAFT)

    @property
    def more_is_open(self) -> bool:
        """Whether something behind « Plus de choix » was changed or is wrong."""
        return any(name in self.errors or name in self.changed_data for name in self.MORE) if self.is_bound else False

    def more(self) -> list[Any]:
        """Return the fields behind « Plus de choix »."""
        return [self[name] for name in self.MORE]

    def clean(self) -> dict[str, Any]:
        """Read what is asked for; a mistake goes to its field."""
        given = super().clean() or {}
        asked: dict[str, Any] = {
            "contact": {name: given.get(name, "") for name in WHO} | {"etiquettes": _tags(given.get("etiquettes", ""))},
            "debut": given.get("debut") or None, "evenement": given.get("evenement", "").strip() or None,
        }  # fmt: skip
        for name, read in (("donnees", data_in), ("evenements", _events)):
            try:
                asked[name] = read(given.get(name, ""))
            except ValueError as error:
                self.add_error(name, str(error))
        if not self.errors:
            try:
                self.asked = parse(Asked, asked)
            except ApiError as error:
                self.refuse(error)
        return given

    def refuse(self, error: ApiError) -> None:
        """Put a mistake beside the field that it is about; above the form when it is about none."""
        place = str(error.content.get("field", "")).removeprefix("contact.")
        name = place.partition(".")[0].partition("[")[0]
        name = {"brouillon": "version", "definition": "version", "workflow": "version"}.get(name, name)
        is_shown = name in self.fields and not self.fields[name].widget.is_hidden
        self.add_error(name if is_shown else None, str(error))


def first_answers(workflow: Workflow, now: datetime) -> dict[str, Any]:
    """Return what stands in the form at first: a contact, and an event that starts the workflow."""
    answers: dict[str, Any] = {**FIRST, "version": PUBLISHED if workflow.version_id else DRAFT}
    try:
        sample = sample_event(definition_of(workflow.version_id), now) if workflow.version_id else None
    except DefinitionError:
        sample = None
    if sample is not None:
        answers["evenement"] = sample.name
        answers["donnees"] = json.dumps(dict(sample.data), ensure_ascii=False) if sample.data else ""
    return answers


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _events(text: str) -> list[dict[str, Any]]:
    """Read an event a line. Raises ValueError, in French."""
    return [event_line(line) for line in [line for line in text.splitlines() if line.strip()][: LARGEST + 1]]
