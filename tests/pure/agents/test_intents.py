"""What replies mean without a model: by theme, whatever the spelling, in bounded time."""
# ruff: noqa: E501 - lists of cases

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.intents import Intent, meaning
from agents.library.reply_intent import Reply, ReplyIntent

AGENT = ReplyIntent()
CASES = {
    "opt_out": [
        "Stop", "STOOOP", "S.T.O.P", "sotp", "🛑🛑", "svp arretez", "ne mecrivez plus", "jveux pu de vos sms", "lachez moi",
        "vs me saoulez avec vos pub", "Radiez-moi de votre base", "Je m'oppose à tout démarchage", "signalé au 33700",
        "Encore un SMS et je saisis la CNIL", "oubliez moi", "plus de pub merci", "4e message en 10 jours, ça suffit",
        "Ok pour mardi, par contre enlevez mon numéro de vos envois", "je vous bloque", "desinscrivezmoi",
        "Non merci.\nCordialement,\nPaul\n\nPS : retirez-moi de votre liste", "Comment on se désabonne ?",
        "Très intéressé… par le fait de ne plus jamais vous lire.", "fichez moi la paix", "remove me please",
    ],
    "wrong_person": [
        "Vous vous trompez de numéro", "c pa moi ki gère ça c ma femme", "Mme Petit ne travaille plus ici",
        "Je suis locataire, voyez avec le propriétaire", "erreur de destinataire", "connais pas de Julien",
        "[Réponse automatique] Julien ne fait plus partie de nos effectifs.", "Il a quitté l'entreprise en mai",
    ],
    "out_of_office": [
        "Réponse automatique : absente jusqu'au 12 mai", "I am out of the office until Monday.",
        "Je suis en congé maternité. En mon absence, écrivez à l'accueil.", "Le cabinet est fermé du 1er au 15 août.",
        "Je suis actuellement en congés et serai de retour le 16. Pour toute urgence, appelez le standard.",
    ],
    "price_objection": [
        "tro cher", "g pa le budget", "C'est hors budget pour nous", "c abusé le prix", "votre concurrent fait 200 € de moins",
        "Très beau travail mais c'est au-dessus de mes moyens", "1 480 € pour déplacer un compteur, c'est du vol",
    ],
    "not_now": [
        "pas pour l'instant", "non merci", "pa intéressé", "recontactez moi en mars", "on a déjà trouvé", "j'ai changé d'avis",
        "Je suis en vacances, on voit ça à mon retour", "Je ne dis pas non, mais pas cette année", "on annule pour jeudi",
    ],
    "question": [
        "c combien ?", "vous intervenez le samedi ?", "c koi la diff entre les deux", "Quels sont vos horaires",
        "Ça m'intéresse mais j'ai une question : quelle garantie ?", "Peut-on arrêter l'abonnement quand on veut ?",
        "à quel arrêt de bus faut-il descendre ?",
    ],
    "interested": [
        "oui", "ok pour mardi 14h", "rappelez moi svp", "Pas trop cher finalement, on signe", "Je ne dis pas non, envoie tes dispos",
        "il faut arreter la fuite au plus vite venez", "fuite non stop depuis ce matin, venez vite", "pas de souci pour jeudi",
        "Ne m'enlevez surtout pas de votre liste ! Oui pour la démonstration.", "vous pouvez passer demain ?", "Bon pour accord.",
    ],
    "other": ["merci", "Bien reçu, merci", "4471", "Bonne année à vous aussi !", "😂", ""],
}  # fmt: skip
SPELLED_OUT = "S.T.O.P"
EVERY = [(intent, text) for intent, texts in CASES.items() for text in texts]
THREAD = (
    "\n\nLe lun. 2 nov. 2026 à 08:14, Institut <a@b.example> a écrit :\n"
    "> Êtes-vous intéressé ? C'est trop cher ? Pour vous désinscrire, répondez STOP.\n> Je suis absent du bureau."
)
DEV = Path(__file__).parents[2] / "evaluation" / "replies.dev.jsonl"


def read(text: str) -> str:
    return AGENT.rules(Reply(text=text)).intent.value


