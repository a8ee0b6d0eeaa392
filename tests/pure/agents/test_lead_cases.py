"""The rules hold on the labelled leads that they may know; what counts is measured on those set aside (evaluate)."""

import json
from pathlib import Path

import pytest

from agents.evaluation import confusion, macro_f1
from agents.library.lead_classifier import LeadClassifier, LeadFacts

FOLDER = Path("tests/evaluation")
CASES = FOLDER / "leads.dev.jsonl"
CORPUS = sorted((FOLDER / "corpus").glob("leads.*.jsonl"))
LABELS = ("hot", "warm", "cold")


def test_leads_that_are_known_are_classified_as_labelled():
    agent, pairs = LeadClassifier(), []
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        facts = LeadFacts.model_validate(case["lead"])
        pairs.append((case["quality"], agent.guard(facts, agent.rules(facts))[0].lead_type))
    assert macro_f1(pairs, LABELS) >= 0.95
    (_hot, _, hot_as_cold), _warm, (cold_as_hot, _, _cold) = confusion(pairs, LABELS)
    assert (hot_as_cold, cold_as_hot) == (0, 0)


@pytest.mark.parametrize("path", [CASES, *CORPUS], ids=lambda path: path.name)
def test_the_guardrails_leave_what_the_rules_say_of_the_leads_that_they_know(path: Path) -> None:
    agent = LeadClassifier()
    for line in path.read_text().splitlines():
        facts = LeadFacts.model_validate(json.loads(line)["lead"])
        said = agent.rules(facts)
        assert agent.guard(facts, said) == (said, [])
