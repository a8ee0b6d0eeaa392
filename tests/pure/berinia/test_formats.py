"""How numbers, amounts, durations and phones are written."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from berinia import formats

NARROW, NO_BREAK = "\u202f", "\u00a0"


def spaced(text: str) -> str:
    return text.replace(NARROW, " ").replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("language", "number", "percent", "euros"),
    [("fr", "12 345,6", "65 %", "1 234,50 €"), ("en", "12,345.6", "65%", "€1,234.50")],
)
def test_figures_in_both_languages(language: str, number: str, percent: str, euros: str) -> None:
    with override(language):
        assert spaced(formats.number(12345.6, 1)) == number
        assert spaced(formats.percent(0.65)) == percent
        assert spaced(formats.euros(1234.5)) == euros


@pytest.mark.parametrize(
    ("e164", "written"),
    [
        ("+33612345678", "06 12 34 56 78"),
        ("+442079460000", "+44 20 7946 0000"),
        ("poste 12", "poste 12"),
        ("", "—"),
        (None, "—"),
    ],
)
def test_phones_as_people_dial_them(e164: str | None, written: str) -> None:
    assert spaced(formats.phone(e164)) == written


@pytest.mark.parametrize(
    ("wait", "written"),
    [
        (timedelta(seconds=12), "12 s"), (timedelta(minutes=15), "15 min"), (9000, "2 h 30 min"), (7200, "2 h"),
        (timedelta(days=1), "1 jour"), (timedelta(days=3, hours=4), "3 jours 4 h"),
        (timedelta(days=30, hours=4), "30 jours"),
        (None, "—"),
    ],
)  # fmt: skip
def test_durations_in_two_units(wait: timedelta | float | None, written: str) -> None:
    with override("fr"):
        assert formats.duration(wait) == written


def test_nothing_is_a_dash() -> None:
    assert {formats.number(None), formats.percent(None), formats.euros(None)} == {"—"}
