"""What every connector keeps to, whatever the CRM: each lead once, and honest words about those that are not taken."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm.connectors import Connector, Found, Refused, Sent, Trouble, connectors
from crm.connectors.webhook import body_of
from tests.cards import PLACES, Place, card, place
from tests.conftest import PATIENCE
from tests.fakes.server import Answer
from tests.make import NOW

pytestmark = pytest.mark.django_db
REACHED = sorted(name for name, kind in PLACES.items() if kind.can_fail)
ASKED = sorted(name for name, kind in connectors().items() if kind.can_look_up)


@pytest.fixture
def crm(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


each = pytest.mark.parametrize("crm", sorted(connectors()), indirect=True)
each_that_is_reached = pytest.mark.parametrize("crm", REACHED, indirect=True)
each_that_is_asked = pytest.mark.parametrize("crm", ASKED, indirect=True)


def taken(results: Any, export_id: int = 1) -> str:
    result = results[export_id]
    assert isinstance(result, Sent), result
    return result.external_id


def refused(results: Any, export_id: int = 1) -> Refused:
    result = results[export_id]
    assert isinstance(result, Refused), result
    return result


def test_every_connector_is_tried_here() -> None:
    assert set(PLACES) == set(connectors())
    for name, kind in connectors().items():
        assert kind.name == name
        assert kind.label
        assert kind.hint
        assert issubclass(kind, Connector)


@each
def test_a_lead_is_taken_once_however_often_it_is_pushed(crm: Place) -> None:
    one = crm.card()
    ids = {taken(crm.connector().push([one])) for _ in range(3)}
    assert len(ids) == 1
    assert len(crm.people()) == (0 if crm.name == "fichier" else 1)


@each
def test_a_whole_batch_is_taken_and_answered_for_by_export_id(crm: Place) -> None:
    cards = [crm.card(number) for number in range(1, 8)]
    results = crm.connector().push(cards)
    assert len({taken(results, one.export_id) for one in cards}) == 7
    assert set(results) == {one.export_id for one in cards}
    assert crm.name == "fichier" or len(crm.people()) == 7


@each
def test_nothing_pushed_is_nothing(crm: Place) -> None:
    crm.card()
    assert crm.connector().push([]) == {}
    assert crm.connector().look_up([]) == {}
    assert len(crm.people()) == 0


@each
def test_its_id_of_an_earlier_export_makes_it_the_same_record(crm: Place) -> None:
    one = crm.card()
    external_id = taken(crm.connector().push([one]))
    again = replace(one, export_id=9, external_id=external_id, email="nouvelle@exemple.fr", phone="+33700000000")
    assert taken(crm.connector().push([again]), 9) == external_id
    assert len(crm.people()) == (0 if crm.name == "fichier" else 1)


@each
def test_a_lead_without_an_email_or_without_a_phone_is_taken_once_too(crm: Place) -> None:
    by_phone, by_email = crm.card(1, email=""), crm.card(2, phone="")
    first = crm.connector().push([by_phone, by_email])
    again = crm.connector().push([by_phone, by_email])
    assert [taken(first, n) for n in (1, 2)] == [taken(again, n) for n in (1, 2)]
    assert crm.name == "fichier" or len(crm.people()) == 2


@each
def test_the_external_id_fits_its_column(crm: Place) -> None:
    one = crm.card()
    assert 0 < len(taken(crm.connector().push([one]))) <= 100


@each
def test_a_harmless_call_tells_that_it_works(crm: Place) -> None:
    crm.card()
    assert crm.connector().check() is None
    if crm.name != "webhook":  # its receiver gets a ping, which is no lead
        assert len(crm.people()) == 0


@each_that_is_reached
@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang"])
def test_a_lead_that_was_taken_without_an_answer_is_one_record_after_the_repeat(
    crm: Place, settings: Any, fault: str
) -> None:
    settings.DELIVERY_TIMEOUT_SECONDS = 1.0
    one = crm.card()
    crm.befalls(fault)
    assert refused(crm.connector().push([one])).trouble is Trouble.AGAIN
    assert len(crm.people()) == 1
    settings.DELIVERY_TIMEOUT_SECONDS = PATIENCE
    taken(crm.connector().push([one]))
    assert len(crm.people()) == 1


@each_that_is_reached
@pytest.mark.parametrize("fault", ["500", "503_html", "drop", "refuse:408:TIMEOUT", "refuse:502:BAD"])
def test_what_nobody_knows_the_end_of_is_tried_again(crm: Place, fault: str) -> None:
    one = crm.card()
    crm.befalls(fault)
    assert refused(crm.connector().push([one])).trouble is Trouble.AGAIN
    taken(crm.connector().push([one]))
    assert len(crm.people()) == 1


@each_that_is_reached
def test_too_many_calls_means_later_and_says_when(crm: Place) -> None:
    crm.befalls("429")
    answer = refused(crm.connector().push([crm.card()]))
    assert (answer.trouble, answer.http_status) == (Trouble.AGAIN, 429)
    assert answer.retry_after is not None
    assert timedelta(seconds=1) <= answer.retry_after <= timedelta(hours=24)


@each_that_is_reached
def test_a_wrong_key_is_the_account_s_affair(crm: Place) -> None:
    wrong = "whsec_" + "ZGVzIG9jdGV0cyBwb3VyIHVuIGF1dHJlIHNlY3JldA=="
    answer = refused(crm.connector(secret=wrong).push([crm.card()]))
    assert (answer.trouble, answer.http_status) == (Trouble.ACCOUNT, 401)
    check = crm.connector(secret=wrong).check()
    assert check is not None
    assert check.trouble is Trouble.ACCOUNT
    assert len(crm.people()) == 0


@each_that_is_reached
@pytest.mark.parametrize("secret", ["é" * 30, "a\r\nX-Evil: 1", "", " "])
def test_a_key_that_is_none_is_the_account_s_affair(crm: Place, secret: str) -> None:
    assert refused(crm.connector(secret=secret).push([crm.card()])).trouble is Trouble.ACCOUNT
    assert len(crm.people()) == 0


@each_that_is_reached
@pytest.mark.parametrize("status", [301, 302, 402, 403, 404, 405, 410])
def test_what_is_wrong_with_all_leads_costs_none(crm: Place, status: int) -> None:
    crm.befalls(f"refuse:{status}:NO", times=9)
    answers = crm.connector().push([crm.card(), crm.card(2)])
    assert all(refused(answers, n).trouble is not Trouble.LEAD for n in (1, 2))
    assert len(crm.people()) == 0


@each_that_is_reached
def test_nobody_is_followed_elsewhere(crm: Place) -> None:
    crm.fake.answer = lambda call: Answer(307, {}, {"Location": f"{crm.fake.url}/elsewhere"})
    assert refused(crm.connector().push([crm.card()])).trouble is Trouble.ACCOUNT
    assert not any(call.path == "/elsewhere" for call in crm.fake.calls)


@each_that_is_reached
def test_a_lead_that_is_never_taken_does_not_hold_up_the_others(crm: Place) -> None:
    cards = [crm.card(number) for number in range(1, 6)]
    cards[0] = crm.poison(cards[0])
    results = crm.connector().push(cards)
    assert refused(results).trouble is Trouble.LEAD
    assert all(taken(results, one.export_id) for one in cards[1:])
    assert len(crm.people()) == 4


@each_that_is_reached
def test_rubbish_is_no_reason_to_fail(crm: Place) -> None:
    one = crm.card()
    crm.answers_rubbish()
    result = crm.connector().push([one])[1]
    if crm.name == "webhook":  # any 2xx means taken: the receiver need not say anything
        assert result == Sent(one.key)
    else:
        assert isinstance(result, Refused)
        assert result.trouble is Trouble.AGAIN


@each_that_is_reached
@pytest.mark.parametrize("content", [None, [], {}, {"results": 7}, {"results": [7]}, {"data": []}, {"data": {"id": 0}}])
def test_json_of_another_shape_is_no_reason_to_fail(crm: Place, content: Any) -> None:
    crm.fake.answer = lambda call: Answer(200, content)
    crm.connector().push([crm.card()])
    crm.connector().look_up([crm.card(external_id="123")])
    crm.connector().check()


@each_that_is_asked
def test_a_lead_that_is_there_is_found_and_one_that_is_not_is_missed(crm: Place) -> None:
    one = crm.card()
    there = replace(one, external_id=taken(crm.connector().push([one])))
    found = crm.connector().look_up([there])[1]
    assert isinstance(found, Found)
    assert found.external_id == there.external_id
    assert 0 < len(found.stage) <= 40
    crm.forget()
    assert crm.connector().look_up([there])[1] is None


@each_that_is_asked
def test_looking_up_writes_nothing(crm: Place) -> None:
    one = crm.card()
    there = replace(one, external_id=taken(crm.connector().push([one])), phone="+33799999999", email="x@exemple.fr")
    before = str(crm.people())
    crm.connector().look_up([there])
    assert str(crm.people()) == before


@pytest.mark.parametrize("crm", [name for name in ASKED if name in REACHED], indirect=True)
@pytest.mark.parametrize("fault", ["429", "500", "drop"])
def test_a_look_up_that_is_not_answered_says_so(crm: Place, fault: str) -> None:
    crm.fake.weather = lambda call: fault
    assert refused(crm.connector().look_up([crm.card(external_id="123")])).trouble is Trouble.AGAIN


@each_that_is_reached
@pytest.mark.parametrize("fault", ["429", "500", "drop", "refuse:400:BAD", "refuse:403:NO", "poison", "wrong key"])
def test_neither_keys_nor_people_stand_in_what_is_said_or_logged(
    crm: Place, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    one = crm.card()
    connector = crm.connector()
    if fault == "poison":
        one = crm.poison(one)
    elif fault == "wrong key":
        connector = crm.connector(secret="whsec_c2VjcmV0IHRoYXQgbm9ib2R5IGtub3dzIGF0IGFsbA==")
    else:
        crm.befalls(fault)
    answer = refused(connector.push([one]))
    said = repr(answer) + "".join(
        r.getMessage() + str(r.exc_text or "") for r in caplog.records if r.name[:7] != "urllib3"
    )
    for hidden in (connector.access.secret, one.email, one.phone, "Zoé", "Martin", "martin", "boulangerie"):
        assert hidden not in said, said


@each
def test_options_of_another_crm_are_refused_in_french(crm: Place) -> None:
    kind = connectors()[crm.name]
    assert kind.wrong_options({}) == ""
    assert "églage" in kind.wrong_options({"n_importe_quoi": 1})


def test_whatever_is_known_of_a_lead_can_be_written() -> None:
    body = json.loads(json.dumps(body_of(card(name='"<é\x00>'))))
    assert body["data"]["contact"]["nom"] == '"<é\x00>'
    assert body["timestamp"] == NOW.isoformat()
