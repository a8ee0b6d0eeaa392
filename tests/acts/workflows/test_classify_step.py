"""A workflow has its contact classified, and goes on from the quality."""

from datetime import timedelta

from agents import classify
from agents.models import AgentRun
from agents.steps import run_batch
from crm.models import Contact
from crm.models.lead import Lead
from tests.acts.workflows.conftest import Town
from tests.fakes.openai import FakeOpenAI
from tests.make import make_workflow
from workflows.models import StepRun

STEP = {
    "id": "qualifier", "agent": "classify", "timeout": "10m",
    "cases": [{"when": "event.qualite == 'CHAUD'", "steps": [{"id": "appeler", "task": "Appeler"}]}],
    "else": [{"id": "suivre", "update": {"tags": ["a_suivre"]}}],
    "on_failure": [{"id": "main", "task": "Classer à la main"}],
}  # fmt: skip


def begin(town: Town, message: str) -> None:
    make_workflow({"trigger": {"event": "demande"}, "steps": [STEP, {"id": "suite", "wait": "1d"}]}, site=town.site)
    town.report("demande", message=message)


def steps() -> list[str]:
    return list(StepRun.objects.order_by("id").values_list("step", flat=True))


def test_a_hot_lead_goes_the_way_of_hot_ones_and_its_row_says_so(town: Town) -> None:
    begin(town, "Une fuite inonde la cuisine, pouvez-vous venir ce matin ?")
    assert run_batch(now=town.now, limit=10) == 1
    town.drain()
    assert "appeler" in steps()
    lead = Lead.objects.get()
    assert (lead.quality, lead.decided_by, lead.classify_at) == ("CHAUD", "rules", None)


def test_a_cold_one_goes_another(town: Town) -> None:
    begin(town, "Je recherche une alternance à partir de septembre, voici mon CV")
    run_batch(now=town.now, limit=10)
    town.drain()
    assert "suivre" in steps()
    assert Lead.objects.get().quality == "FROID"


def test_what_a_person_has_said_is_the_answer_and_stays(town: Town, openai: FakeOpenAI) -> None:
    begin(town, "Une fuite inonde la cuisine, pouvez-vous venir ce matin ?")
    Lead.objects.update(decided_by="person", quality="FROID", score=3)
    run_batch(now=town.now, limit=10)
    town.drain()
    assert "suivre" in steps()
    assert (Lead.objects.get().quality, AgentRun.objects.get().decided_by) == ("FROID", "person")
    assert openai.asked() == []


def test_of_who_has_opted_out_no_model_hears(town: Town, openai: FakeOpenAI) -> None:
    begin(town, "Une fuite inonde la cuisine")
    Contact.objects.update(opted_out_at=town.now)
    run_batch(now=town.now, limit=10)
    assert openai.asked() == []
    assert AgentRun.objects.get().input is None
    assert (Lead.objects.get().quality, Lead.objects.get().score) == ("FROID", 0)


def test_a_classification_under_way_by_the_clock_gives_way(town: Town) -> None:
    begin(town, "Une fuite inonde la cuisine, pouvez-vous venir ce matin ?")
    claimed = classify.fetch(classify.CLAIM, {"now": town.now, "lease": timedelta(minutes=5), "limit": 8})
    (turn,) = classify._turns(claimed, town.now)
    run_batch(now=town.now, limit=10)
    agent = classify.agents()["lead_classifier"]
    assert not classify.settle(turn, agent.rules(turn.known.facts), "rules", town.now)
