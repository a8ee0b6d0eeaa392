"""Lines of a file, cleaned one by one with django-import-export: each error says its line, its field and the rule.

The resource is about no table and writes nothing, so that a run needs no transaction (a dry run of the package takes
a savepoint for each row): it turns rows into `Given`; crm/import_plan.py says what becomes of them.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource

from crm.import_files import Sheet
from crm.import_given import Given
from crm.import_mapping import OTHER, label
from crm.import_widgets import (
    QUALITIES,
    STAGES,
    Cell,
    cents_of,
    channels_of,
    email_of,
    instant_of,
    line_of,
    one_of,
    phone_of,
    score_of,
    size_of,
    tags_of,
    text_of,
    yes_no,
)

logger = logging.getLogger(__name__)

LONGEST_OTHER = 500
MORE = "_"  # the column that says that a line has more cells than there are titles


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a line: of which field ("" of the whole line), and the rule with the value."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{label(self.field)} : {self.text}" if self.field else self.text


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A line: what it says, or what is wrong with it."""

    line: int
    given: Given | None
    mistakes: tuple[Mistake, ...] = ()


class OtherField(Field):
    """A column that is kept among the other fields of a contact."""

    def save(self, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        """Put it under its name."""
        if value := self.clean(row, **kwargs):
            instance.others[self.column_name.removeprefix(OTHER)] = value


def _cell(attribute: str, name: str, read: Any) -> Field:
    return Field(attribute=attribute, column_name=name, widget=Cell(read), saves_null_values=False)


class LineResource(Resource):
    """The fields that a file may hold (crm/import_mapping.py), each with how its cells are read."""

    surname = _cell("surname", "nom", line_of(200))
    first_name = _cell("first_name", "prenom", line_of(100))
    email = _cell("email", "email", email_of)
    phone = _cell("phone", "telephone", phone_of)
    tags = _cell("tags", "etiquettes", tags_of)
    note = _cell("note", "note", text_of(5_000))
    company = _cell("company", "entreprise", line_of(200))
    company_size = _cell("company_size", "taille", size_of)
    job_title = _cell("job_title", "fonction", line_of(120))
    sector = _cell("sector", "secteur", line_of(40))
    region = _cell("region", "region", line_of(60))
    quality = _cell("quality", "qualite", one_of(QUALITIES, "chaud, tiède ou froid"))
    score = _cell("score", "score", score_of)
    stage = _cell("stage", "etape", one_of(STAGES, "lead, qualifié, démonstration, proposition, gagné ou perdu"))
    amount_cents = _cell("amount_cents", "montant", cents_of)
    consent = _cell("consent", "consentement", yes_no)
    consent_text = _cell("consent_text", "consentement_texte", text_of(5_000))
    consent_channels = _cell("consent_channels", "consentement_canaux", channels_of)

    class Meta:
        use_transactions = False  # nothing is written here
        skip_diff = True
        store_instance = True
        report_skipped = True
        import_id_fields: ClassVar[Sequence[str]] = ()
        instance_loader_class = BaseInstanceLoader  # there is nothing to load

    def __init__(self, names: Sequence[str], zone: ZoneInfo, now: datetime) -> None:
        """Take the fields of the columns; dates without an hour are of this zone."""
        super().__init__()
        self.names_of = {field.attribute: field.column_name for field in self.fields.values()}
        self.fields["consent_at"] = _cell("consent_at", "consentement_date", instant_of(zone, now))
        self.names_of["consent_at"] = "consentement_date"
        for name in names:
            if name.startswith(OTHER):
                widget = Cell(text_of(LONGEST_OTHER))
                self.fields[name] = OtherField(attribute=name, column_name=name, widget=widget)

    def get_instance(self, instance_loader: Any, row: Any) -> None:
        """Each line is new here."""

    def init_instance(self, row: Any = None) -> Given:
        """Return what is filled."""
        return Given(has_more=bool(row and row[MORE]))

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check the line as a whole. Raises ValidationError with all that is wrong."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        for field, text in _mistakes_of(instance, errors.keys()):
            errors.setdefault(field, []).append(ValidationError(text))
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Nothing is written here."""


def _mistakes_of(given: Given, wrong: Any) -> list[tuple[str, str]]:
    """Return what is wrong with a line whose fields `wrong` are wrong already."""
    found: list[tuple[str, str]] = []
    if given.has_more:
        found.append((NON_FIELD_ERRORS, "Cette ligne a plus de cases que le fichier n'a de titres."))
    if not (given.email or given.phone or wrong & {"email", "phone"}):
        found.append((NON_FIELD_ERRORS, "Ni email ni téléphone : le contact doit être joignable."))
    if given.consent and not given.consent_text and "consent_text" not in wrong:
        found.append(("consent_text", "Vide : sans le texte présenté, rien ne prouve ce qui a été accepté."))
    if given.consent and not given.consent_at and "consent_at" not in wrong:
        found.append(("consent_at", "Vide : dites quand la personne a accepté."))
    return found


def clean(sheet: Sheet, mapping: Mapping[str, str], zone: ZoneInfo, now: datetime) -> list[Cleaned]:
    """Return each line of a sheet as what it says, or what is wrong with it. `mapping` is a checked one."""
    places = [(place, mapping[title]) for place, title in enumerate(sheet.columns) if mapping.get(title)]
    names = [name for _place, name in places]
    data = tablib.Dataset(headers=[*names, MORE])
    for row in sheet.rows:
        data.append([*(row.values[place] for place, _name in places), "1" if row.has_more else ""])
    resource = LineResource(names, zone, now)
    result = resource.import_data(data, use_transactions=False)
    if result.base_errors:
        raise result.base_errors[0].error
    return [_cleaned(resource, row.line, said) for row, said in zip(sheet.rows, result.rows, strict=True)]


def _cleaned(resource: LineResource, line: int, said: Any) -> Cleaned:
    if said.errors:
        logger.error("a line of an import cannot be read: %s", type(said.errors[0].error).__name__)
        return Cleaned(line, None, (Mistake("", "Cette ligne n'a pas pu être lue."),))
    if said.validation_error is None:
        return Cleaned(line, said.instance)
    mistakes = [
        Mistake("" if field == NON_FIELD_ERRORS else resource.names_of.get(field, field), text)
        for field, texts in said.validation_error.message_dict.items()
        for text in texts
    ]
    return Cleaned(line, None, tuple(mistakes))
