"""Exams: labelled cases, and what they ask of which agent.

A file of cases holds one JSON object a line; tests/evaluation/README.md says what the labels mean.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.agent import Agent, agents
from agents.library.crm_exporter import ExportPlan, ExportQuestion
from agents.library.lead_classifier import LeadFacts
from agents.library.reply_intent import Intent, Reply

Case = Mapping[str, Any]
NOW, LATER = "maintenant", "plus_tard"


class CasesError(Exception):
    """The cases cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Exam:
    """What an agent is asked, and how its answer is compared.

    `files` begins the names of its cases; `question` makes an agent's input of a case; `pairs` returns (label,
    answer) for a case and an output: one, or one for each thing that was decided. `watched` is a label judged as an
    alarm, too.
    """

    agent: str
    files: str
    labels: Sequence[str]
    question: Callable[[Case], Any]
    pairs: Callable[[Case, Any], list[tuple[str, str]]]
    watched: str = ""

    def asked(self) -> Agent[Any, Any]:
        """Return the agent."""
        return agents()[self.agent]


def _decisions(case: Case, plan: ExportPlan) -> list[tuple[str, str]]:
    """Compare where each lead went that has to go somewhere; the others are the agent's to decide."""
    now = {lead.id for lead in plan.export_decision.leads_to_export_now}
    labels = dict.fromkeys(case["now"], NOW) | dict.fromkeys(case["later"], LATER)
    return [(label, NOW if lead in now else LATER) for lead, label in labels.items()]


EXAMS: Mapping[str, Exam] = {
    "classifier": Exam(
        "lead_classifier", "leads", ("hot", "warm", "cold"), lambda case: LeadFacts.model_validate(case["lead"]),
        lambda case, output: [(case["quality"], output.lead_type)],
    ),
    "intent": Exam(
        "reply_intent", "replies", tuple(Intent),
        lambda case: Reply(text=case["text"], channel=case["channel"]),
        lambda case, output: [(case["intent"], output.intent.value)], watched=Intent.OPT_OUT,
    ),
    "exporter": Exam(
        "crm_exporter", "exports", (NOW, LATER), lambda case: ExportQuestion.model_validate(case["question"]),
        _decisions,
    ),
}  # fmt: skip


def read_cases(path: Path, exam: Exam) -> list[Case]:
    """Return the cases of a file, each checked by making its question. Raises CasesError."""
    found: list[Case] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{path} ne se lit pas : {error}") from None
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            exam.question(case)
        except (ValueError, KeyError, TypeError) as error:
            raise CasesError(f"{path}, ligne {n} : {error}") from None
        found.append(case)
    if not found:
        raise CasesError(f"{path} est vide.")
    return found
