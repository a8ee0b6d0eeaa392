"""Notes, interactions and tasks by hand: on a contact's page, and on its lead's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berinia.admin.acts import Act, ActError
from crm.find_duplicates import find_for
from crm.models import Contact, Lead
from crm.write_down import LONGEST, Kind, WriteError, add_note, create_task, record_interaction

WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
LINES = forms.Textarea(attrs={"rows": 4})


class NoteForm(forms.Form):
    """What the team knows."""

    texte = forms.CharField(
        label=_("Note"), max_length=LONGEST, widget=LINES,
        help_text=_("Pour l'équipe : aucun agent ne la lit, aucun fournisseur ne la reçoit."),
    )  # fmt: skip


class InteractionForm(forms.Form):
    """What took place with the person."""

    type = forms.ChoiceField(label=_("Type"), choices=Kind.choices)
    le = forms.DateTimeField(label=_("Le"), required=False, widget=WHEN, help_text=_("Vide : maintenant."))
    texte = forms.CharField(label=_("Ce qui s'est dit"), max_length=LONGEST, required=False, widget=LINES)
    issue = forms.CharField(
        label=_("Issue"), max_length=200, required=False, help_text=_("Par exemple : devis demandé, à rappeler.")
    )

    def clean_le(self) -> datetime | None:
        """Refuse what has not taken place yet."""
        at: datetime | None = self.cleaned_data["le"]
        if at is not None and at > timezone.now():
            raise forms.ValidationError(_("Cette date est dans l'avenir : notez plutôt une tâche."))
        return at


class TaskForm(forms.Form):
    """What is to be done."""

    titre = forms.CharField(label=_("À faire"), max_length=300)
    avant_le = forms.DateTimeField(label=_("Avant le"), required=False, widget=WHEN)


def _note(contact: Contact, now: datetime, by: str, texte: str) -> None:
    add_note(contact, texte, by, now)


def _interaction(
    contact: Contact, now: datetime, by: str, type: str, le: datetime | None, texte: str, issue: str
) -> None:
    record_interaction(contact, type, texte, issue, le or now, by, now)


def _task(contact: Contact, now: datetime, by: str, titre: str, avant_le: datetime | None) -> None:
    create_task(contact, titre, avant_le, by, now)


Each = Callable[..., None]
Find = Callable[[Sequence[int]], list[Contact]]


def _contacts(ids: Sequence[int]) -> list[Contact]:
    return list(Contact.objects.filter(pk__in=ids).order_by("pk"))


def _contacts_of_leads(ids: Sequence[int]) -> list[Contact]:
    return list(Contact.objects.filter(lead__in=Lead.objects.filter(pk__in=ids)).order_by("pk"))


def _on(find: Find, each: Each) -> Callable[..., int]:
    def run(ids: Sequence[int], now: datetime, person: Any, **answers: Any) -> int:
        contacts = find(ids)
        try:
            for contact in contacts:
                each(contact, now, str(person), **answers)
        except WriteError as error:
            raise ActError(str(error)) from None
        return len(contacts)

    return run


def _duplicates(find: Find) -> Callable[..., int]:
    return lambda ids, now, person: find_for([contact.pk for contact in find(ids)], now)


def _acts(find: Find) -> tuple[Act, ...]:
    return (
        Act("note", _("Ajouter une note"), _("la note est visible de l'équipe."), _on(find, _note),
            icon="sticky_note_2", form=NoteForm, is_for_many=False),
        Act("interaction", _("Consigner une interaction"), _("les workflows qui l'attendent continuent."),
            _on(find, _interaction), icon="forum", form=InteractionForm, is_for_many=False),
        Act("tache", _("Créer une tâche"), _("elle apparaît dans la liste de l'équipe."), _on(find, _task),
            icon="add_task", form=TaskForm),
        Act("doublons", _("Chercher les doublons"),
            _("les contacts du site qui leur ressemblent sont listés parmi les doublons."), _duplicates(find),
            icon="content_copy", is_logged=False),
    )  # fmt: skip


ON_CONTACTS = _acts(_contacts)
ON_LEADS = _acts(_contacts_of_leads)
