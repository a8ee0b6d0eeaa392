"""What a model writes reaches nobody unless it says only what the business has told, in French, to the right person."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.agent import asked_by_steps
from agents.claims import EVERYWHERE, OF_SECTOR, forbidden, plain
from agents.figures import figures, untold
from agents.library.message_writer import Brief, MessageWriter, Written
from agents.message_checks import LONGEST_EMAIL, LONGEST_SUBJECT, is_french
from communications.sms import segments, transliterate

WRITER = MessageWriter()
FACTS = ("Garantie décennale de 10 ans sur tous nos travaux", "Ouvert de 8 h à 18h30", "Devis valable 30 jours")
TOLD = {"10", "8", "18h30", "30"}


def brief(**changes: Any) -> Brief:
    given: dict[str, Any] = {
        "channel": "sms", "business": "Plomberie Martin", "sector": "plombier", "facts": FACTS, "first_name": "Zoé",
        "brief": "Relance douce après le devis, rappeler la garantie décennale",
    }  # fmt: skip
    return Brief(**given | changes)


def passes(text: str, subject: str = "", **changes: Any) -> bool:
    asked = brief(**changes)
    output, notes = WRITER.guard(asked, Written(subject=subject, text=text))
    assert bool(output.text) is not bool(notes)
    return bool(output.text)


GOOD = [
    "Bonjour Zoé, avez-vous pu regarder notre devis ? Nos travaux ont une garantie décennale de 10 ans.",
    "Bonjour, notre devis est valable 30 jours, et nous restons à votre disposition pour en parler. Plomberie Martin",
    "Nous sommes joignables de 8h à 18h30 pour toute question sur votre devis. Plomberie Martin",
    "Bonjour zoé, avez-vous pu regarder notre devis ?",
    "Bonjour et merci pour votre confiance. Avez-vous pu regarder notre devis ?",
]
BAD = {
    "another number": "Bonjour Zoé, notre devis est valable 60 jours, la pose aussi.",
    "its own unit for a number that was told": "Bonjour Zoé, avec 10 % de moins sur la pose, pour vous.",
    "a part of a number": "Bonjour Zoé, nous sommes là de 8 h à 30 pour vous et votre devis. Plomberie Martin",
    "a number in words": "Bonjour Zoé, notre devis est valable trois ans pour vous. Plomberie Martin",
    "a price in words": "Bonjour Zoé, la pose est à cent euros pour vous. Plomberie Martin",
    "a percentage in words": "Bonjour Zoé, la pose est à dix pour cent de moins pour vous. Plomberie Martin",
    "a number in other digits": "Bonjour Zoé, la pose est à ٩٩ pour vous et les vôtres. Plomberie Martin",
    "a day": "Bonjour Zoé, nous passons chez vous mardi pour le devis. Plomberie Martin",
    "a date": "Bonjour Zoé, nous passons chez vous le 12/03 pour le devis. Plomberie Martin",
    "a link": "Bonjour Zoé, votre devis est sur https://martin.fr pour vous. Plomberie Martin",
    "a link without a scheme": "Bonjour Zoé, votre devis est sur martin.fr pour vous. Plomberie Martin",
    "a link in words": "Bonjour Zoé, votre devis est sur martin point fr pour vous. Plomberie Martin",
    "a link in other letters": "Bonjour Zoé, votre devis est sur martin。fr pour vous. Plomberie Martin",
    "an email": "Bonjour Zoé, écrivez-nous à jean@martin pour votre devis. Plomberie Martin",
    "a phone": "Bonjour Zoé, appelez-nous au 06 12 34 56 78 pour votre devis. Plomberie Martin",
    "an IBAN": "Bonjour Zoé, notre compte est FR76 3000 6000 0112 pour le devis. Plomberie Martin",
    "a payment": "Bonjour Zoé, merci de faire un virement pour votre devis. Plomberie Martin",
    "HTML": "Bonjour Zoé, avez-vous pu <b>regarder</b> notre devis ? Plomberie Martin",
    "Markdown": "Bonjour Zoé, avez-vous pu **regarder** notre devis ? Plomberie Martin",
    "a variable": "Bonjour {{ contact.prenom }}, avez-vous pu regarder notre devis ? Plomberie Martin",
    "a hole": "Bonjour Zoé, avez-vous pu regarder notre devis de [montant] ? Plomberie Martin",
    "somebody else": "Bonjour Pierre, avez-vous pu regarder notre devis ? Plomberie Martin",
    "a title": "Bonjour Madame Durand, avez-vous pu regarder notre devis ? Plomberie Martin",
    "English": "Hello Zoé, have you been able to look at the quote? Please call us. Plomberie Martin",
    "a guarantee of all": "Bonjour Zoé, nos travaux sont garantis à 100 %, et le devis aussi. Plomberie Martin",
    "the best price": "Bonjour Zoé, nous avons le meilleur prix pour votre devis. Plomberie Martin",
    "a gift": "Bonjour Zoé, le déplacement est gratuit pour votre devis. Plomberie Martin",
    "a false urgency": "Bonjour Zoé, c'est le dernier jour pour signer notre devis. Plomberie Martin",
    "a discount": "Bonjour Zoé, nous vous faisons une remise sur le devis. Plomberie Martin",
    "a public body": "Bonjour Zoé, ici la préfecture pour votre devis et votre dossier. Plomberie Martin",
    "a label": "Bonjour Zoé, nous sommes certifiés RGE pour votre devis et vos travaux. Plomberie Martin",
    "an aid of the State": "Bonjour Zoé, MaPrimeRénov paie une part de votre devis. Plomberie Martin",
    "an emoji": "Bonjour Zoé, avez-vous pu regarder notre devis ? 🙂 Plomberie Martin",
    "hidden letters": "Bonjour Zoé, avez-vous pu regarder\u200b notre devis ? Plomberie Martin",
    "Cyrillic that looks like ours": "Bonjour Zoé, avez-vous pu regarder notre dеvis ? Plomberie Martin",
    "nothing much": "Bonjour Zoé.",
    "too much": "Bonjour Zoé, avez-vous pu regarder notre devis ? " * 8,
}


@pytest.mark.parametrize("text", GOOD)
def test_what_the_business_itself_says_passes(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_nobody_told_does_not(what: str) -> None:
    assert not passes(BAD[what])


@pytest.mark.parametrize("what", sorted(set(BAD) - {"too much", "nothing much"}))
def test_nor_in_the_subject_of_an_email(what: str) -> None:
    """What makes a text wrong makes a short subject wrong, too, unless it is about the text alone."""
    if what in ("somebody else", "a title", "English"):
        return
    core = re.sub(r"^Bonjour Zoé, | Plomberie Martin$", "", BAD[what])
    assert not passes(GOOD[1], subject=core, channel="email")


def test_the_facts_and_the_brief_allow_what_they_say() -> None:
    free = "Bonjour Zoé, le déplacement est gratuit mardi, avec 15 % de remise sur le devis. Plomberie Martin"
    assert not passes(free)
    assert passes(free, brief="Dire que le déplacement est gratuit mardi et qu'il y a 15 % de remise")
    phone = "Bonjour Zoé, appelez-nous au 06.12.34.56.78 pour en parler. Plomberie Martin"
    assert passes(phone, facts=("Téléphone : 06 12 34 56 78",))


@pytest.mark.parametrize(
    ("sector", "text"),
    [
        ("avocat", "Bonjour, nous vous aiderons à obtenir gain de cause dans votre affaire."),
        ("avocat", "Bonjour, notre cabinet est spécialisé dans votre affaire et vous attend."),
        ("coach", "Bonjour, nos séances vont changer votre vie et celle de vos proches."),
        ("dentiste", "Bonjour, le meilleur cabinet de la ville est à votre disposition."),
    ],
)  # fmt: skip
def test_a_sector_has_rules_of_its_own(sector: str, text: str) -> None:
    assert not passes(text, sector=sector, business="Durand", first_name="")
    assert passes(text, sector="fleuriste", business="Durand", first_name="")


def test_each_claim_says_its_name_and_its_source() -> None:
    for claim in (*EVERYWHERE, *(one for claims in OF_SECTOR.values() for one in claims)):
        assert claim.said
        assert claim.source
    (said,) = forbidden("Satisfait ou remboursé : 5 jours", "plombier", "")
    assert said == "un remboursement (« satisfait ou rembours », Code de la consommation, art. L121-2)"


@pytest.mark.parametrize(
    ("channel", "most"), [("email", LONGEST_EMAIL), ("whatsapp", 1_000)]
)  # fmt: skip
def test_a_message_has_room_up_to_a_limit(channel: str, most: int) -> None:
    sentence = "Nous sommes à votre disposition pour en parler avec vous. "
    assert passes((sentence * 40)[: most - 5] + "vous.", channel=channel)
    assert not passes((sentence * 40)[: most - 4] + "vous.", channel=channel)
    assert not passes(GOOD[0], subject="x" * (LONGEST_SUBJECT + 1), channel="email")


def test_the_mention_of_stop_has_its_room() -> None:
    text = ("Nous sommes à votre disposition pour en parler avec vous. " * 9)[:300]
    assert passes(text)
    assert passes(text, reserve=4)
    assert not passes(text, reserve=20)


def test_only_an_email_has_a_subject() -> None:
    output, _notes = WRITER.guard(brief(), Written(subject="Votre devis", text=GOOD[0]))
    assert (output.subject, output.text) == ("", GOOD[0])


def test_without_a_model_there_is_no_text_and_the_guardrails_let_that_be() -> None:
    assert WRITER.guard(brief(), WRITER.rules(brief())) == (Written(), [])


def test_it_is_asked_by_steps_and_each_answer_is_written_anew() -> None:
    assert asked_by_steps()["write"].name == "message_writer"
    assert not WRITER.is_cached


WORDS = [
    "Bonjour ", "Zoé", "Pierre", ", ", "notre devis ", "pour vous ", "avec nous ", "10 ans ", "10 % ", "30 jours ",
    "1 0", "99 € ", "€", "%", "http://", "martin.fr ", "@", "{{ x }}", "<b>", "[prénom]", "gratuit ", "dernier jour ",
    "demain ", "mille ", "\u200b", "\u202e", "٣", "½", "Ⅷ", "\n", "FR76", "18h30 ", "8 h ", "**", "https", "：",
    "．fr", "．", "/",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
    st.tuples(st.sampled_from(GOOD), st.text(max_size=30), st.sampled_from(WORDS)).map(lambda parts: " ".join(parts)),
)


@given(texts, st.text(max_size=80), st.sampled_from(["sms", "email", "whatsapp"]))
@example(GOOD[0], "", "sms")
def test_whatever_is_written_what_passes_says_nothing_that_nobody_told(text: str, subject: str, channel: Any) -> None:
    output, _notes = WRITER.guard(brief(channel=channel), Written(subject=subject, text=text))
    for part in (output.subject, output.text):
        assert not re.search(r"[<>{}\[\]@*_`|\\]|://|www|\w\.\w", part)
        assert not any(
            unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "So", "No", "Nl") for c in part if c not in "\n°²³"
        )
        assert {number for number, _unit in figures(part)} <= TOLD
        assert not re.search(r"€|%", part)
        assert not re.search(r"(?<!\w)(?:gratui|dernier jour|https?(?!\w)|(?:mille|demain)(?!\w))", plain(part))
    if output.text:
        assert is_french(output.text)
        assert not re.match(r"\W*Bonjour[ ,]+Pierre", output.text)
    if channel == "sms":
        assert segments(transliterate(output.text)).count <= 2
        assert output.subject == ""
    assert WRITER.guard(brief(channel=channel), output)[0] == output  # what has passed passes again


@given(st.integers(0, 10**9), st.sampled_from(["€", " €", " euros", " %", " pour cent", " jours", "h", " ans", ""]))
def test_a_figure_is_allowed_exactly_where_it_was_told(number: int, unit: str) -> None:
    said = f"Le prix est de {number}{unit}"
    assert not list(untold(said, f"Il est de {number}{unit}, toujours."))
    assert list(untold(said, f"Il est de {number + 1}{unit}, toujours."))
    assert list(untold(said, "Il est juste."))
