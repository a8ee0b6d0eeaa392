"""The first word of an SMS, and the words that end it or take that back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.optout import START, STOP, Wish, first_word, is_stop, wish


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
    [
        "STOP", "stop", " Stop. ", "Stop merci", "ARRET", "Arrêt", "Arrêtez !", "désabonner", "STOP 36180", "ＳＴＯＰ",
        "STOP PUB", "StopPub", "DESABO", "Désabonnement svp", "Bonjour, STOP", "merci stop", "Ok stop", "Svp arrêtez",
        "Je ne veux plus recevoir vos SMS", "ne plus recevoir", "Plus rien recevoir merci", "Comment me désinscrire ?",
        "Désinscrivez-moi", "merci de me désabonner", "Ne m'envoyez plus de messages", "Ne m’écrivez plus",
        "Merci de ne plus m'écrire", "Merci de ne plus me relancer", "Supprimez mon numéro svp",
        "Je ne souhaite plus être contactée", "Veuillez me désinscrire de votre liste",
    ],
)  # fmt: skip
def test_these_ask_for_an_end(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "On fait stop ou encore, qu'en pensez-vous ?", "Je préfère un stop net de cette fuite d'eau",
        "Je souhaite ne plus recevoir de devis pour la cuisine mais plutôt pour la salle de bain, merci à vous deux",
        "J'ai vu une désinscription sur mon compte, est-ce normal ?",
    ],
)  # fmt: skip
def test_these_have_to_be_read_by_a_person(text: str) -> None:
    assert wish(text) is Wish.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        "", "Non merci", "annuler", "cancel", "Je m'arrête à 18 h", "stopper la fuite ?", "OUI", "24h non stop ?",
        "Travaillez-vous non-stop ?", "à l'arrêt de bus", "Pouvez-vous m'envoyer plus d'informations ?",
        "Pouvez-vous me contacter plus tard ?", "Pourrais-je en plus recevoir un devis ?", "Je n'en peux plus",
        "Reprendre rendez-vous svp", "Début des travaux quand ?", "yes",
    ],
)  # fmt: skip
def test_these_are_answers(text: str) -> None:
    assert wish(text) is Wish.NONE


@pytest.mark.parametrize("text", ["START", "start svp", "Unstop", "début", "REPRENDRE !", "Bonjour reprendre merci"])
def test_these_take_it_back(text: str) -> None:
    assert wish(text) is Wish.START


@given(st.text())
def test_any_text_has_a_first_word_or_none(text: str) -> None:
    assert re.fullmatch(r"[A-Z0-9]*", first_word(text))
    assert wish(text) in Wish


@given(
    st.sampled_from(sorted(STOP)), st.text("abc éà", max_size=40), st.sampled_from([str.lower, str.title, str.upper])
)
def test_a_word_of_the_list_at_the_beginning_ends_it_whatever_follows(word: str, rest: str, written: object) -> None:
    assert is_stop(f"{written(word)} {rest}")  # type: ignore[operator]


def test_no_word_both_ends_and_begins() -> None:
    assert not STOP & START
