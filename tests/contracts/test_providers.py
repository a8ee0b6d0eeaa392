"""One contract for all providers: what is taken, what may be repeated, what a fault means, what nobody gets to read."""

import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from communications.providers import Draft, Fault, Outgoing, Provider, Receipt, Refusal, provider_for, provider_named
from communications.providers.base import transport_refusal
from communications.providers.choice import SANDBOX, kinds

POOL = HTTPConnectionPool("127.0.0.1")
THREADS, EACH = 32, 4
SECRET = "re_tres-secret-et-long"
DRAFTS = {
    "email": Draft(7, 1, "zoe@exemple.fr", '"Salon" <rdv@salon.fr>', "Objet", "<p>Bonjour</p>", "Bonjour"),
    "sms": Draft(7, 1, "+33612345678", "SALON", text="Bonjour"),
    "whatsapp": Draft(7, 1, "+33612345678", "+33757000050", text="Bonjour", is_in_session=True),
    "slack": Draft(7, 1, "", "", "3 envois en échec", text="Salon Zoé", link="/admin/"),
}


@dataclass(frozen=True)
class Case:
    """How a provider's fake is put into the situations that the contract speaks of."""

    fixture: str
    wrong_key: Mapping[str, str]
    elsewhere: Mapping[str, str]  # settings with nobody at the other end
    bad_message: str  # the fault by which the message itself is refused
    bad_address: str = ""  # a recipient whom nothing reaches; "" where that is not told at once
    says_when: bool = True  # whether a 429 says how long to wait
    id_: str = "id"
    searched: bool = False
    secrets: tuple[str, ...] = field(default=(SECRET,))


NOBODY = "127.0.0.1:9"
TWILIO = {"wrong_key": {"TWILIO_AUTH_TOKEN": SECRET}, "elsewhere": {"TWILIO_API_URL": f"http://{NOBODY}"}}
CASES = {
    "resend": Case(
        "resend", {"RESEND_API_KEY": SECRET.removeprefix("re_")}, {"RESEND_API_URL": f"http://{NOBODY}"},
        "refuse:422:validation_error", secrets=(SECRET.removeprefix("re_"),),
    ),
    "slack": Case("slack", {}, {"SLACK_WEBHOOK": f"https://{NOBODY}/services/{SECRET}"}, "refuse:400:invalid_blocks"),
    "smtp": Case(
        "smtp", {}, {"SMTP_URL": f"smtp://moi:{SECRET}@{NOBODY}"}, "refuse_data:554:5.6.0", "inconnu@exemple.fr",
        says_when=False,
    ),
    "twilio": Case("twilio", **TWILIO, bad_message="refuse:400:21617", bad_address="+15005550001", id_="sid",
                   searched=True),
    "twilio_whatsapp": Case("whatsapp", **TWILIO, bad_message="refuse:400:63013", bad_address="+15005550001",
                            id_="sid", searched=True),
}  # fmt: skip


@dataclass
class Road:
    """A provider and the fake behind it, if it calls anybody."""

    provider: Provider
    fake: Any

    @property
    def case(self) -> Case:
        return CASES[self.provider.name]

    def outgoing(self, number: int = 7, **changes: Any) -> Outgoing:
        draft = replace(DRAFTS[self.provider.channels[0]], message_id=number, **changes)
        return Outgoing(f"message/{number}/1", number, self.provider.payload(draft), datetime.now(UTC))

    def refused(self, *faults: str, **changes: Any) -> Refusal:
        self.fake.faults.extend(faults)
        with pytest.raises(Refusal) as caught:
            self.provider.send(self.outgoing(**changes))
        return caught.value

    def impatient(self, settings: Any) -> "Road":
        settings.DELIVERY_TIMEOUT_SECONDS = 1.0
        return Road(provider_named(self.provider.name), self.fake)


@pytest.fixture(params=sorted(kinds()))
def road(request: pytest.FixtureRequest) -> Road:
    case = CASES.get(request.param)
    return Road(provider_named(request.param), None) if case is None else _outside(request, request.param)


@pytest.fixture(params=sorted(CASES))
def outside(request: pytest.FixtureRequest) -> Road:
    return _outside(request, request.param)


