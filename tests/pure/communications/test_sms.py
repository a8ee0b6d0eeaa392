"""What a text costs as an SMS, and how it costs less."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.sms import (
    BASIC,
    EXTENDED,
    GSM7,
    UCS2,
    Segments,
    costly,
    segments,
    simplifications,
    transliterate,
)

FRENCH = "abcdefghijklmnopqrstuvwxyzçâàäêéèëîïôöûùüÿæœÇÂÀÄÊÉÈËÎÏÔÖÛÙÜŸÆŒ ’'«»“”…–—°²€!?.,;:()0123456789\u00a0\u202f"


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", GSM7, 1), ("a" * 160, GSM7, 1), ("a" * 161, GSM7, 2), ("a" * 306, GSM7, 2), ("a" * 307, GSM7, 3),
        ("ê" * 70, UCS2, 1), ("ê" * 71, UCS2, 2), ("ê" * 134, UCS2, 2), ("ê" * 135, UCS2, 3),
        ("€" * 80, GSM7, 1), ("€" * 81, GSM7, 2), ("😀" * 35, UCS2, 1), ("😀" * 36, UCS2, 2),
    ],
)  # fmt: skip
def test_the_boundaries_of_segments(text: str, encoding: str, count: int) -> None:
    found = segments(text)
    assert (found.encoding, found.count) == (encoding, count)


def test_a_character_of_two_units_is_never_split() -> None:
    assert segments("a" * 152 + "€" + "a" * 152) == Segments(GSM7, 306, 3)
    assert segments("ê" * 66 + "😀" + "ê" * 66) == Segments(UCS2, 134, 3)


def test_one_typographic_apostrophe_more_than_doubles_the_price() -> None:
    assert segments("L'artisan arrive " + "a" * 140).count == 1
    assert segments("L’artisan arrive " + "a" * 140).count == 3


@pytest.mark.parametrize(
    ("text", "simpler"),
    [
        ("Reçu, être à l’œuvre…", "Recu, etre à l'oeuvre..."),
        ("« Bonjour »", '" Bonjour "'),
        ("14\u202fh\u00a005 – 20 °C", "14 h 05 - 20 oC"),
        ("Noël, où ? Là-bas, ça va", "Noel, où ? Là-bas, ca va"),
        ("e\u0301te\u0301", "été"),  # an accent on its own, as some keyboards write it
        ("François Ångström Dvořák", "Francois Ångström Dvorak"),
        ("12 m² à 30 €", "12 m2 à 30 €"),
        ("Merci 😀", "Merci 😀"),
        ("Łódź", "Łodz"),
    ],
)
def test_a_text_is_written_with_what_there_is(text: str, simpler: str) -> None:
    assert transliterate(text) == simpler


@given(st.text(FRENCH, max_size=400))
def test_french_always_fits_the_cheap_alphabet(text: str) -> None:
    assert segments(transliterate(text)).encoding == GSM7


@given(st.text(max_size=200))
def test_simplifying_twice_is_simplifying_once(text: str) -> None:
    once = transliterate(text)
    assert transliterate(once) == once


@given(st.text("".join(sorted(BASIC | EXTENDED)), max_size=400))
def test_what_is_cheap_stays_as_it_is(text: str) -> None:
    assert transliterate(text) == text


@given(st.text(max_size=700))
def test_segments_are_enough_and_none_too_many(text: str) -> None:
    found = segments(text)
    one, many = (160, 153) if found.encoding == GSM7 else (70, 67)
    if found.units <= one:
        assert found.count == 1
    else:
        assert found.units <= found.count * many
        assert found.units > (found.count - 1) * (many - 1)


def test_what_makes_a_text_dear_is_named_once_each() -> None:
    text = "Être à l’heure : 😀, être là"
    assert costly(text) == ("Ê", "’", "😀", "ê")
    assert simplifications(text) == (("Ê", "E"), ("’", "'"), ("ê", "e"))


@given(st.text(max_size=200))
def test_a_text_is_dear_exactly_when_something_of_it_is(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert bool(costly(text)) == (segments(composed).encoding == UCS2)
    for before, after in simplifications(text):
        composed = composed.replace(before, after)
    assert composed == transliterate(text)
