"""`manage.py evaluate`: figures by rules and by a model, kept over time. No database is needed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.fakes.openai import FakeOpenAI

CASES = [
    {"id": "1", "channel": "sms", "text": "STOP", "intent": "opt_out"},
    {"id": "2", "channel": "sms", "text": "Oui, appelez-moi demain à 14 h", "intent": "interested"},
    {"id": "3", "channel": "sms", "text": "Combien coûte un devis ?", "intent": "question"},
]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    cases = tmp_path / "replies.mine.jsonl"
    cases.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in CASES) + "\n")
    return {"cases": cases, "results": tmp_path / "results.jsonl"}


def told(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command("evaluate", *args, stdout=out, no_color=True, **options)
    return out.getvalue()


def kept(files: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["results"].read_text().splitlines()]


def test_the_rules_are_measured_and_the_result_is_kept(files: dict[str, Any]) -> None:
    said = told("intent", **files)

    assert "macro-F1 1.000" in said
    assert "opt_out : rappel 1.000, fausses alertes 0.000" in said
    assert "Première mesure" in said
    (line,) = kept(files)
    assert (line["exam"], line["model"], line["count"], line["macro_f1"]) == ("intent", "rules", 3, 1.0)
    assert line["alarm"] == {"recall": 1.0, "false_rate": 0.0}
    assert line["micros"] == 0


def test_the_next_time_is_compared_with_the_last(files: dict[str, Any]) -> None:
    told("intent", **files)
    wrong = {"id": "4", "channel": "sms", "text": "STOP", "intent": "interested"}
    files["cases"].write_text("\n".join(map(json.dumps, [*CASES[:2], wrong])))

    said = told("intent", **files)

    assert "La dernière fois" in said
    assert len(kept(files)) == 2
    assert kept(files)[1]["macro_f1"] < 1


def test_a_model_is_measured_with_its_cost_and_its_wrong_answers(files: dict[str, Any], openai: FakeOpenAI) -> None:
    openai.default = {"intent": "question", "confidence": 0.9, "is_doubtful": False, "reasoning": ""}

    said = told("intent", "--model", "openai:gpt-4.1-mini", **files)

    (line,) = kept(files)
    assert line["by_label"]["question"][1] == 1
    assert line["by_label"]["opt_out"][1] == 1  # the guardrail: a model does not take an opt-out back
    assert line["by_label"]["interested"][1] == 0
    assert line["micros"] > 0
    assert line["prompt"]
    assert len(openai.asked()) == 3
    assert "répondus par les règles" not in said


def test_what_the_rules_answered_for_a_model_is_said(files: dict[str, Any], openai: FakeOpenAI) -> None:
    openai.replies.extend(["429"] * 3)

    said = told("intent", "--model", "openai:gpt-4.1-mini", **files)

    assert "3 cas répondus par les règles" in said
    assert kept(files)[0]["stood_in"] == 3


def test_several_models_are_compared_in_one_go(files: dict[str, Any], openai: FakeOpenAI) -> None:
    openai.default = {"intent": "question", "confidence": 0.9, "is_doubtful": False, "reasoning": ""}
    told("intent", "--model", "rules", "--model", "openai:gpt-4.1-mini", **files)
    assert [line["model"] for line in kept(files)] == ["rules", "openai:gpt-4.1-mini"]


def test_nothing_is_kept_when_one_says_so(files: dict[str, Any]) -> None:
    told("intent", no_record=True, **files)
    assert not files["results"].exists()


def test_mistakes_are_shown_by_number(files: dict[str, Any]) -> None:
    files["cases"].write_text(json.dumps({"id": "x9", "channel": "sms", "text": "STOP", "intent": "question"}))
    assert "x9 : question, répondu opt_out" in told("intent", "--mistakes", **files)


def test_mistakes_on_cases_set_aside_are_never_shown() -> None:
    with pytest.raises(CommandError, match="ne se montrent pas"):
        told("intent", "--mistakes", no_record=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "est vide"), ("{", "ligne 1"), ('{"id": "1"}', "ligne 1"),
        ('\n{"id": "1", "text": 3, "channel": "sms", "intent": "other"}', "ligne 2"), (None, "ne se lit pas"),
    ],
)  # fmt: skip
def test_cases_that_cannot_be_read_are_named(files: dict[str, Any], content: str | None, said: str) -> None:
    files["cases"].unlink() if content is None else files["cases"].write_text(content)
    with pytest.raises(CommandError, match=said):
        told("intent", **files)


def test_a_model_without_a_key_is_refused_before_anything_is_asked(files: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="n'a pas de clé"):
        told("intent", "--model", "mistral:mistral-small-latest", **files)


@pytest.mark.parametrize("exam", ["classifier", "intent", "exporter"])
def test_each_agent_can_be_examined(exam: str, tmp_path: Path) -> None:
    said = told(exam, set="dev", results=tmp_path / "results.jsonl")
    assert "macro-F1" in said
    assert "précision" in said