def _outside(request: pytest.FixtureRequest, name: str) -> Road:
    fake = request.getfixturevalue(CASES[name].fixture)
    return Road(provider_named(name), fake)


def test_no_provider_is_left_out() -> None:
    assert set(kinds()) == {SANDBOX, *CASES}


# --- what is taken --------------------------------------------------------------------------------------------


def test_a_message_is_taken_and_has_an_id(road: Road) -> None:
    receipt = road.provider.send(road.outgoing())
    assert receipt.id
    if road.fake:
        assert len(road.fake.accepted()) == 1
        if road.provider.name != "slack":  # which gives none
            assert road.fake.accepted()[0][road.case.id_] == receipt.id


def test_what_goes_over_the_wire_can_be_stored_as_json(road: Road) -> None:
    payload = road.outgoing().payload
    assert json.loads(json.dumps(payload)) == payload


def test_a_repeat_of_what_is_repeat_safe_sends_nothing(road: Road) -> None:
    outgoing = road.outgoing()
    first, second = road.provider.send(outgoing), road.provider.send(outgoing)
    if road.provider.repeat_safe:
        assert first == second
    if road.fake:
        assert len(road.fake.accepted()) == (1 if road.provider.repeat_safe else 2)


def test_many_at_once_are_all_or_none_and_in_order(road: Road) -> None:
    batch = [road.outgoing(n) for n in range(3)]
    if road.provider.batch_size == 1:
        with pytest.raises(NotImplementedError):
            road.provider.send_batch("lot/1", batch)
        return
    receipts = road.provider.send_batch("lot/1", batch)
    assert [m[road.case.id_] for m in road.fake.accepted()] == [receipt.id for receipt in receipts]


# --- what is in doubt -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang"])
def test_taken_and_without_an_answer_is_unknown(outside: Road, settings: Any, fault: str) -> None:
    assert outside.impatient(settings).refused(fault).fault is Fault.UNKNOWN
    assert len(outside.fake.accepted()) == 1


def test_what_was_dropped_is_never_sent_twice(outside: Road) -> None:
    """By the key, or by looking it up; or else nobody says that it did not go out."""
    outgoing = outside.outgoing()
    outside.fake.faults.append("accept_then_drop")
    with pytest.raises(Refusal):
        outside.provider.send(outgoing)
    if outside.provider.repeat_safe:
        assert outside.provider.send(outgoing).id == outside.fake.accepted()[0]["id"]
    elif outside.case.searched:
        assert outside.provider.find(outgoing, set()) == Receipt(outside.fake.accepted()[0]["sid"])
    else:
        with pytest.raises(Refusal) as caught:
            outside.provider.find(outgoing, set())
        assert caught.value.fault is Fault.UNKNOWN
    assert len(outside.fake.accepted()) == 1


# --- what is refused ------------------------------------------------------------------------------------------


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
def test_what_a_fault_means(outside: Road, settings: Any, fault: str, meaning: Fault) -> None:
    assert outside.impatient(settings).refused(fault).fault is meaning
    assert outside.fake.accepted() == []


def test_too_many_says_how_long_to_wait(outside: Road) -> None:
    wait = timedelta(seconds=1) if outside.case.says_when else None
    assert outside.refused("429").retry_after == wait
    if outside.case.says_when:
        assert outside.refused(outside.case.bad_message).retry_after is None  # that was another answer


def test_a_refused_connection_never_reached_anybody(outside: Road, settings: Any) -> None:
    for name, value in outside.case.elsewhere.items():
        setattr(settings, name, value)
    assert Road(provider_named(outside.provider.name), outside.fake).refused().fault is Fault.PACE


def test_a_wrong_key_is_the_account_s_fault(outside: Road, settings: Any) -> None:
    for name, value in _wrong_key(outside).items():
        setattr(settings, name, value)
    assert Road(provider_named(outside.provider.name), outside.fake).refused().fault is Fault.ACCOUNT
    assert outside.fake.accepted() == []


def test_a_bad_message_is_its_own_fault(outside: Road) -> None:
    assert outside.refused(outside.case.bad_message).fault is Fault.MESSAGE


def test_an_address_that_nothing_reaches_is_told(outside: Road) -> None:
    if outside.case.bad_address:
        assert outside.refused(to=outside.case.bad_address).fault is Fault.ADDRESS


