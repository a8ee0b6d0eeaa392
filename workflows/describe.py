"""A definition in French, as a list to read: what starts it, its steps with their branches, what ends it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from berinia.clock import parse_duration
from workflows.definition import Definition
from workflows.steps.base import Step

UNITS = ((604_800, "semaine"), (86_400, "jour"), (3_600, "heure"), (60, "minute"), (1, "seconde"))
CHANNELS = {"email": "un email", "sms": "un SMS"}
BRANCHES = {
    ("if", "then"): "si oui", ("if", "else"): "sinon", ("wait_for", "then"): "s'il arrive",
    ("wait_for", "else"): "sinon, le délai passé",
}  # fmt: skip


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


def duration(span: timedelta) -> str:
    """Write a duration in words: `1 heure 30 minutes`."""
    rest, parts = int(span.total_seconds()), []
    for size, name in UNITS:
        count, rest = divmod(rest, size)
        if count and not (name == "semaine" and rest):
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
        elif name == "semaine":
            rest += count * size
    return " ".join(parts) or "0 seconde"


def steps(definition: Definition, sector: str) -> list[Described]:
    """Describe the steps of a definition, branches inside their step."""
    return [_step(step, sector) for step in definition.steps]


def _step(step: Step, sector: str) -> Described:
    fields: Mapping[str, Any] = step.model_dump(mode="json", by_alias=True, exclude={"then", "otherwise"})
    template = str(fields.get("template") or "")
    if template and "/" not in template:
        template = f"{sector}/{template}"
    return Described(
        step.id, step.kind, _text(step, fields), step.only_if.source if step.only_if else "", template,
        str(fields.get("send") or ""), tuple(_branches(step, sector)),
    )  # fmt: skip


def _branches(step: Step, sector: str) -> Iterator[Branch]:
    for name in step.branches:
        if inner := step.branch(name):
            yield Branch(BRANCHES.get((step.kind, name), name), [_step(s, sector) for s in inner])


def _text(step: Step, fields: Mapping[str, Any]) -> str:
    argument = fields.get(step.kind)
    match step.kind:
        case "send":
            span = f", utile {duration(parse_duration(fields['useful_for']))}" if fields.get("useful_for") else ""
            return f"{step.label} {CHANNELS[str(argument)]}{span}"
        case "wait":
            return f"{step.label} {duration(parse_duration(str(argument)))}"
        case "at":
            return f"{step.label} {duration(parse_duration(str(argument).removeprefix('+')))} après le début"
        case "wait_for":
            awaited = dict(argument or {})
            where = f" ({awaited['where']})" if awaited.get("where") else ""
            return f"Attendre « {awaited['event']} »{where}, {duration(parse_duration(awaited['timeout']))} au plus"
        case "if":
            return f"{step.label} {argument}"
        case "update":
            changes = dict(argument or {})
            tags = [f"étiquette {tag}" for tag in changes.get("tags") or ()]
            values = [f"{name} = {value}" for name, value in (changes.get("fields") or {}).items()]
            return f"{step.label} : {', '.join([*tags, *values])}"
    return f"{step.label} : {argument}"


def rules(definition: Definition) -> list[tuple[str, str]]:
    """Describe what is true of the whole: what starts it, who may enter, what it is for, what ends it."""
    found = [("Commence avec", _event(t.event, t.where)) for t in definition.trigger]
    if definition.goal:
        goal = definition.goal
        target = f" (objectif {goal.target:.0%})".replace("%", " %") if goal.target is not None else ""
        found.append(("But", f"{_event(goal.event, goal.where)} en {duration(goal.within)}{target}"))
    found += [("Finit avec", _event(name, None)) for name in definition.exits]
    if definition.entry.per_day:
        found.append(("Au plus", f"{definition.entry.per_day} fois par jour et contact"))
    if definition.entry.key:
        found.append(("Une fois par", definition.entry.key))
    found.append(("Messages", "commerciaux" if definition.category == "marketing" else "transactionnels"))
    return found


def _event(name: str, where: Any) -> str:
    return f"« {name} »" + (f" quand {where.source}" if where else "")
