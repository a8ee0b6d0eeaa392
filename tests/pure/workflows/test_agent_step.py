"""The step `agent` as it is written, told and simulated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflows.definition import DefinitionError, parse
from workflows.describe import steps as described
from workflows.diff import differences
from workflows.exchange import from_yaml, to_yaml
from workflows.life import Assumptions
from workflows.mistakes import in_french
from workflows.simulate import Arrival, Scenario, Timeline, simulate

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
CONTACT = {"nom": "Jean", "email": "jean@exemple.fr", "telephone": "+33612345678", "etiquettes": [], "champs": {}}
PAGE = Path(__file__).parents[3] / "docs" / "agents.md"
READ: dict[str, Any] = {
    "id": "lecture", "agent": "intent", "timeout": "10m",
    "cases": [
        {"when": "event.intention == 'interested'", "steps": [{"id": "oui", "stop": "oui"}]},
        {"when": "event.confiance > 0.5", "steps": [{"id": "sur", "stop": "sûr"}]},
    ],
    "else": [{"id": "sinon", "stop": "sinon"}], "on_failure": [{"id": "echec", "stop": "échec"}],
}  # fmt: skip
WRITE: dict[str, Any] = {
    "id": "relance", "agent": "write", "send": "sms", "template": "rappel", "brief": "Relance", "timeout": "5m",
    "useful_for": "6h",
}  # fmt: skip


def document(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"trigger": {"event": "demande"}, "steps": list(steps)}


def told(*arrivals: Arrival, assume: Assumptions | None = None, step: dict[str, Any] = READ) -> Timeline:
    scenario = Scenario(START, "demande", CONTACT, arrivals=arrivals, assume=assume or Assumptions())
    return simulate(parse(document(step)), "plombier", scenario)


def answers(after: int = 60, **data: Any) -> Arrival:
    return Arrival(timedelta(seconds=after), "agent_repondu", {"etape": "lecture", **data})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({**READ, "agent": "voyant"}, "no agent is named 'voyant' (known: classify, intent, summarize, write)"),
        ({**READ, "cases": READ["cases"][:1] * 2}, "two cases have the same condition"),
        ({**READ, "cases": [{"when": "event.intentoin == 'x'"}]}, "'intent' does not answer with 'intentoin'"),
        ({**READ, "cases": [{"when": "contact.nom == 'x'"}]}, "it may only use event and now"),
        ({**READ, "brief": "Relance"}, "the agent 'intent' writes no message: no brief"),
        ({**READ, "agent": "classify", "of": "sms_recu", "cases": []}, "the agent 'classify' reads no text: no of"),
        ({**WRITE, "template": None}, "the agent 'write' writes a message: template is missing"),
        ({**WRITE, "else": []}, "the agent 'write' writes a message: no else"),
        ({"id": "un", "agent": "write", "send": "sms", "wait": "5m"}, "a step has exactly one of"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_in_english_and_in_french(step: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(document(step))
    (error,) = caught.value.errors
    assert said in error
    (remark,) = in_french([error])
    assert remark.text not in error


def test_a_fact_of_every_answer_and_a_text_that_looks_like_a_fact_are_no_mistakes() -> None:
    parse(document({**READ, "cases": [{"when": "event.decide_par == 'rules' && event.intention != 'event.x'"}]}))


@pytest.mark.parametrize("step", [READ, WRITE])
def test_it_comes_back_from_yaml_as_it_was(step: dict[str, Any]) -> None:
    assert from_yaml(to_yaml(document(step))).definition == parse(document(step))


def test_its_branches_are_told_by_their_conditions() -> None:
    (step,) = described(parse(document(READ)), "plombier")
    assert [branch.title for branch in step.branches] == [
        "si intention = « interested »", "si confiance > 0,5", "sinon", "s'il ne répond pas",
    ]  # fmt: skip
    (step,) = described(parse(document(WRITE)), "plombier")
    assert (step.template, step.channel) == ("plombier/rappel", "sms")


def test_a_difference_names_the_case() -> None:
    moved = {**READ, "cases": [{**READ["cases"][0], "steps": []}, READ["cases"][1]]}
    (one,) = differences(parse(document(READ)), parse(document(moved)))
    assert one.text == "Étape « oui » supprimée : Arrêter : oui"


@pytest.mark.parametrize(
    ("data", "reason", "result"),
    [
        ({"intention": "interested", "confiance": 0.9}, "oui", "si intention = « interested »"),
        ({"intention": "other", "confiance": 0.9}, "sûr", "si confiance > 0,5"),
        ({"intention": "other", "confiance": 0.1}, "sinon", "a répondu, aucun des cas"),
    ],
)
def test_a_scenario_may_give_the_answer(data: dict[str, Any], reason: str, result: str) -> None:
    found = told(answers(**data))
    assert found.reason == reason
    assert [line.result for line in found.lines if line.step == "lecture" and line.kind == "etape"][-1] == result


def test_else_the_rules_are_taken_to_answer_after_a_second_with_what_fits_no_case() -> None:
    found = told()
    assert (found.reason, found.ended_at) == ("sinon", START + timedelta(seconds=1))
    (rest,) = (line for line in found.lines if line.kind == "attente")
    assert rest.text == "Attendre la réponse de l'agent « Intention d'une réponse »"


def test_it_may_be_taken_to_fail_or_to_be_too_late() -> None:
    assert told(assume=Assumptions(frozenset({"lecture"}))).reason == "échec"
    assert told(answers(after=700, intention="interested")).reason == "échec"


def test_an_answer_to_another_step_means_nothing_and_a_case_says_why_not() -> None:
    other = told(Arrival(timedelta(0), "agent_repondu", {"etape": "autre"}))
    (event,) = (line for line in other.lines if line.kind == "evenement")
    assert "il ne rend pas compte de cette étape" in event.why
    found = told(answers(intention="other", confiance=0.9))
    (event,) = (line for line in found.lines if line.kind == "evenement")
    assert "pas pour l'étape « lecture » : intention = « interested » : faux" in event.why
    assert "compte pour l'étape « lecture » (confiance > 0,5 : vrai" in event.why


def test_a_message_that_is_written_is_simulated_as_one_that_is_sent() -> None:
    found = told(step=WRITE)
    (message,) = found.messages
    assert (message.template, message.useful_until) == ("plombier/rappel", START + timedelta(hours=6))
    assert any("Interroger l'agent « Rédaction d'un message »" in line.done for line in found.lines)


def test_the_example_of_the_page_is_a_workflow() -> None:
    text = PAGE.read_text().split("```yaml\n")[1].split("```")[0]
    assert from_yaml(text).head["slug"] == "relance-devis"
