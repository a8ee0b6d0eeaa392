"""Are these two the same? By email, phone, and the name of the company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.duplicates import (
    LONGEST,
    Card,
    Likeness,
    company_key,
    compare,
    email_key,
    of_companies,
    phone_key,
)  # fmt: skip

WORDS = ["Boulangerie", "Martin", "Martinez", "Plomberie", "Dupont", "Dupond", "Lyon", "SARL", "S.A.S.", "et fils", "É",
         "l'Atelier", "2000", "auto-entrepreneur", "&", "Fils", "(75)", "ß", "a", "et"]  # fmt: skip
names = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
addresses = st.one_of(st.text(max_size=30), st.sampled_from([
    "jean.dupont@gmail.com", "jeandupont+devis@googlemail.com", "Jean.Dupont@Orange.fr", "jean+x@orange.fr",
    "+@gmail.com", "..@gmail.com", "a@b@gmail.com",
]))  # fmt: skip
numbers = st.sampled_from(["", "06 12 34 56 78", "+33612345678", "0612345679", "12"])
cards = st.builds(Card, addresses, numbers, names, names)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Jean.Dupont@Gmail.com ", "jeandupont@gmail.com"), ("jean.d+devis@googlemail.com", "jeand@gmail.com"),
        ("Jean.Dupont+devis@Orange.fr", "jean.dupont@orange.fr"), ("+33@orange.fr", "+33@orange.fr"), ("", ""),
    ],
)  # fmt: skip
def test_an_email_is_the_one_of_its_mailbox(text, key):
    assert email_key(text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("SARL Boulangerie Martin", "boulangerie martin"), ("S.A.R.L. Boulangerie MARTIN", "boulangerie martin"),
        ("Boulangerie Martin & Fils", "boulangerie martin"), ("Boulangerie Martin et fils (SAS)", "boulangerie martin"),
        ("Éts. Élec-Plus, EURL", "elec plus"), ("Jean Dupont auto-entrepreneur", "jean dupont"),
        ("SCI du Lac", "du lac"), ("L'Atelier d'Anaïs SASU", "l atelier d anais"), ("SARL", "sarl"), ("", ""),
        ("---", ""),
    ],
)  # fmt: skip
def test_a_company_is_its_name_without_what_only_says_its_form(text, key):
    assert company_key(text) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Boulangerie Martin", "SARL BOULANGERIE MARTIN"), ("Martin Boulangerie", "Boulangerie Martin"),
        ("Elec Plus", "ElecPlus"), ("Plomberie Dupont", "Plomberie Dupond"), ("Garage Lefèvre", "Garage Lefevre & Cie"),
        ("Boulangerie Martin", "Boulangeire Martin"),
    ],
)  # fmt: skip
def test_one_company_written_twice_is_noticed(one, other):
    found = compare(Card(company=one), Card(company=other))
    assert found is not None
    assert found.reason == "company"
    assert 90 <= found.similarity <= 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Boulangerie Martin", "Boulangerie Martinez"), ("Plomberie Dupont Lyon", "Plomberie Dupont"),
        ("Garage 12", "Garage 13"), ("Boulangerie Martin", "Plomberie Martin"), ("Taxi Bio", "Taxi Bia"),
        ("Martin", ""), ("", ""), ("Dupont Dupond", "Dupond Durand"),
    ],
)  # fmt: skip
def test_two_companies_whose_names_are_near_are_two(one, other):
    assert compare(Card(company=one), Card(company=other)) is None


def test_a_slip_is_less_sure_than_the_very_name():
    assert of_companies("plomberie dupont", "plomberie dupont") == 100
    assert of_companies("plomberie dupont", "plomberie dupond") < 100


def test_the_strongest_reason_is_the_one_that_is_told():
    whole = Card("jean@example.com", "+33612345678", "Jean", "Martin SARL")
    assert compare(whole, Card("Jean@example.com", "06 12 34 56 78", "", "Martin")) == Likeness("email", 100)
    assert compare(whole, Card("", "06 12 34 56 78", "Jean", "Martin")) == Likeness("phone", 100)
    assert compare(whole, Card(company="Martin")) == Likeness("company", 100)
    assert compare(whole, Card("luc@example.com", "+33612345679", "Jean", "Duval")) is None


def test_a_shared_number_is_less_sure_the_more_the_names_differ():
    def similarity(one: str, other: str) -> int:
        found = compare(Card(phone="+33612345678", name=one), Card(phone="0612345678", name=other))
        assert found is not None
        return found.similarity

    assert similarity("Jean Dupont", "DUPONT Jéan") == 100
    assert similarity("Jean Dupont", "") == 80
    assert 50 <= similarity("Jean Dupont", "Zoé Lim") < similarity("Jean Dupont", "Anne Dupont") < 100


@given(cards, cards)
def test_it_does_not_matter_who_is_compared_with_whom(one, other):
    assert compare(one, other) == compare(other, one)


@given(cards)
def test_everybody_is_like_themselves_where_something_is_known(card):
    found = compare(card, card)
    if card.email or card.phone or company_key(card.company):
        assert found is not None
    else:
        assert found is None


@given(names)
def test_a_name_equals_itself(name):
    key = company_key(name)
    assert of_companies(key, key) == (100 if key else 0)


@given(names)
def test_a_key_of_a_company_is_its_own_key_and_fits_its_column(name):
    key = company_key(name)
    assert company_key(key) == key
    assert len(key) <= LONGEST
    assert not set("%_") & set(key)  # it is looked for with LIKE


@given(addresses)
def test_a_key_of_an_email_is_its_own_key(text):
    assert email_key(email_key(text)) == email_key(text)


@given(st.one_of(numbers, st.text(max_size=20)))
def test_a_key_of_a_phone_is_its_own_key(text):
    assert phone_key(phone_key(text)) == phone_key(text)


@given(names, names)
def test_a_similarity_is_between_nothing_and_the_very_same(one, other):
    assert 0 <= of_companies(company_key(one), company_key(other)) <= 100
