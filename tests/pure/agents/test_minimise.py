"""What reaches or names a person is not in what a model sees; what they said is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.minimise import DEEPEST, minimised, minimised_data

SEPARATORS = st.sampled_from(["", " ", ".", "-", "/"])
WORDS = st.text(alphabet="abcdeéèàç  \n,:;!?'", max_size=30)


def digits(n):
    return st.lists(st.integers(0, 9), min_size=n, max_size=n).map(lambda ds: "".join(map(str, ds)))


@st.composite
def phones(draw):
    first, rest, mark = draw(st.integers(1, 9)), draw(digits(8)), draw(SEPARATORS)
    start = draw(st.sampled_from(["0", "+33", "+33 ", "0033 ", "+33 (0)", "+32 "]))
    return start + str(first) + mark + mark.join(re.findall("..", rest))


@st.composite
def numbers(draw):
    return draw(st.sampled_from("123456789")) + draw(st.one_of(digits(12), digits(13), digits(14), digits(15)))


@given(before=WORDS, phone=phones(), after=WORDS)
def test_no_telephone_number_is_left(before, phone, after):
    assert re.sub(r"\D", "", minimised(f"{before} {phone} {after}")) == ""


@given(before=WORDS, number=numbers(), groups=st.sampled_from([2, 3, 4]), after=WORDS)
def test_no_long_number_is_left(before, number, groups, after):
    spaced = " ".join(number[n : n + groups] for n in range(0, len(number), groups))
    for written in (number, spaced):
        assert not re.search(r"\d{4}|\d \d", minimised(f"{before} {written} {after}"))


@given(before=WORDS, local=st.text("abcé.+_-0123456789", min_size=1), domain=st.text("abc-.", min_size=1), after=WORDS)
def test_no_email_is_left(before, local, domain, after):
    for at in ("@", " @ ", "(at)"):
        said = minimised(f"{before} {local}{at}{domain} {after}")
        assert "@" not in said
        assert "(at)" not in said
        assert "[e-mail]" in said


@given(text=st.text(), limit=st.integers(1, 50))
def test_any_text_is_taken_kept_short_and_done_once(text, limit):
    said = minimised(text, ["Dupont"], limit)
    assert len(said) <= limit
    assert minimised(minimised(text)) == minimised(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("mon IBAN : FR76 3000 6000 0112 3456 7890 189 merci", "mon IBAN : [IBAN] merci"),
        ("SIRET 123 456 789 00012, siren 123456789", "SIRET [SIRET], siren [SIREN]"),
        ("carte 4970 1234 5678 9012", "carte [carte]"),
        ("sécu 1 85 05 78 006 084 36", "sécu [sécurité sociale]"),
        ("j'habite 12 bis rue Paul Bert et ca coule", "j'habite [adresse] et ca coule"),
        ("3, avenue du Général de Gaulle, 69003 Lyon", "[adresse], 69003 Lyon"),
        ("digicode : 45B12, merci", "digicode [code], merci"),
        ("voir https://x.fr/?token=abc et www.moi.fr", "voir [lien] et [lien]"),
        ("c'est madame DUPONT, Hélène Dupont", "c'est madame [nom], Hélène [nom]"),
        ("tél ０６ １２ ３４ ５６ ７８", "tél [téléphone]"),
        ("06​12345678", "[téléphone]"),
    ],
)
def test_what_identifies_becomes_a_placeholder(text, seen):
    assert minimised(text, ["dupont"]) == seen


@pytest.mark.parametrize(
    "text",
    [
        "budget 100 000-150 000 €, ou 4000-4500", "le 10.03.2026 14h30 ou le 2026-03-10 11:00",
        "T3 de 120 m2 à 280 000 €",
        "il y a 3 places et 5 passages", "Marseille 13012, 2e étage", "devis D-2231 de 1 480 €", "on est 12 au garage",
    ],
)  # fmt: skip
def test_what_is_said_stays(text):
    assert minimised(text) == text


def test_the_data_of_an_event_bear_neither_identity_nor_length():
    data = {
        "nom": "Dupont", "Téléphone": "0612345678", "email_pro": "a@b.fr", "adresse": "12 rue Paul Bert, Lyon 3",
        "travaux": "fuite " * 200, "budget": 4_000, "urgent": True, "n": 33612345678, "vide": "", "rien": None,
        "suite": {"tel": "06", "x": ["a@b.fr", 2]}, "0612345678": 1,
    }  # fmt: skip
    seen = minimised_data(data, ["Dupont"])
    assert len(seen.pop("travaux")) == 500
    assert seen == {
        "adresse": "[adresse], Lyon 3", "budget": 4_000, "urgent": True, "n": "[numéro]", "rien": None,
        "suite": {"x": ["[e-mail]", 2]}, "[téléphone]": 1,
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(data=st.dictionaries(st.text(), JSON), phone=phones())
def test_any_data_are_taken_and_none_brings_a_number_through(data, phone):
    def depth(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + max(map(depth, inner), default=0)

    seen = minimised_data({**data, "x": [phone, {"y": f"au {phone}"}]})
    assert depth(seen) <= DEEPEST + 1
    if "x" in seen:
        assert seen["x"][0] == "[téléphone]"
