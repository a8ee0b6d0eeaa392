"""What only Twilio does: its codes, messages that are looked for, signatures, numbers that have said STOP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from communications.providers import Draft, Fault, Outgoing, Refusal, provider_named
from communications.providers.twilio import Twilio
from tests.fakes.listener import Listener
from tests.fakes.twilio import MAGIC_LATER, FakeTwilio

DRAFT = Draft(7, 1, "+33612345678", "SALON", text="Bonjour")


def outgoing(**changes: Any) -> Outgoing:
    return Outgoing("message/7", 7, provider_named("twilio").payload(replace(DRAFT, **changes)), datetime.now(UTC))


def refused(twilio: FakeTwilio, *faults: str, **changes: Any) -> Refusal:
    twilio.faults.extend(faults)
    with pytest.raises(Refusal) as caught:
        provider_named("twilio").send(outgoing(**changes))
    return caught.value


@pytest.mark.parametrize(
    ("number", "meaning"),
    [("+15005550001", Fault.ADDRESS), ("+15005550004", Fault.OPT_OUT), ("+15005550009", Fault.ADDRESS),
     ("+15005550003", Fault.ACCOUNT), ("+15005550002", Fault.MESSAGE)],
)  # fmt: skip
def test_what_twilio_s_codes_mean(twilio: FakeTwilio, number: str, meaning: Fault) -> None:
    assert refused(twilio, to=number).fault is meaning


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("refuse:429:20429", Fault.PACE),
        ("refuse:401:20003", Fault.ACCOUNT),
        ("refuse:403:20403", Fault.ACCOUNT),
        ("refuse:500:20500", Fault.UNKNOWN),
        ("refuse:503:20503", Fault.UNKNOWN),
        ("refuse:400:21211", Fault.ADDRESS),
        ("refuse:400:problem", Fault.ADDRESS),  # 21211 in the form of RFC 9457
        ("refuse:400:21212", Fault.ACCOUNT),
        ("refuse:400:21408", Fault.ACCOUNT),
        ("refuse:400:21606", Fault.ACCOUNT),
        ("refuse:400:21608", Fault.ACCOUNT),
        ("refuse:400:21610", Fault.OPT_OUT),
        ("refuse:400:21611", Fault.PACE),
        ("refuse:400:21612", Fault.MESSAGE),
        ("refuse:400:21614", Fault.ADDRESS),
        ("refuse:400:21617", Fault.MESSAGE),
        ("refuse:400:21635", Fault.ADDRESS),
        ("refuse:400:21730", Fault.PACE),
        ("refuse:400:29999", Fault.MESSAGE),  # of tomorrow
    ],
)
def test_what_twilio_s_other_codes_mean(twilio: FakeTwilio, fault: str, meaning: Fault) -> None:
    assert refused(twilio, fault).fault is meaning


def test_a_full_queue_is_left_alone_for_an_hour(twilio: FakeTwilio) -> None:
    assert refused(twilio, "refuse:400:21611").retry_after == timedelta(hours=1)


@pytest.mark.parametrize(
    ("code", "meaning", "is_alarming"),
    [
        ("30001", Fault.MESSAGE, True),
        ("30002", Fault.ACCOUNT, True),
        ("30003", Fault.MESSAGE, False),
        ("30004", Fault.MESSAGE, False),
        ("30005", Fault.ADDRESS, False),
        ("30006", Fault.ADDRESS, False),
        ("30007", Fault.MESSAGE, True),
        ("30008", Fault.MESSAGE, False),
        ("30036", Fault.MESSAGE, False),
        ("30042", Fault.MESSAGE, True),
        ("30410", Fault.MESSAGE, False),
        ("30450", Fault.MESSAGE, True),
        ("30500", Fault.MESSAGE, False),
        ("21610", Fault.OPT_OUT, False),
        ("39999", Fault.MESSAGE, False),  # of tomorrow
    ],
)
def test_what_a_report_means(code: str, meaning: Fault, is_alarming: bool) -> None:
    """Nothing that was taken is sent again by itself, whatever becomes of it."""
    assert (Twilio.reported_fault(code), code in Twilio.alarming) == (meaning, is_alarming)
    assert (code in Twilio.unreachable) == (meaning in (Fault.ADDRESS, Fault.OPT_OUT))


# --- what is looked for ---------------------------------------------------------------------------------------


def test_a_message_is_found_behind_hundreds_that_came_after(twilio: FakeTwilio) -> None:
    ours = provider_named("twilio").send(outgoing())
    one = twilio.messages[0]
    twilio.messages.extend({**one, "sid": f"SM{n:032}", "to": f"+336{n:08}"} for n in range(500))
    assert provider_named("twilio").find(outgoing(), set()) == ours


def test_a_search_without_an_answer_is_not_an_answer(twilio: FakeTwilio, settings: Any) -> None:
    sought = outgoing()
    for address, token in (("http://127.0.0.1:9", twilio.token), (twilio.url, "wrong")):
        settings.TWILIO_API_URL, settings.TWILIO_AUTH_TOKEN = address, token
        with pytest.raises(Refusal):
            provider_named("twilio").find(sought, set())


def test_an_earlier_message_with_the_same_text_is_not_taken_for_ours(twilio: FakeTwilio) -> None:
    provider = provider_named("twilio")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    twilio.clock = lambda: yesterday
    provider.send(outgoing())
    assert provider.find(outgoing(), set()) is None
    twilio.clock = lambda: datetime.now(UTC)
    known = provider.send(outgoing())
    assert provider.find(outgoing(), {known.id}) is None
    assert provider.find(outgoing(text="Autre chose"), set()) is None
    assert provider.find(outgoing(), set()) == known


# --- signatures, what comes back ------------------------------------------------------------------------------


def test_a_signature_is_checked(twilio: FakeTwilio) -> None:
    provider = provider_named("twilio")
    assert isinstance(provider, Twilio)
    assert not provider.verify("https://a.fr/x", {"a": "b"}, "")
    good = provider.validator.compute_signature("https://a.fr/x?m=1", {"a": "b"})
    assert provider.verify("https://a.fr/x?m=1", {"a": "b"}, good)
    assert not provider.verify("https://a.fr/x?m=2", {"a": "b"}, good)


def test_whatsapp_and_sms_share_one_account(whatsapp: FakeTwilio) -> None:
    sms, other = provider_named("twilio"), provider_named("twilio_whatsapp")
    assert sms.client is other.client  # type: ignore[attr-defined]
    assert sms.account_key != other.account_key  # each has its own limits


def test_a_number_that_said_stop_gets_no_more_from_this_sender(twilio: FakeTwilio, listener: Listener) -> None:
    ours = "+33757000001"
    assert twilio.incoming(DRAFT.to, "Stop", to=ours, url=listener.url) == 200
    assert refused(twilio, sender=ours).fault is Fault.OPT_OUT
    provider_named("twilio").send(outgoing())  # from another sender
    twilio.incoming(DRAFT.to, "start", to=ours, url=listener.url)
    provider_named("twilio").send(outgoing(sender=ours))
    twilio.incoming(DRAFT.to, "ARRET", to=ours, url=listener.url)  # which Twilio does not know
    provider_named("twilio").send(outgoing(sender=ours))


def test_what_comes_in_is_signed(twilio: FakeTwilio, listener: Listener) -> None:
    url = f"{listener.url}/webhooks/twilio/sms?x=1"
    twilio.incoming(DRAFT.to, "Été ?", to="+33757000001", url=url, MessageSid="SM1")
    call = listener.calls[0]
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    assert (form["MessageSid"], form["Body"], form["From"]) == ("SM1", "Été ?", DRAFT.to)
    provider = provider_named("twilio")
    assert isinstance(provider, Twilio)
    assert provider.verify(url, form, call.headers["x-twilio-signature"])


def test_reports_come_by_themselves_twice_and_shuffled(settings: Any, listener: Listener) -> None:
    with FakeTwilio(reports=True, times=2, shuffled=True) as twilio:
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = twilio.account, twilio.token
        settings.TWILIO_API_URL = twilio.url
        numbers = [f"+3361234560{n}" for n in range(9)] + [next(iter(MAGIC_LATER))]
        for number in numbers:
            provider_named("twilio").send(outgoing(to=number, callback_url=f"{listener.url}/status"))
        assert twilio.reporter is not None
        assert twilio.reporter.settle() == {200: 2 * 2 * len(numbers)}
    bodies = [call.body.decode() for call in listener.calls]
    assert sum("MessageStatus=delivered" in body for body in bodies) == 2 * 9
    assert sum("ErrorCode=30003" in body for body in bodies) == 2
    assert bodies != sorted(bodies, key=lambda body: body.partition("MessageSid=")[2][:34])
