"""A definition in French, as a list to read: what starts it, its steps with their branches, what ends it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflows.definition import Definition
from workflows.spoken import condition_in_words
from workflows.steps.base import Step
from workflows.triggers import Form
from workflows.words import words


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of a step, with what happens there."""

    title: str
    steps: Sequence["Described"]


@dataclass(frozen=True, slots=True)
class Described:
    """One step in words. `template` names the message that it sends, `channel` how."""

    id: str
    kind: str
    text: str
    condition: str = ""
    template: str = ""
    channel: str = ""
    branches: Sequence[Branch] = field(default_factory=tuple)


def steps(definition: Definition, sector: str) -> list[Described]:
    """Describe the steps of a definition, branches inside their step."""
    return [_step(step, sector) for step in definition.steps]


def _step(step: Step, sector: str) -> Described:
    template = getattr(step, "template", None) or ""
    if template and "/" not in template:
        template = f"{sector}/{template}"
    condition = step.only_if.source if step.only_if else ""
    branches = tuple(_branches(step, sector))
    return Described(step.id, step.kind, step.said(), condition, template, getattr(step, "send", None) or "", branches)


def _branches(step: Step, sector: str) -> Iterator[Branch]:
    titles = step.titles()
    for name, inner in step.parts().items():
        if inner:
            yield Branch(titles[name], [_step(s, sector) for s in inner])


def rules(definition: Definition) -> list[tuple[str, str]]:
    """Describe what is true of the whole: what starts it, who may enter, what it is for, what ends it."""
    found = [("Commence avec", _start(form)) for form in definition.trigger]
    if definition.goal:
        goal = definition.goal
        where = f" quand {condition_in_words(goal.where.source)}" if goal.where else ""
        target = f" (objectif {goal.target:.0%})".replace("%", " %") if goal.target is not None else ""
        found.append(("But", f"« {goal.event} »{where} en {words(goal.within)}{target}"))
    found += [("Finit avec", f"« {name} »") for name in definition.exits]
    if definition.entry.per_day:
        found.append(("Au plus", f"{definition.entry.per_day} fois par jour"))
    if definition.entry.key:
        found.append(("Une fois par", definition.entry.key))
    found.append(("Messages", "commerciaux" if definition.category == "marketing" else "transactionnels"))
    return found


def _start(form: Form) -> str:
    """Say a form of trigger, its condition in words."""
    where = getattr(form, "where", None)
    return form.said().replace(where.source, condition_in_words(where.source)) if where else form.said()
