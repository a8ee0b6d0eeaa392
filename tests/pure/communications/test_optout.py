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


@pytest.mark.parametrize(
    "text",
    [
        "STOOOOP", "S T O P", "st0p", "sotp", "🛑🛑", "stop\u200b", "arretez vos sms c penible", "nmenvoyez plus rien",
        "ne mecrivez plus", "je ve pu de vo message", "desinscirvez moi", "desinscrivezmoi", "lachez moi la grappe",
        "Fichez-moi la paix", "laissez nous tranquille", "Oubliez-moi", "perdez mon numero", "plus de pub merci",
        "Je fais usage de mon droit d'opposition.", "Radiez-moi de votre base", "otez mon num svp", "je vous bloque",
        "Merci de procéder à la suppression de mon adresse électronique de vos listes.", "signalé au 33700",
        "Si je reçois encore un message, je saisis la CNIL", "Veuillez cesser vos envois", "plus jamais svp",
        "Ok pour le rendez-vous de jeudi. Par contre enlevez mon numéro de vos envois",
        "Please remove me from your list",
        "Après réflexion nous ne donnerons pas suite et ne souhaitons pas recevoir d'autres propositions "
        "de votre part.",
        "Non merci.\nBien à vous,\nPaul\n\nPS : retirez mon adresse de votre liste.",
        "J'ai beaucoup aimé travailler avec vous toutes ces années, et je vous en remercie encore, mais je déménage à "
        "l'autre bout du pays : merci de ne plus m'envoyer vos offres.",
    ],
)  # fmt: skip
def test_these_say_it_in_their_own_way(text: str) -> None:
    assert wish(text) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        "Ah chouette, encore vous !", "Super, encore un SMS, continuez surtout", "4e message en 10 jours",
        "Combien de fois faut-il vous le dire ?", "Vous comprenez le mot non ?", "🖕",
    ],
)  # fmt: skip
def test_irony_and_anger_are_read_by_a_person(text: str) -> None:
    assert wish(text) is Wish.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        "Ne me désinscrivez pas !", "Ne m'enlevez surtout pas de votre liste", "il faut arreter la fuite au plus vite",
        "arreter cette alarme svp", "Arrêt de bus devant chez vous ?", "Je suis en arrêt maladie", "fuite non stop",
        "le stop de la porte de garage est cassé", "Puis-je arrêter l'abonnement à tout moment ?", "c trop cher",
        "faut-il arrêter le rétinol avant le soin ?", "Ne m'appelez pas avant 18h, après ok", "pas intéressé",
        "Je me suis désinscrit de l'autre offre ; la vôtre m'intéresse",
        "On m'a harcelé au travail, je veux un rendez-vous",
        "Votre outil est-il conforme RGPD et référencé à la CNIL ?", "plus de courant chez moi",
        "merci pour vos messages",
        "jveux plus attendre venez demain", "envoyez moi plus de photos", "retirez la vieille baignoire aussi svp",
        "Je n'ai pas reçu votre message", "bloquez moi la date", "J'arrête de fumer, rappelez-moi en mars",
        "Je suis victime de harcèlement et je veux porter plainte contre mon employeur.", "top", "stp", "Stéphane",
        "Oui.\n\nLe lun. 2 nov. 2026 à 08:14, Nous <a@b.example> a écrit :\n> Répondez STOP pour vous désinscrire.",
        "Bien reçu.\n\nSi vous n'êtes pas le destinataire de ce message, merci de le supprimer "
        "et de ne plus l'utiliser.",
    ],
)  # fmt: skip
def test_these_only_sound_like_it(text: str) -> None:
    assert wish(text) is Wish.NONE


@given(st.text(max_size=200))
def test_who_begins_with_stop_ends_it_whatever_follows(rest: str) -> None:
    assert is_stop(f"Stop {rest}")


@pytest.mark.parametrize(
    "odd", ["a", "a ", "ne me ", "plus de vos ", "stop", "> ", "é", "\n", "s.t.o.p ", "je ne veux pas "]
)
def test_a_long_odd_text_is_read_too(odd: str) -> None:
    assert wish((odd * 10_000)[:10_000]) in Wish
