"""One contract for all providers: what is taken, what may be repeated, what a fault means."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from communications.providers import Draft, Fault, Outgoing, Provider, Receipt, Refusal, provider_for, provider_named
from communications.providers.base import transport_refusal
from communications.providers.choice import kinds
from tests.fakes.resend import FakeResend
from tests.fakes.server import Fake
from tests.fakes.twilio import FakeTwilio

POOL = HTTPConnectionPool("127.0.0.1")
DRAFTS = {
    "email": Draft(7, 1, "zoe@exemple.fr", '"Salon" <rdv@salon.fr>', "Objet", "<p>Bonjour</p>", "Bonjour"),
    "sms": Draft(7, 1, "+33612345678", "SALON", text="Bonjour"),
}


@dataclass
class Road:
    """A provider and the fake behind it, if it calls anybody."""

    provider: Provider
    fake: Fake | None

    def outgoing(self, **changes: Any) -> Outgoing:
        draft = replace(DRAFTS[self.provider.channels[0]], **changes)
        return Outgoing("message/7/1", 7, self.provider.payload(draft), datetime.now(UTC))

    def refused(self, *faults: str) -> Refusal:
        assert self.fake is not None
        self.fake.faults.extend(faults)
        with pytest.raises(Refusal) as caught:
            self.provider.send(self.outgoing())
        return caught.value


FAKES = {"resend": FakeResend, "twilio": FakeTwilio}


@pytest.fixture(params=sorted(kinds()))
def road(request: pytest.FixtureRequest) -> Road:
    fake = request.getfixturevalue(request.param) if request.param in FAKES else None
    return Road(provider_named(request.param), fake)


@pytest.fixture(params=sorted(FAKES))
def outside(request: pytest.FixtureRequest) -> Road:
    fake = request.getfixturevalue(request.param)
    return Road(provider_named(request.param), fake)


def test_a_message_is_taken_and_has_an_id(road: Road) -> None:
    assert road.provider.send(road.outgoing()).id
    if road.fake:
        assert len(road.fake.accepted()) == 1


def test_a_repeat_of_what_is_repeat_safe_sends_nothing(road: Road) -> None:
    outgoing = road.outgoing()
    first, second = road.provider.send(outgoing), road.provider.send(outgoing)
    if road.provider.repeat_safe:
        assert first == second
    if road.fake:
        assert len(road.fake.accepted()) == (1 if road.provider.repeat_safe else 2)


def test_taken_and_then_dropped_is_unknown(outside: Road) -> None:
    assert outside.refused("accept_then_drop").fault is Fault.UNKNOWN
    assert outside.fake is not None
    assert len(outside.fake.accepted()) == 1


def test_taken_without_an_answer_in_time_is_unknown(outside: Road) -> None:
    assert outside.refused("accept_then_hang").fault is Fault.UNKNOWN
    assert outside.fake is not None
    assert len(outside.fake.accepted()) == 1


def test_what_was_dropped_is_never_sent_twice(outside: Road) -> None:
    """By the key, or by looking it up."""
    outgoing = outside.outgoing()
    assert outside.fake is not None
    outside.fake.faults.append("accept_then_drop")
    with pytest.raises(Refusal):
        outside.provider.send(outgoing)
    if outside.provider.repeat_safe:
        assert outside.provider.send(outgoing).id == outside.fake.accepted()[0]["id"]
    else:
        assert outside.provider.find(outgoing, set()) == Receipt(outside.fake.accepted()[0]["sid"])
    assert len(outside.fake.accepted()) == 1


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("drop", Fault.UNKNOWN),
        ("hang", Fault.UNKNOWN),
        ("429", Fault.PACE),
        ("500", Fault.UNKNOWN),
        ("503_html", Fault.UNKNOWN),
    ],
)
def test_what_a_fault_means(outside: Road, fault: str, meaning: Fault) -> None:
    assert outside.refused(fault).fault is meaning
    assert outside.fake is not None
    assert outside.fake.accepted() == []


def test_a_refused_connection_never_reached_anybody(settings: Any, road: Road) -> None:
    settings.RESEND_API_URL = settings.TWILIO_API_URL = "http://127.0.0.1:9"
    settings.RESEND_API_KEY = settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "re_x"
    provider = provider_named(road.provider.name)
    if road.fake is None:
        assert provider.send(road.outgoing()).id
        return
    with pytest.raises(Refusal) as caught:
        provider.send(road.outgoing())
    assert caught.value.fault is Fault.PACE


def test_a_wrong_key_is_the_account_s_fault(settings: Any, outside: Road) -> None:
    settings.RESEND_API_KEY = settings.TWILIO_AUTH_TOKEN = "wrong"
    with pytest.raises(Refusal) as caught:
        provider_named(outside.provider.name).send(outside.outgoing())
    assert caught.value.fault is Fault.ACCOUNT


def test_connections_are_kept(outside: Road) -> None:
    for _ in range(20):
        outside.provider.send(outside.outgoing())
    assert outside.fake is not None
    assert outside.fake.connections == 1


def test_a_provider_is_made_once_and_anew_when_its_settings_change(settings: Any, outside: Road) -> None:
    name = outside.provider.name
    assert provider_for(outside.provider.channels[0]) is provider_named(name) is outside.provider
    settings.DELIVERY_TIMEOUT_SECONDS = 0.5
    assert provider_named(name) is not outside.provider


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (requests.ConnectTimeout(), Fault.PACE),
        (requests.ConnectionError(MaxRetryError(POOL, "/", NewConnectionError(POOL, "refused"))), Fault.PACE),
        (requests.ConnectionError(MaxRetryError(POOL, "/", NameResolutionError("h", POOL, OSError()))), Fault.PACE),
        (requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())), Fault.UNKNOWN),
        (requests.ReadTimeout(), Fault.UNKNOWN),
        (requests.exceptions.ChunkedEncodingError(), Fault.UNKNOWN),
    ],
)
def test_only_what_never_reached_the_provider_may_be_repeated(error: Exception, meaning: Fault) -> None:
    assert transport_refusal(error).fault is meaning


def test_without_keys_the_sandbox_carries_everything(settings: Any) -> None:
    settings.RESEND_API_KEY = settings.TWILIO_ACCOUNT_SID = ""
    assert {provider_for("email").name, provider_for("sms").name} == {"sandbox"}


# --- Twilio ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "meaning"),
    [("+15005550001", Fault.ADDRESS), ("+15005550004", Fault.ADDRESS), ("+15005550009", Fault.ADDRESS),
     ("+15005550003", Fault.ACCOUNT), ("+15005550002", Fault.MESSAGE)],
)  # fmt: skip
def test_what_twilio_s_codes_mean(twilio: FakeTwilio, number: str, meaning: Fault) -> None:
    road = Road(provider_named("twilio"), twilio)
    with pytest.raises(Refusal) as caught:
        road.provider.send(road.outgoing(to=number))
    assert caught.value.fault is meaning


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("refuse:400:21635", Fault.ADDRESS),
        ("refuse:400:problem", Fault.ADDRESS),  # 21211 in the form of RFC 9457
        ("refuse:400:21611", Fault.PACE),
        ("refuse:400:21608", Fault.ACCOUNT),
        ("refuse:400:21617", Fault.MESSAGE),
        ("refuse:403:20403", Fault.ACCOUNT),
        ("refuse:503:20503", Fault.UNKNOWN),
    ],
)
def test_what_twilio_s_other_codes_mean(twilio: FakeTwilio, fault: str, meaning: Fault) -> None:
    assert Road(provider_named("twilio"), twilio).refused(fault).fault is meaning


def test_a_message_is_found_behind_hundreds_that_came_after(twilio: FakeTwilio) -> None:
    road = Road(provider_named("twilio"), twilio)
    ours = road.provider.send(road.outgoing())
    one = twilio.messages[0]
    twilio.messages.extend({**one, "sid": f"SM{n:032}", "to": f"+336{n:08}"} for n in range(500))
    assert road.provider.find(road.outgoing(), set()) == ours


def test_a_search_without_an_answer_is_not_an_answer(twilio: FakeTwilio, settings: Any) -> None:
    outgoing = Road(provider_named("twilio"), twilio).outgoing()
    for address, token in (("http://127.0.0.1:9", twilio.token), (twilio.url, "wrong")):
        settings.TWILIO_API_URL, settings.TWILIO_AUTH_TOKEN = address, token
        with pytest.raises(Refusal):
            provider_named("twilio").find(outgoing, set())


def test_an_earlier_message_with_the_same_text_is_not_taken_for_ours(twilio: FakeTwilio) -> None:
    road = Road(provider_named("twilio"), twilio)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    twilio.clock = lambda: yesterday
    road.provider.send(road.outgoing())
    assert road.provider.find(road.outgoing(), set()) is None
    twilio.clock = lambda: datetime.now(UTC)
    known = road.provider.send(road.outgoing())
    assert road.provider.find(road.outgoing(), {known.id}) is None
    assert road.provider.find(road.outgoing(), set()) == known


def test_a_signature_is_checked(twilio: FakeTwilio) -> None:
    provider = provider_named("twilio")
    assert not provider.verify("https://a.fr/x", {"a": "b"}, "")  # type: ignore[attr-defined]
    good = provider.validator.compute_signature("https://a.fr/x?m=1", {"a": "b"})  # type: ignore[attr-defined]
    assert provider.verify("https://a.fr/x?m=1", {"a": "b"}, good)  # type: ignore[attr-defined]
    assert not provider.verify("https://a.fr/x?m=2", {"a": "b"}, good)  # type: ignore[attr-defined]
