"""What only WhatsApp does: sessions of 24 hours, and templates outside of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from communications.providers import Draft, Fault, Outgoing, Refusal, UndeliverableError, provider_named
from communications.providers.twilio_whatsapp import TwilioWhatsApp
from tests.fakes.twilio import FakeTwilio

HX = "HX" + "a" * 32
THEM, OURS = "+33612345678", "+33757000050"
FREE = Draft(7, 1, THEM, OURS, text="Bonjour Zoé", is_in_session=True)
FIXED = Draft(7, 1, THEM, OURS, text="Bonjour", content_sid=HX, content_variables={"1": "Zoé", "2": "mardi à\n14 h"})


def outgoing(draft: Draft = FREE, **changes: Any) -> Outgoing:
    payload = provider_named("twilio_whatsapp").payload(replace(draft, **changes))
    return Outgoing("message/7", 7, payload, datetime.now(UTC))


def test_within_the_session_anything_may_be_said(whatsapp: FakeTwilio) -> None:
    payload = outgoing(content_sid=HX, callback_url="https://app.exemple.fr/s?m=7").payload
    assert payload == {
        "to": f"whatsapp:{THEM}", "from_": f"whatsapp:{OURS}", "body": "Bonjour Zoé",
        "status_callback": "https://app.exemple.fr/s?m=7",
    }  # fmt: skip
    provider_named("twilio_whatsapp").send(outgoing())
    assert whatsapp.accepted()[0]["to"] == f"whatsapp:{THEM}"


def test_outside_of_it_a_template_goes_out_with_its_variables_and_no_text(whatsapp: FakeTwilio) -> None:
    whatsapp.templates[HX] = "Bonjour {{1}}, à {{2}}."
    provider_named("twilio_whatsapp").send(outgoing(FIXED))
    form = parse_qs(whatsapp.calls[0].body.decode())
    assert form["ContentSid"] == [HX]
    assert json.loads(form["ContentVariables"][0]) == {"1": "Zoé", "2": "mardi à 14 h"}  # no line break passes
    assert "Body" not in form
    assert whatsapp.accepted()[0]["body"] == "Bonjour Zoé, à mardi à 14 h."


def test_a_site_without_a_number_speaks_from_that_of_the_settings(whatsapp: FakeTwilio) -> None:
    assert outgoing(sender="").payload["from_"] == f"whatsapp:{OURS}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content_sid": ""}, "hors_session"),
        ({"content_variables": {"1": " "}}, "variable_whatsapp"),
        ({"content_variables": {"1": "x" * 1025}}, "variable_whatsapp"),
    ],
)
def test_what_meta_would_refuse_is_not_even_handed_over(changes: dict[str, Any], code: str) -> None:
    provider = TwilioWhatsApp.__new__(TwilioWhatsApp)
    with pytest.raises(UndeliverableError) as caught:
        provider.payload(replace(FIXED, **changes))
    assert caught.value.code == code
    assert isinstance(caught.value, ValueError)  # as which it fails the one message


@pytest.mark.parametrize(
    ("code", "at_once", "later"),
    [
        ("63003", Fault.ADDRESS, Fault.ADDRESS),
        ("63007", Fault.ACCOUNT, Fault.MESSAGE),
        ("63013", Fault.MESSAGE, Fault.MESSAGE),
        ("63016", Fault.MESSAGE, Fault.MESSAGE),
        ("63018", Fault.PACE, Fault.MESSAGE),  # what was taken is not sent again
        ("63021", Fault.MESSAGE, Fault.MESSAGE),
        ("63024", Fault.ADDRESS, Fault.ADDRESS),
        ("63032", Fault.MESSAGE, Fault.MESSAGE),
        ("63049", Fault.MESSAGE, Fault.MESSAGE),
        ("21610", Fault.OPT_OUT, Fault.MESSAGE),
    ],
)
def test_what_the_codes_of_whatsapp_mean(whatsapp: FakeTwilio, code: str, at_once: Fault, later: Fault) -> None:
    whatsapp.faults.append(f"refuse:400:{code}")
    with pytest.raises(Refusal) as caught:
        provider_named("twilio_whatsapp").send(outgoing())
    assert (caught.value.fault, TwilioWhatsApp.reported_fault(code)) == (at_once, later)


# --- what is looked for ---------------------------------------------------------------------------------------


def test_a_template_is_found_by_the_variables_in_it(whatsapp: FakeTwilio) -> None:
    provider = provider_named("twilio_whatsapp")
    other = provider.send(outgoing(FIXED, content_variables={"1": "Jean", "2": "jeudi"}))
    ours = provider.send(outgoing(FIXED))
    assert provider.find(outgoing(FIXED), set()) == ours
    assert provider.find(outgoing(FIXED), {ours.id}) is None
    assert provider.find(outgoing(FIXED, content_variables={"1": "Jean", "2": "jeudi"}), set()) == other


def test_an_sms_with_the_same_text_is_not_taken_for_it(whatsapp: FakeTwilio) -> None:
    sms = provider_named("twilio")
    sms.send(Outgoing("message/8", 8, sms.payload(replace(FREE, sender="SALON")), datetime.now(UTC)))
    assert provider_named("twilio_whatsapp").find(outgoing(), set()) is None
    ours = provider_named("twilio_whatsapp").send(outgoing())
    assert provider_named("twilio_whatsapp").find(outgoing(), set()) == ours


# --- the fake -------------------------------------------------------------------------------------------------


def fate(whatsapp: FakeTwilio) -> list[Any]:
    whatsapp.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    found = provider_named("twilio_whatsapp").client.messages.list()  # type: ignore[attr-defined]
    return [(message.status, message.error_code) for message in found]


def test_free_text_reaches_only_who_wrote_within_a_day(whatsapp: FakeTwilio) -> None:
    """Meta says so after Twilio has taken it."""
    provider = provider_named("twilio_whatsapp")
    whatsapp.incoming(f"whatsapp:{THEM}", "STOP", to=f"whatsapp:{OURS}", url="http://127.0.0.1:9")
    provider.send(outgoing())  # on WhatsApp, STOP is a word like another
    assert fate(whatsapp) == [("sent", None)]
    whatsapp.clock = lambda: datetime.now(UTC) + timedelta(hours=25)
    provider.send(outgoing())
    whatsapp.clock = lambda: datetime.now(UTC) + timedelta(hours=25, minutes=1)
    found = provider.client.messages.list()  # type: ignore[attr-defined]
    assert [(message.status, message.error_code) for message in found] == [("undelivered", 63016), ("sent", None)]
