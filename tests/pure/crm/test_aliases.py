"""The other names and addresses of who was merged."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.aliases import EMAILS, NAMES, PHONES, addresses_of, names_of, others, with_aliases

texts = st.sampled_from(["", "a", "b", "c"])
anything = st.one_of(st.none(), texts, st.lists(st.one_of(texts, st.integers()), max_size=3))
people = st.builds(
    SimpleNamespace, name=texts, email=st.one_of(st.none(), texts), phone=st.one_of(st.none(), texts),
    fields=st.dictionaries(st.sampled_from([NAMES, EMAILS, PHONES, "x"]), anything, max_size=4),
)  # fmt: skip


def all_of(person):
    return {text for pair in addresses_of(person) for text in pair if text}, {n for n in names_of(person) if n}


@given(people, people)
def test_nothing_that_led_to_either_is_lost(kept, gone):
    both = SimpleNamespace(
        name=kept.name or gone.name, email=kept.email or gone.email, phone=kept.phone or gone.phone,
        fields=with_aliases(kept, gone),
    )  # fmt: skip
    for found, one, other in zip(all_of(both), all_of(kept), all_of(gone), strict=True):
        assert found == one | other


@given(people, people)
def test_other_fields_are_those_of_who_stays_first(kept, gone):
    fields = with_aliases(kept, gone)
    assert fields.get("x") == kept.fields.get("x", gone.fields.get("x"))


@pytest.mark.parametrize("found", [None, "jean@example.com", 7, {"a": 1}, [None, 7, ""]])
def test_what_people_wrote_there_by_hand_does_no_harm(found):
    assert others({EMAILS: found}, EMAILS) == []