@pytest.mark.parametrize(("intent", "text"), EVERY)
def test_a_reply_is_understood(intent: str, text: str) -> None:
    assert read(text) == intent


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("interested", "C'est trop cher mais je signe quand même"),
        ("interested", "J'avais dit pas avant janvier mais passez demain"),
        ("interested", "Le prix est élevé mais c'est d'accord"),
        ("not_now", "Je suis partant mais pas maintenant"),
        ("price_objection", "ok pour le principe mais hors budget"),
    ],
)
def test_what_comes_after_a_turn_decides(intent: str, text: str) -> None:
    assert read(text) == intent


@pytest.mark.parametrize(("intent", "text"), EVERY)
def test_capitals_accents_and_apostrophes_change_nothing(intent: str, text: str) -> None:
    bare = unicodedata.normalize("NFD", text).replace("’", "'")
    assert read(text.upper()) == intent
    assert read("".join(char for char in bare if not unicodedata.combining(char))) == intent
    assert read(text.replace("'", "’")) == intent


@given(st.sampled_from(EVERY), st.data())
def test_a_letter_that_is_held_changes_nothing(case: tuple[str, str], data: st.DataObject) -> None:
    intent, text = case
    alone = [
        place for place, char in enumerate(text)
        if char.isalpha() and char.isascii() and char.lower() not in {text[place - 1 : place].lower(), text[place + 1 : place + 2].lower()}
        and not (text[place - 1 : place].isdigit() or "." in text[place - 1 : place + 2])
    ]  # fmt: skip
    if alone and len(text) > 4 and text != SPELLED_OUT:
        place = data.draw(st.sampled_from(alone))
        assert read(text[:place] + text[place] * 4 + text[place + 1 :]) == intent


@pytest.mark.parametrize(("intent", "text"), [case for case in EVERY if case[1]])
def test_what_is_quoted_below_changes_nothing(intent: str, text: str) -> None:
    assert read(text + THREAD) == intent


def test_our_own_message_below_changes_nothing_even_unmarked() -> None:
    ours = "Bonjour, êtes-vous intéressé ? Répondez STOP pour ne plus recevoir de messages."
    assert AGENT.rules(Reply(text=f"Trop cher\n{ours}", before=ours)).intent is Intent.PRICE_OBJECTION


@given(st.text(max_size=300))
def test_who_begins_with_stop_is_heard(rest: str) -> None:
    assert read(f"stop {rest}") == "opt_out"
    assert read(f"STOP, {rest}") == "opt_out"


@given(st.text(max_size=2_000))
def test_any_text_has_a_meaning(text: str) -> None:
    reading = AGENT.rules(Reply(text=text))
    assert reading == AGENT.rules(Reply(text=text))
    assert 0 <= reading.confidence <= 1
    assert meaning(text).intent is not Intent.OPT_OUT


@pytest.mark.parametrize(
    "odd",
    ["a", "a ", "ne me ", "plus de ", "1 €", "06 12 ", "é", "?", "\n", "> ", "de : ", "s.t.o.p ", "a@", "http://", "j ", "'", "😀",
     "je ne veux pas vous ", "Le 1 a ecrit ", "arret de ", "-", "_ "],
)  # fmt: skip
def test_a_long_odd_text_is_read_at_all(odd: str) -> None:
    assert AGENT.rules(Reply(text=(odd * 10_000)[:10_000])).intent in Intent


def test_what_is_unclear_goes_to_a_person() -> None:
    assert AGENT.rules(Reply(text="Ah chouette, encore vous !")).is_doubtful
    assert not AGENT.rules(Reply(text="Désinscrivez-moi")).is_doubtful


def test_it_says_which_words_decided() -> None:
    assert "trop cher" in AGENT.rules(Reply(text="Désolée, trop cher pour moi")).reasoning


def test_the_examples_that_may_be_read_are_understood() -> None:
    rows = [json.loads(line) for line in DEV.read_text().splitlines()]
    read_as = [(row["intent"], read(row["text"])) for row in rows]
    right, told, meant = (
        Counter(a for a, b in read_as if a == b),
        Counter(b for _, b in read_as),
        Counter(a for a, _ in read_as),
    )
    assert sum(2 * right[i] / (told[i] + meant[i]) for i in meant) / len(meant) >= 0.95
    assert right["opt_out"] == meant["opt_out"]
    assert told["opt_out"] - right["opt_out"] <= 1  # « Stop le projet »: who begins with stop is heard
