"""What only HubSpot does: upserts by email, batches of which one is wrong, companies, stages that go forward only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm.connectors import Refused, Sent, Trouble
from crm.connectors.hubspot import HubSpot
from tests.cards import HubSpotPlace, card, place
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.server import Answer


@pytest.fixture
def crm(settings: Any) -> Iterator[Any]:
    with place("hubspot", settings) as found:
        yield found


def paths(fake: FakeHubSpot) -> list[str]:
    return [call.path.removeprefix("/crm/v3/objects/") for call in fake.calls]


def test_a_new_contact_has_standard_properties_only(crm: HubSpotPlace) -> None:
    crm.connector().push([card()])
    assert crm.people() == [
        {
            "email": "zoe@boulangerie-martin.fr", "firstname": "Zoé", "lastname": "Martin", "phone": "+33612345678",
            "company": "Boulangerie Martin", "jobtitle": "Gérante", "hs_lead_status": "NEW", "lifecyclestage": "lead",
        }
    ]  # fmt: skip


def test_a_hundred_leads_take_a_few_calls(crm: HubSpotPlace) -> None:
    results = crm.connector().push([card(number) for number in range(1, 101)])
    assert len({r.external_id for r in results.values() if isinstance(r, Sent)}) == 100
    assert len(crm.fake.calls) == 5  # read, upsert; companies: search, create, associate
    assert len(crm.fake.associated) == 100


def test_what_a_salesperson_typed_stays_and_what_is_missing_is_filled_in(crm: HubSpotPlace) -> None:
    crm.fake.add("contacts", email="zoe@boulangerie-martin.fr", firstname="Zozo", phone="01 02 03 04 05",
                 hs_lead_status="IN_PROGRESS", lifecyclestage="customer")  # fmt: skip
    crm.connector().push([card()])
    (there,) = crm.people()
    assert (there["firstname"], there["phone"], there["lastname"]) == ("Zozo", "01 02 03 04 05", "Martin")
    assert (there["hs_lead_status"], there["lifecyclestage"]) == ("IN_PROGRESS", "customer")
    assert not any(b'"lifecyclestage": "lead"' in call.body for call in crm.fake.calls)  # not even asked for


def test_a_subscriber_becomes_a_lead(crm: HubSpotPlace) -> None:
    crm.fake.add("contacts", email="zoe@boulangerie-martin.fr", lifecyclestage="subscriber")
    crm.connector().push([card()])
    assert crm.people()[0]["lifecyclestage"] == "lead"


def test_nothing_to_fill_in_is_no_call_that_writes(crm: HubSpotPlace) -> None:
    crm.connector(options={"companies": False}).push([card()])
    before = len(crm.fake.calls)
    crm.connector(options={"companies": False}).push([card()])
    assert paths(crm.fake)[before:] == ["contacts/batch/read"]


def test_a_second_email_of_a_contact_is_the_same_contact(crm: HubSpotPlace) -> None:
    id_ = crm.fake.add("contacts", email="z.martin@autre.fr", hs_additional_emails="zoe@boulangerie-martin.fr;b@c.fr")
    assert crm.connector().push([card()]) == {1: Sent(id_)}
    assert len(crm.people()) == 1


@pytest.mark.parametrize("is_multi_status", [True, False])
def test_of_a_batch_exactly_those_that_are_wrong_are_refused(crm: HubSpotPlace, is_multi_status: bool) -> None:
    crm.fake.is_multi_status = is_multi_status
    cards = [card(number) for number in range(1, 21)]
    for at in (3, 11):
        cards[at] = replace(cards[at], email="faux@")
    results = crm.connector().push(cards)
    wrong = [r for r in results.values() if isinstance(r, Refused)]
    assert [id_ for id_, r in results.items() if isinstance(r, Refused)] == [4, 12]
    assert {(r.trouble, r.code, r.detail) for r in wrong} == {(Trouble.LEAD, "INVALID_EMAIL", "email")}
    assert len(crm.people()) == 18


def test_the_same_person_twice_in_a_batch_is_one_contact(crm: HubSpotPlace) -> None:
    results = crm.connector().push([card(), card(export_id=2, lead_id=8), card(3)])
    assert results[1] == results[2] != results[3]
    assert len(crm.people()) == 2


def test_a_property_that_is_not_there_stops_the_connection_and_costs_no_lead(crm: HubSpotPlace) -> None:
    options = {"properties": {"score": "berinia_score"}}
    answer = crm.connector(options=options).push([card(), card(2)])[2]
    assert isinstance(answer, Refused)
    assert (answer.trouble, answer.code, answer.detail) == (Trouble.ACCOUNT, "PROPERTY_DOESNT_EXIST", "berinia_score")
    assert crm.people() == []


def test_properties_of_the_organization_s_own_are_always_written(
    crm: HubSpotPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.fakes.hubspot as fake

    mine = fake.KINDS["contacts"] | {"berinia_score", "berinia_qualite"}
    monkeypatch.setitem(fake.KINDS, "contacts", mine)
    options = {"properties": {"score": "berinia_score", "quality": "berinia_qualite"}}
    crm.connector(options=options).push([card()])
    crm.connector(options=options).push([card(score=40, quality="FROID")])
    assert crm.people()[0]["berinia_score"] == "40"
    assert crm.people()[0]["berinia_qualite"] == "FROID"


def test_an_account_without_our_lead_status_says_which_property_it_is_about(crm: HubSpotPlace) -> None:
    answer = crm.connector(options={"lead_status": "NOUVEAU"}).push([card()])[1]
    assert isinstance(answer, Refused)
    assert (answer.trouble, answer.code, answer.detail) == (Trouble.ACCOUNT, "INVALID_OPTION", "hs_lead_status")
    crm.connector(options={"lead_status": ""}).push([card()])
    assert "hs_lead_status" not in crm.people()[0]


def test_a_lead_without_an_email_is_found_by_its_number_however_it_is_written(crm: HubSpotPlace) -> None:
    id_ = crm.fake.add("contacts", firstname="Zoé", phone="06 12 34 56 78")
    assert crm.connector().push([card(email="")]) == {1: Sent(id_)}
    assert len(crm.people()) == 1


def test_a_lead_by_phone_that_was_taken_without_an_answer_waits_until_a_search_finds_it(crm: HubSpotPlace) -> None:
    crm.befalls("accept_then_drop")
    answer = crm.connector().push([card(email="")])[1]
    assert isinstance(answer, Refused)
    assert answer.retry_after is not None
    assert answer.retry_after >= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("policy", "retry_after", "wait"),
    [("DAILY", "", 3600), ("TEN_SECONDLY_ROLLING", "", 10), ("SECONDLY", "", 2), ("DAILY", "120", 120),
     ("OF_TOMORROW", "", 10), ("DAILY", "999999", 86_400), ("DAILY", "demain", 3600)],
)  # fmt: skip
def test_how_long_a_limit_lasts(crm: HubSpotPlace, policy: str, retry_after: str, wait: int) -> None:
    crm.fake.policy, crm.fake.retry_after = policy, retry_after
    crm.befalls("429")
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retry_after) == (policy, timedelta(seconds=wait))


@pytest.mark.parametrize("status", [423, 477])
def test_a_record_that_is_locked_and_an_account_that_moves_are_for_later(crm: HubSpotPlace, status: int) -> None:
    crm.befalls(f"refuse:{status}:LOCKED")
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert answer.trouble is Trouble.AGAIN


# --- companies ------------------------------------------------------------------------------------------------


def test_a_company_is_found_by_domain_before_its_name(crm: HubSpotPlace) -> None:
    crm.fake.add("companies", name="BOULANGERIE MARTIN", domain="autre.fr")
    right = crm.fake.add("companies", name="Martin SARL", domain="boulangerie-martin.fr")
    crm.connector().push([card()])
    assert {company for _contact, company in crm.fake.associated} == {right}
    assert len(crm.fake.has("companies")) == 2


def test_a_mail_host_is_nobody_s_company(crm: HubSpotPlace) -> None:
    crm.fake.add("companies", name="Google", domain="gmail.com")
    known = crm.fake.add("companies", name="boulangerie martin")
    crm.connector().push([card(email="zoe@gmail.com"), card(2, email="paul@gmail.com", company="Garage Paul")])
    assert known in {company for _contact, company in crm.fake.associated}
    assert [c["name"] for c in crm.fake.has("companies")] == ["Google", "boulangerie martin", "Garage Paul"]
    assert "domain" not in crm.fake.has("companies")[2]


def test_two_leads_of_one_company_share_it_and_a_repeat_makes_no_second(crm: HubSpotPlace) -> None:
    cards = [card(), card(2, email="paul@boulangerie-martin.fr", company="Boulangerie Martin")]
    for _ in range(2):
        crm.connector().push(cards)
    assert [c["domain"] for c in crm.fake.has("companies")] == ["boulangerie-martin.fr"]
    assert len(crm.fake.associated) == 2


def test_a_company_that_is_refused_costs_no_contact(crm: HubSpotPlace) -> None:
    crm.fake.weather = lambda call: "refuse:400:VALIDATION_ERROR" if "companies/batch/create" in call.path else ""
    assert isinstance(crm.connector().push([card()])[1], Sent)


@pytest.mark.parametrize("fault", ["429", "accept_then_drop"])
def test_a_company_that_fails_for_a_moment_comes_with_the_repeat(crm: HubSpotPlace, fault: str) -> None:
    left = [fault]
    crm.fake.weather = lambda call: left.pop() if left and "companies/batch/create" in call.path else ""
    answers = crm.connector().push([card(), card(2, company="")])
    assert isinstance(answers[1], Refused)
    assert answers[1].trouble is Trouble.AGAIN
    assert isinstance(answers[2], Sent)
    assert isinstance(crm.connector().push([card()])[1], Sent)
    assert (len(crm.people()), len(crm.fake.has("companies")), len(crm.fake.associated)) == (2, 1, 1)


def test_a_missing_scope_is_named(crm: HubSpotPlace) -> None:
    crm.fake.scopes -= {"crm.objects.companies.write"}
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert (answer.trouble, answer.detail) == (Trouble.ACCOUNT, "crm.objects.companies.write")
    assert isinstance(crm.connector(options={"companies": False}).push([card()])[1], Sent)


# --- looking up, settings -------------------------------------------------------------------------------------


def test_what_sales_made_of_a_lead_is_its_stage(crm: HubSpotPlace) -> None:
    id_ = crm.fake.add("contacts", email="zoe@boulangerie-martin.fr", hs_lead_status="CONNECTED")
    found: Any = crm.connector().look_up([card(external_id=id_), card(2, external_id="999")])
    assert (found[1].external_id, found[1].stage, found[2]) == (id_, "CONNECTED", None)


@pytest.mark.parametrize(
    ("options", "word"),
    [({"x": 1}, "inconnu"), ({"properties": []}, "associe"), ({"properties": {"nom": "a"}}, "associe"),
     ({"properties": {"score": "Mon Score"}}, "interne"), ({"properties": {"score": "email"}}, "interne"),
     ({"properties": {"score": 3}}, "interne"), ({"lead_status": 3}, "texte"), ({"companies": "non"}, "false")],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options: dict[str, Any], word: str) -> None:
    assert word in HubSpot.wrong_options(options)


def test_options_that_can_be() -> None:
    assert not HubSpot.wrong_options({"properties": {"score": "b_score"}, "lead_status": "", "companies": False})


def test_an_error_that_quotes_a_person_is_not_repeated(crm: HubSpotPlace) -> None:
    body = {"category": "VALIDATION_ERROR", "message": 'Bad {"name":"zoe","error":"ZOE_MARTIN"} zoe@b.fr',
            "errors": [{"context": {"propertyName": ["zoe_martin"]}}]}  # fmt: skip
    crm.fake._write = lambda *_: Answer(400, body)
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert answer.detail == ""
