"""What a site reports of a consent, checked before it is stored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from berinia.caller import known_ip
from crm.matching import Choice
from crm.serializers import BASES, CHANNELS, PURPOSES, ConsentIn

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
SAID = {"canaux": ["email"], "accorde": True, "texte": "J'accepte."}


def read(**changes):
    return ConsentIn.model_validate(SAID | changes, context={"now": NOW})


@given(
    st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=5),
    st.lists(st.sampled_from(sorted(PURPOSES)), min_size=1, max_size=5),
    st.sampled_from(sorted(BASES)),
    st.booleans(),
)
def test_each_purpose_meets_each_channel_once_and_only_emails_are_followed(channels, words, basis, is_granted):
    asked = SAID | {"canaux": channels, "finalites": words, "fondement": basis, "accorde": is_granted}
    if "email" not in channels and set(words) != {"commercial"}:
        with pytest.raises(ValidationError, match="email"):
            ConsentIn.model_validate(asked)
        return
    choice = ConsentIn.model_validate(asked).choice()
    pairs = choice.pairs()
    assert len(pairs) == len(set(pairs))
    assert {p for p, _c in pairs} == {PURPOSES[w] for w in words}
    assert {c for p, c in pairs if p == "marketing"} == (set(channels) if "commercial" in words else set())
    assert {c for p, c in pairs if p != "marketing"} <= {"email"}
    assert (choice.basis, choice.is_granted) == (BASES[basis], is_granted)


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2026, 3, 10)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_is_read_with_its_offset(naive, minutes):
    at = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    if at <= NOW:
        assert read(date=at.isoformat()).date == at


@pytest.mark.parametrize("text", ["2026-03-10T10:00:00", "hier", "", "0001-01-01T00:00:00+14:00", 12, None])
def test_what_is_no_instant_is_refused_and_none_is_now(text):
    if text is None:
        assert read(date=None).choice().at is None
        return
    with pytest.raises(ValidationError, match="décalage"):
        read(date=text)


def test_a_clock_may_be_a_little_fast_but_not_an_hour():
    assert read(date=(NOW + timedelta(minutes=4)).isoformat()).date > NOW
    with pytest.raises(ValidationError, match="avenir"):
        read(date=(NOW + timedelta(hours=1)).isoformat())


@given(st.ip_addresses())
def test_an_address_is_known_in_its_stored_form(address):
    if getattr(address, "scope_id", None):
        assert known_ip(str(address)) is None
    else:
        assert known_ip(f" {address} ") == str(address)


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "fe80::1%eth0", "999.1.1.1"])
def test_what_is_no_address_is_none(text):
    assert known_ip(text) is None


def test_a_refusal_needs_no_text():
    assert read(accorde=False, texte="").choice() == Choice(False, ("email",))
