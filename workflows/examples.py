"""Forms to start from: for each event that a site may report, what a page asks for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

FieldKind = Literal["text", "hidden", "number", "textarea"]


@dataclass(frozen=True, slots=True)
class ExampleField:
    """A field of a form beside those that say who writes."""

    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A form: the event it reports, the workflows that start on it, its HTML."""

    event: str
    workflows: Sequence[str]
    html: str


URGENT = ExampleField("urgence", "", "hidden", "haute")
# What the library's workflows read of each event (docs/library.md); others get the fields of a contact alone.
FIELDS: Mapping[str, Sequence[ExampleField]] = {
    "demande_devis": (ExampleField("travaux", "Vos travaux", "textarea"), ExampleField("adresse", "Adresse"), URGENT),
    "demande_consultation": (ExampleField("domaine", "Votre question concerne"), URGENT),
    "telechargement_ressource": (ExampleField("ressource", "", "hidden", "Le guide"),),
    "appel_urgence": (ExampleField("probleme", "Que se passe-t-il ?"), ExampleField("adresse", "Adresse")),
    "avis_client": (ExampleField("note", "Votre note, de 1 à 5", "number"),),
}
# Those about which the later messages are marketing: the box is what allows them.
AGREEING = frozenset({"telechargement_ressource"})


def examples_for(events: Mapping[str, Sequence[str]]) -> list[Example]:
    """Return a form for each event, with the names of the workflows that it starts."""
    return [Example(event, workflows, form(event)) for event, workflows in events.items()]


def form(event: str) -> str:
    """Return the HTML of a form that reports an event."""
    lines = [
        f'<form data-berinia="{event}" action="/merci" method="post">',
        '  <label>Nom <input name="nom" autocomplete="name"></label>',
        '  <label>Email <input name="email" type="email" autocomplete="email"></label>',
        '  <label>Téléphone <input name="telephone" type="tel" autocomplete="tel"></label>',
        *(f"  {_line(field)}" for field in FIELDS.get(event, ())),
    ]
    if event in AGREEING:
        lines += [
            '  <label><input type="checkbox" name="offres" data-berinia-consentement="email">',
            "    J'accepte de recevoir vos conseils par email.</label>",
        ]
    return "\n".join([*lines, "  <button>Envoyer</button>", "</form>"])


def _line(field: ExampleField) -> str:
    match field.kind:
        case "hidden":
            return f'<input type="hidden" name="{field.name}" value="{field.value}">'
        case "textarea":
            return f'<label>{field.label} <textarea name="{field.name}"></textarea></label>'
        case "number":
            return f'<label>{field.label} <input name="{field.name}" type="number" min="1" max="5"></label>'
    return f'<label>{field.label} <input name="{field.name}"></label>'
