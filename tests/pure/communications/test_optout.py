"""The first word of an SMS, and the words that end it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.optout import first_word, is_stop


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Devis svp", "DEVIS"), ("  « été » 2026", "ETE"), ("OUI!", "OUI"), ("", ""), ("👍", ""),
        ("…Rdv demain", "RDV"), ("Arrêt", "ARRET"), ("arre\u0302t", "ARRET"), ("1 merci", "1"),
    ],
)  # fmt: skip
def test_the_first_word_is_written_as_triggers_write_it(text: str, word: str) -> None:
    assert first_word(text) == word


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop. ", "Stop merci", "ARRET", "Arrêt", "Arrêtez !", "désabonner", "STOP 36180", "ＳＴＯＰ"],
)
def test_these_ask_for_an_end(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize("text", ["", "Non merci", "annuler", "cancel", "Je m'arrête à 18 h", "stopper la fuite ?"])
def test_these_do_not(text: str) -> None:
    assert not is_stop(text)


@given(st.text())
def test_any_text_has_a_first_word_or_none(text: str) -> None:
    assert re.fullmatch(r"[A-Z0-9]*", first_word(text))
