"""Evaluate: put an agent to an exam, by its rules or by a model, and say how it did. No database."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from django.conf import settings

from agents import evaluation, llm, prices
from agents.agent import Agent
from agents.exams import Case, Exam
from agents.prompts import render
from agents.questions import Outcome, Question

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one case. `error` says why the rules stood in for the model; `micros` None is an unknown price."""

    case: Case
    output: Any
    seconds: float
    error: str = ""
    micros: int | None = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How an agent did in an exam. Durations in seconds, cost in millionths of a dollar (None: unknown)."""

    exam: Exam
    pairs: Sequence[tuple[str, str]]
    answers: Sequence[Answer]

    @property
    def macro_f1(self) -> float:
        """The figure that counts."""
        return evaluation.macro_f1(self.pairs, self.exam.labels)

    @property
    def micros(self) -> int | None:
        """What it cost in all."""
        known = [answer.micros for answer in self.answers if answer.micros is not None]
        return sum(known) if len(known) == len(self.answers) else None

    @property
    def stood_in(self) -> int:
        """How many cases the rules answered because the model did not."""
        return sum(bool(answer.error) for answer in self.answers)

    @property
    def latency(self) -> tuple[float, float]:
        """The median and the 95th percentile."""
        return evaluation.latencies([answer.seconds for answer in self.answers])


def evaluate(exam: Exam, cases: Sequence[Case], model: str, now: datetime) -> Report:
    """Let an agent answer all cases: `model` is RULES or `provider:model`. Its guardrails hold as in daily work."""
    agent = exam.asked()

    def answer(case: Case) -> Answer:
        return _by_rules(agent, exam, case) if model == RULES else _by_model(agent, exam, case, model, now)

    if model == RULES:
        answers = [answer(case) for case in cases]
    else:
        with ThreadPoolExecutor(settings.AGENT_CALLS) as pool:
            answers = list(pool.map(answer, cases))
    pairs = [pair for given in answers for pair in exam.pairs(given.case, given.output)]
    return Report(exam, pairs, answers)


def _by_rules(agent: Agent[Any, Any], exam: Exam, case: Case) -> Answer:
    question, began = exam.question(case), perf_counter()
    output, _notes = agent.guard(question, agent.rules(question))
    return Answer(case, output, perf_counter() - began)


def _by_model(agent: Agent[Any, Any], exam: Exam, case: Case, model: str, now: datetime) -> Answer:
    question, began = exam.question(case), perf_counter()
    prompt = render(agent, question)
    asked = Question(agent.name, prompt.instructions, prompt.data, agent.output_type, agent.max_tokens)
    outcome = llm.ask(
        [model], asked, timeout=settings.AGENT_TIMEOUT_SECONDS, run_timeout=settings.AGENT_RUN_TIMEOUT_SECONDS
    )
    said = agent.rules(question) if outcome.output is None else outcome.output
    output, _notes = agent.guard(question, said)
    return Answer(case, output, perf_counter() - began, outcome.error, _micros(outcome, model, now))


def _micros(outcome: Outcome, model: str, now: datetime) -> int | None:
    """Return what the attempts cost; None when tokens or the price are not known."""
    if any(attempt.unmeasured for attempt in outcome.attempts):
        return None
    read, written = (sum(getattr(a, name) for a in outcome.attempts) for name in ("tokens_in", "tokens_out"))
    return prices.cost(model, read, written, now, settings.AGENT_PRICES)
