"""Each kind of cell, as people and spreadsheets write it."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import phones
from crm.import_files import Row, Sheet
from crm.import_given import Given
from crm.import_mapping import FIELDS
from crm.import_resource import LineResource, clean
from crm.import_widgets import (
    QUALITIES,
    STAGES,
    cents_of,
    channels_of,
    instant_of,
    one_of,
    phone_of,
    score_of,
    size_of,
    tags_of,
    yes_no,
)

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78", "612345678", "33612345678", "6.12345678E8", "6,12345678E+08", "3.3612345678E10",
        "612345678.0", "0612345678,00", "'+33612345678", "tel:+33612345678", "+33 (0)6 12 34 56 78", "0033612345678",
        "33 6 12 34 56 78",
    ],
)  # fmt: skip
def test_a_phone_is_one_however_a_spreadsheet_wrote_it(text):
    assert phone_of(text) == "+33612345678"


def test_a_number_from_abroad_that_lost_its_plus_is_one():
    assert phone_of("41446681800") == phone_of("41 44 668 18 00") == "+41446681800"


@pytest.mark.parametrize("text", ["6,12346E+08", "6.1E8", "3.36E+10", "1E9"])
def test_a_phone_that_lost_digits_is_no_phone(text):
    with pytest.raises(ValueError, match="arrondi par un tableur"):
        phone_of(text)


@pytest.mark.parametrize("text", ["12", "abc", "0", "99999999999999999", "=1+1", "06 12 34 56", "1" * 200])
def test_what_is_no_phone_is_said_as_it_was_written(text):
    with pytest.raises(phones.InvalidPhoneError, match="n'est pas un numéro"):
        phone_of(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1 250,50 €", 125_050), ("1250.5", 125_050), ("1 000", 100_000), ("3 000 EUR", 300_000), ("0", 0)],
)
def test_an_amount_is_read_with_spaces_comma_and_sign(text, cents):
    assert cents_of(text) == cents


@given(st.decimals(0, 1_000_000, places=2))
def test_any_amount_comes_back(amount):
    assert cents_of(f"{amount} €") == cents_of(str(amount).replace(".", ",")) == int(Decimal(amount) * 100)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (cents_of, "-1"), (cents_of, "1e99"), (cents_of, "NaN"), (cents_of, "Infinity"), (cents_of, "beaucoup"),
        (score_of, "101"), (score_of, "-1"), (score_of, "x"), (yes_no, "peut-être"), (size_of, "énorme"),
        (channels_of, "pigeon"), (one_of(QUALITIES, "…"), "brûlant"), (one_of(STAGES, "…"), "x"),
        (tags_of, "a" * 61), (tags_of, ",".join(map(str, range(51)))),
        (instant_of(PARIS, NOW), "31/02/2026"), (instant_of(PARIS, NOW), "hier"),
        (instant_of(PARIS, NOW), "11/03/2026"), (instant_of(PARIS, NOW), "01/01/1999"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_error_that_shows_it(read, text):
    with pytest.raises(ValueError, match=r"«|au plus"):
        read(text)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (score_of, "72,4", 72), (score_of, "80 %", 80), (score_of, "55/100", 55), (yes_no, "Oui", True),
        (yes_no, "FAUX", False), (size_of, "TPE", "micro"), (size_of, "10 à 49", "sme"), (size_of, "1 200", "large"),
        (size_of, "0", "solo"), (size_of, "Particulier", "individual"), (channels_of, "Email ; SMS", ["email", "sms"]),
        (one_of(QUALITIES, ""), "Tiède", "TIÈDE"), (one_of(QUALITIES, ""), "HOT", "CHAUD"),
        (one_of(STAGES, ""), "Démonstration", "demo"), (one_of(STAGES, ""), "perdu", "lost"),
        (tags_of, "a; b,a |  c  d", ["a", "b", "c d"]),
    ],
)  # fmt: skip
def test_words_of_both_languages_are_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("01/02/2026", "2026-01-31T23:00:00+00:00"), ("2026-02-01", "2026-01-31T23:00:00+00:00"),
        ("01/02/2026 10:30", "2026-02-01T09:30:00+00:00"), ("2026-02-01T10:30:00Z", "2026-02-01T10:30:00+00:00"),
        ("1.2.2026", "2026-01-31T23:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_date_without_an_hour_is_of_the_sites_zone(text, at):
    assert instant_of(PARIS, NOW)(text).astimezone(UTC).isoformat() == at


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Jean", "Dupont", "Jean Dupont"), ("", "Dupont", "Dupont"), ("Jean", "", "Jean"), ("", "", ""),
        ("Jean", "Jean Dupont", "Jean Dupont"), ("Jean", "DUPONT jean", "DUPONT jean"), ("An", "Andrée", "An Andrée"),
    ],
)  # fmt: skip
def test_names_are_put_together_once(first, last, name):
    assert Given(first_name=first, surname=last).name == name


def test_a_resource_has_each_field_that_a_mapping_may_name():
    assert {f.column_name for f in LineResource([], PARIS, NOW).fields.values()} == {f.name for f in FIELDS}


ANY = st.text(max_size=30)


@given(st.lists(st.tuples(*[ANY] * len(FIELDS)), min_size=1, max_size=4))
def test_any_cells_are_a_person_or_mistakes_that_name_their_field(rows):
    names = [field.name for field in FIELDS]
    sheet = Sheet(tuple(names), tuple(Row(n, row) for n, row in enumerate(rows, 2)))
    for line in clean(sheet, dict(zip(names, names, strict=True)), PARIS, NOW):
        assert (line.given is None) == bool(line.mistakes)
        if line.given is not None:
            assert line.given.email or line.given.phone
        for mistake in line.mistakes:
            assert mistake.field in {"", *names}
            assert mistake.text.strip()
