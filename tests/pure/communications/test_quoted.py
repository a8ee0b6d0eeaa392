"""What a person wrote, above the thread and without the signature, as each mail program leaves it."""
# ruff: noqa: E501 - texts as they come in

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.quoted import written

MINE = "Oui pour mardi."
THREADS = [
    # Gmail
    "Le lun. 2 nov. 2026 à 08:14, Institut Bulle <contact@bulle.example> a écrit :\n> Bonjour\n> répondez STOP",
    "Le lun. 2 nov. 2026 à 08:14, Institut Bulle de Lin et de Coton\n<contact@bulle.example> a écrit :\n\n> répondez STOP",
    "On Mon, Nov 2, 2026 at 8:14 AM Institut <contact@bulle.example> wrote:\n> reply STOP",
    # Apple Mail, quoted without a sign
    "Le 2 nov. 2026 à 08:14, Institut <contact@bulle.example> a écrit :\n\nBonjour, répondez STOP",
    # Thunderbird
    "Le 02/11/2026 à 08:14, Institut a écrit :\n> répondez STOP",
    # Outlook
    "De : Institut <contact@bulle.example>\nEnvoyé : lundi 2 novembre 2026 08:14\nÀ : moi\nObjet : Offre\n\nrépondez STOP",
    "From: Institut\nSent: Monday, November 2, 2026\nTo: me\nSubject: Offer\n\nreply STOP",
    "-----Message d'origine-----\nDe : Institut\nrépondez STOP",
    "-----Original Message-----\nFrom: Institut\nreply STOP",
    "________________________________\nDe : Institut\nrépondez STOP",
    # Orange, La Poste, Proton, forwarded
    "> Message du 02/11/26 08:14\n> De : \"Institut\"\n> A : moi\n> Objet : Offre\n>\n> répondez STOP",
    "envoyé : 2 novembre 2026 à 08:14\nde : Institut <contact@bulle.example>\nobjet : Offre\n\nrépondez STOP",
    "------- Message original -------\nLe lundi 2 novembre 2026 à 08:14, Institut a écrit :\n\nrépondez STOP",
    "---------- Message transféré ---------\nDe : Institut\nrépondez STOP",
    "Début du message réexpédié :\n\nDe: Institut\nrépondez STOP",
]  # fmt: skip
FOOTERS = [
    "--\nAurore Chaptal\n06 00 00 00 00", "-- \nAurore", "Envoyé de mon iPhone", "Envoyé depuis mon mobile Android",
    "Envoyé à partir de Outlook pour iOS", "Sent from my iPhone", "Télécharger Outlook pour Android",
    "Cordialement,\nAurore Chaptal\nOpticienne", "Bien à vous\nAurore", "Cdlt\nA. C.",
    "Ce message et ses pièces jointes sont confidentiels. Si vous n'êtes pas le destinataire, supprimez-le.",
    "Garanti sans virus. www.avast.com",
]  # fmt: skip


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_the_thread_below_is_not_the_person_s(thread: str, gap: str) -> None:
    assert written(f"{MINE}{gap}{thread}") == MINE
    assert written(f"{MINE}{gap}{thread}".replace("\n", "\r\n")) == MINE


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_signature_is_off(footer: str) -> None:
    assert written(f"{MINE}\n\n{footer}") == MINE


def test_an_answer_below_the_quoted_lines_stays() -> None:
    quoted = "Le lun. 2 nov. 2026 à 08:14, Institut a écrit :\n> Mardi ?\n> répondez STOP\n\nOui pour mardi."
    assert written(quoted) == MINE
    assert written("> Mardi ?\nOui pour mardi.") == MINE


@pytest.mark.parametrize(
    "text",
    [
        "Merci.\nCordialement,\nPaul\n\nPS : retirez-moi de la liste", "Bonne idée\n\nBien à vous\nNe m'écrivez plus",
        "Le plombier a écrit : venez mardi", "Objet : droit à l'effacement\n\nSupprimez mes données.",
        "De : rien !", "Cordialement", "Envoyé de mon iPhone", "-- \nstop",
        "Le cabinet ferme le 1er à 10:30.\nIl a écrit.", "Le lundi 3 ne va pas.\n\nOn m'a écrit : trop cher",
        "Le devis du 3 novembre me convient.\nJ'ai écrit : à mardi.",
    ],
)  # fmt: skip
def test_what_the_person_says_stays(text: str) -> None:
    said = written(text)
    assert said.splitlines()[-1] == text.splitlines()[-1]
    assert said.splitlines()[0] == text.splitlines()[0]


def test_what_begins_like_an_attribution_stays() -> None:
    text = "Le lundi 3 ne me va pas, le cabinet est fermé."
    for thread in THREADS:
        assert written(f"{text}\n\n{thread}") == text


def test_when_everything_is_quoted_nothing_is_left() -> None:
    assert written("> répondez STOP\n> merci") == ""


@given(st.text(st.sampled_from("Le1 >\n:-_a écritDewrot"), max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(written(text), str)


@pytest.mark.parametrize(
    "odd", ["\n", "> ", "-", "_", "Le 1 ", "De : \n", "Le 1\n", "* ", " ", "a écrit", "\t", "Cordialement\n"]
)
def test_a_long_odd_text_is_read_too(odd: str) -> None:
    assert len(written(odd * (10_000 // len(odd)))) <= 10_000