def _wrong_key(road: Road) -> Mapping[str, str]:
    """Return settings with a key that is not the account's; in two addresses the key is a part."""
    if road.provider.name == "slack":
        return {"SLACK_WEBHOOK": f"{road.fake.url}/services/T1/B1/{SECRET}"}
    if road.provider.name == "smtp":
        return {"SMTP_URL": f"smtp://moi:{SECRET}@127.0.0.1:{road.fake.port}"}
    return road.case.wrong_key


# --- what nobody gets to read ---------------------------------------------------------------------------------


def test_neither_keys_nor_addresses_are_told(outside: Road, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refusals = [outside.refused(fault) for fault in ("429", "500", "drop", outside.case.bad_message)]
    refusals += [outside.refused(to=outside.case.bad_address)] if outside.case.bad_address else []
    for changes in (_wrong_key(outside), outside.case.elsewhere):
        for name, value in changes.items():
            setattr(settings, name, value)
        refusals.append(Road(provider_named(outside.provider.name), outside.fake).refused())
    told = caplog.text + "".join(text for refusal in refusals for text in traceback.format_exception(refusal))
    told += "".join(f"{refusal!r} {refusal.code} {refusal.detail}" for refusal in refusals)
    addresses = [a for a in (outside.case.bad_address, DRAFTS[outside.provider.channels[0]].to) if a]
    for secret in (*outside.case.secrets, *addresses):
        assert secret not in told


# --- connections, settings ------------------------------------------------------------------------------------


def test_connections_are_kept(outside: Road) -> None:
    for n in range(20):
        outside.provider.send(outside.outgoing(n))
    assert outside.fake.connections == 1


def test_many_threads_have_a_connection_each_and_no_more(outside: Road, settings: Any) -> None:
    settings.DELIVERY_TIMEOUT_SECONDS = 20
    provider = provider_named(outside.provider.name)
    batches = [[outside.outgoing(thread * EACH + n) for n in range(EACH)] for thread in range(THREADS)]
    receipts: list[str] = []
    threads = [
        Thread(target=lambda batch=batch: receipts.extend(provider.send(o).id for o in batch)) for batch in batches
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(receipts)) == len(outside.fake.accepted()) == THREADS * EACH
    assert outside.fake.connections <= THREADS


def test_a_provider_is_made_once_and_anew_when_its_settings_change(outside: Road, settings: Any) -> None:
    name = outside.provider.name
    assert provider_for(outside.provider.channels[0]) is provider_named(name) is outside.provider
    settings.DELIVERY_TIMEOUT_SECONDS = 0.5
    assert provider_named(name) is not outside.provider
    assert provider_named(name).account_key != outside.provider.account_key


def test_the_settings_that_a_provider_names_exist(road: Road, settings: Any) -> None:
    assert all(hasattr(settings, name) for name in road.provider.made_from)
    assert (road.provider.rate_setting == "") == (road.provider.name == SANDBOX)
    if road.provider.rate_setting:
        assert getattr(settings, road.provider.rate_setting) >= 0


def test_without_keys_the_sandbox_carries_everything(settings: Any) -> None:
    settings.RESEND_API_KEY = settings.SMTP_URL = settings.TWILIO_ACCOUNT_SID = settings.SLACK_WEBHOOK = ""
    assert {provider_for(channel).name for channel in DRAFTS} == {SANDBOX}
    assert set(kinds()[SANDBOX].channels) == set(DRAFTS)


def test_email_goes_through_resend_else_over_smtp(settings: Any) -> None:
    settings.RESEND_API_KEY, settings.SMTP_URL = "re_x", "smtp://mail.exemple.fr"
    assert provider_for("email").name == "resend"
    settings.RESEND_API_KEY = ""
    assert provider_for("email").name == "smtp"


def test_whatsapp_needs_a_number_of_its_own(settings: Any) -> None:
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_WHATSAPP_NUMBER = ""
    assert [provider_for(channel).name for channel in ("sms", "whatsapp")] == ["twilio", SANDBOX]
    settings.TWILIO_WHATSAPP_NUMBER = "+33757000050"
    assert provider_for("whatsapp").name == "twilio_whatsapp"


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
