"""What only Pipedrive does: nothing is idempotent, leads hang on persons, a day has a budget."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crm.connectors import Found, Refused, Sent, Trouble
from crm.connectors.pipedrive import note_of
from tests.cards import PipedrivePlace, card, place


@pytest.fixture
def crm(settings: Any) -> Iterator[Any]:
    with place("pipedrive", settings) as found:
        yield found


def external_id(crm: PipedrivePlace, **changes: Any) -> str:
    result = crm.connector().push([card(**changes)])[1]
    assert isinstance(result, Sent), result
    return result.external_id


def fails_on(crm: PipedrivePlace, path: str, fault: str) -> None:
    left = [fault]
    crm.fake.weather = lambda call: left.pop() if left and call.method == "POST" and call.path == path else ""


def test_a_lead_has_a_person_an_organization_and_a_note(crm: PipedrivePlace) -> None:
    external_id(crm)
    (person,), (organization,) = crm.people(), crm.fake.has("organizations")
    (lead,), (note,) = crm.fake.has("leads"), crm.fake.has("notes")
    assert (person["name"], person["org_id"]) == ("Zoé Martin", organization["id"])
    assert person["emails"] == [{"value": "zoe@boulangerie-martin.fr", "primary": True, "label": "work"}]
    assert (lead["title"], lead["origin_id"]) == ("Zoé Martin · CHAUD 82", "lead/7")
    assert (lead["person_id"], lead["organization_id"]) == (person["id"], organization["id"])
    assert note["lead_id"] == lead["id"]
    assert "demande un devis" in note["content"]


@pytest.mark.parametrize("path", ["/api/v2/organizations", "/api/v2/persons", "/v1/leads", "/v1/notes"])
@pytest.mark.parametrize("fault", ["accept_then_drop", "500", "429"])
def test_wherever_it_breaks_the_repeat_goes_on_from_there(crm: PipedrivePlace, path: str, fault: str) -> None:
    fails_on(crm, path, fault)
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert answer.trouble is Trouble.AGAIN
    for _ in range(2):
        external_id(crm)
    assert [len(crm.fake.has(kind)) for kind in ("organizations", "persons", "leads", "notes")] == [1, 1, 1, 1]


def test_a_person_who_is_there_is_completed_and_not_overwritten(crm: PipedrivePlace) -> None:
    old = {"value": "06 00 00 00 00", "primary": True, "label": "mobile"}
    id_ = crm.fake.add("persons", name="Z. Martin", org_id=5, phones=[old],
                       emails=[{"value": "Zoe@Boulangerie-Martin.fr", "primary": True, "label": "home"}])  # fmt: skip
    assert external_id(crm).startswith(f"{id_}:")
    (person,) = crm.people()
    assert (person["name"], person["org_id"]) == ("Z. Martin", 5)
    assert person["emails"] == [{"value": "Zoe@Boulangerie-Martin.fr", "primary": True, "label": "home"}]
    assert person["phones"] == [old, {"value": "+33612345678", "primary": False, "label": "work"}]


def test_a_person_who_lacks_nothing_is_not_written(crm: PipedrivePlace) -> None:
    external_id(crm)
    external_id(crm)
    assert [call for call in crm.fake.calls if call.method == "PATCH"] == []


def test_a_search_that_finds_several_takes_the_oldest(crm: PipedrivePlace) -> None:
    email = [{"value": "zoe@boulangerie-martin.fr", "primary": True}]
    first = crm.fake.add("persons", name="Zoé", emails=email)
    crm.fake.add("persons", name="Zoé (double)", emails=email)
    assert external_id(crm).startswith(f"{first}:")


def test_a_person_who_was_deleted_is_looked_for_again(crm: PipedrivePlace) -> None:
    before = external_id(crm)
    crm.fake.store["persons"].clear()
    after = external_id(crm, external_id=before)
    assert after.partition(":")[0] != before.partition(":")[0]
    assert len(crm.people()) == 1


def test_another_lead_of_the_same_person_is_another_lead(crm: PipedrivePlace) -> None:
    first, second = external_id(crm), external_id(crm, key="lead/8")
    assert first.partition(":")[0] == second.partition(":")[0]
    assert len(crm.fake.has("leads")) == 2


def test_a_name_that_is_not_there_is_replaced_by_what_is(crm: PipedrivePlace) -> None:
    external_id(crm, name="", company="", email="")
    assert crm.people()[0]["name"] == "+33612345678"
    assert crm.fake.has("organizations") == []


def test_a_day_s_budget_that_is_spent_is_asked_for_again_in_an_hour(crm: PipedrivePlace) -> None:
    crm.fake.is_day_spent = True
    crm.befalls("429")
    answer = crm.connector().push([card(), card(2)])[2]
    assert isinstance(answer, Refused)
    assert (answer.trouble, answer.code, answer.retry_after) == (Trouble.AGAIN, "daily_budget", timedelta(hours=1))


def test_a_burst_is_over_in_seconds_and_the_rest_of_the_batch_is_not_tried(crm: PipedrivePlace) -> None:
    crm.befalls("429")
    answers = crm.connector().push([card(), card(2), card(3)])
    assert [(r.code, r.retry_after) for r in answers.values() if isinstance(r, Refused)] == [
        ("", timedelta(seconds=2))
    ] * 3
    assert crm.people() == []


def test_a_plan_that_is_full_stops_the_connection_by_its_code(crm: PipedrivePlace) -> None:
    fails_on(crm, "/v1/leads", "refuse:403:feature_capping_leads_limit")
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert (answer.trouble, answer.code) == (Trouble.ACCOUNT, "feature_capping_leads_limit")


def test_what_a_contact_wrote_is_no_html_in_the_note() -> None:
    note = note_of(card(pain_points=['<script>alert("x")</script>'], insights=["a & b"], reason="<b>"))
    assert "<script" not in note
    assert "&lt;script&gt;" in note
    assert "a &amp; b" in note


def test_where_a_lead_stands(crm: PipedrivePlace) -> None:
    one = card(external_id=external_id(crm))
    (lead,) = crm.fake.store["leads"].values()

    def stage() -> str:
        found = crm.connector().look_up([one])[1]
        assert isinstance(found, Found)
        return found.stage

    assert stage() == "ouvert"
    lead["is_archived"] = True
    assert stage() == "archivé"
    crm.fake.store["leads"].clear()
    assert stage() == "sans lead"
