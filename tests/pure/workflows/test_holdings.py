"""How texts may speak of a person, and a reason that names nobody."""

from hypothesis import given
from hypothesis import strategies as st

from crm.models import Contact
from workflows.erase import Erased, without
from workflows.holdings import words_of

NAMES = st.lists(st.text("abcdefghijklmnopqrstuvwxyzéÉ-", min_size=3, max_size=12), min_size=2, max_size=4)


def test_a_number_is_known_as_people_write_it():
    words = words_of("", None, "+33612345678")
    for text in ("0612345678", "06 12 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78", "+33612345678", "33612345678"):
        assert any(word in text for word in words), text
    assert not any(word in "06 12 34 56 79" for word in words)


def test_a_number_of_another_country_is_known_by_its_digits():
    assert words_of("", None, "+4915112345678") == {"4915112345678"}


def test_a_single_name_says_too_little():
    assert words_of("Jean", "Jean@Example.com", None) == {"jean@example.com"}
    assert words_of(" Jean  Dupont ", None, None) == {"jean dupont"}
    assert words_of("", None, None) == set()


@given(NAMES)
def test_a_reason_names_nobody(parts):
    name = " ".join(parts)
    contact = Contact(name=name, email="zoe@example.com", phone="+33612345678")
    text = f"demande de {name.upper()} (ZOE@example.com, 06 12 34 56 78), {parts[-1]} insiste"
    left = without(text, [contact]).lower()
    assert "zoe@example.com" not in left
    assert "06 12 34 56 78" not in left
    words = left.replace("(", " ").replace(",", " ").split()
    given_parts = {part.lower() for part in parts if part.strip("-")} - {"demande", "insiste"}
    assert not given_parts & set(words)


def test_words_that_only_hold_a_name_stay():
    contact = Contact(name="Jean de Man", email=None, phone="+33612345678")
    assert without("demande écrite de Jean", [contact]) == "demande écrite de …"


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
    st.dictionaries(st.sampled_from("bcd"), st.integers(0, 9)),
)
def test_what_went_is_added_up(one, other):
    both = Erased(1, one, 2) + Erased(2, other, 3)
    assert (both.people, both.copies) == (3, 5)
    assert dict(both.rows) == {k: one.get(k, 0) + other.get(k, 0) for k in one.keys() | other.keys()}
