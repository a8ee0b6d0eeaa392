"""What changes from one definition to another, in French lines; steps are known by their ids. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from berinia.clock import format_duration
from workflows.definition import Definition
from workflows.steps.base import Step

NOTHING = "—"
INNER = object()  # stands for steps inside a step, which are compared by themselves


class Kind(StrEnum):
    """What happened to a part."""

    ADDED = "ajout"
    REMOVED = "suppression"
    CHANGED = "modification"
    MOVED = "deplacement"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `step`: the id of the step, "" for what concerns the whole."""

    kind: Kind
    text: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A step and where it stands: in which branch of which step ("" for the first level), after which other."""

    step: Step
    parent: str
    branch: str
    title: str
    after: str

    def said(self) -> str:
        """Say where it stands."""
        inside = f" dans « {self.parent} » ({self.title})" if self.parent else ""
        return (f"après « {self.after} »" if self.after else "au début") + inside


def differences(old: Definition, new: Definition) -> list[Difference]:
    """Return what changes: the whole first, then the steps in the order in which they are read."""
    return [*_whole(old, new), *_steps(old, new)]


def _whole(old: Definition, new: Definition) -> Iterator[Difference]:
    before, after = dict(_settings(old)), dict(_settings(new))
    for name, value in after.items():
        if before[name] != value:
            kind = Kind.ADDED if before[name] == NOTHING else Kind.REMOVED if value == NOTHING else Kind.CHANGED
            yield Difference(kind, f"{name} : {before[name]} → {value}")


def _settings(definition: Definition) -> Iterator[tuple[str, str]]:
    goal, entry = definition.goal, definition.entry
    yield "Déclencheur", " ; ".join(form.said() for form in definition.trigger)
    yield "Entrée, clé", _value(entry.key)
    yield "Entrée, nouvelle entrée", _value(entry.reentry)
    yield "Entrée, au plus par jour", _value(entry.per_day)
    yield "But", _value(goal and goal.event)
    yield "But, condition", _value(goal and goal.where and goal.where.source)
    yield "But, délai", _value(goal and format_duration(goal.within))
    yield "But, taux visé", _value(goal and goal.target)
    yield "Sorties", ", ".join(definition.exits) or NOTHING
    yield "Catégorie des messages", definition.category
    yield "Messages périmés après", format_duration(definition.expires_after)


def _steps(old: Definition, new: Definition) -> Iterator[Difference]:
    before = {place.step.id: place for place in _places(old.steps)}
    after = {place.step.id: place for place in _places(new.steps)}
    moved = _moved(before, after)
    for name in _in_order(list(before), list(after)):
        if name not in after:
            yield Difference(Kind.REMOVED, f"Étape « {name} » supprimée : {before[name].step.said()}", name)
        elif name not in before:
            place = after[name]
            yield Difference(Kind.ADDED, f"Étape « {name} » ajoutée {place.said()} : {place.step.said()}", name)
        else:
            if name in moved:
                text = f"Étape « {name} » déplacée : {before[name].said()} → {after[name].said()}"
                yield Difference(Kind.MOVED, text, name)
            yield from _changed(before[name].step, after[name].step)


def _places(steps: Sequence[Step], parent: str = "", branch: str = "", title: str = "") -> Iterator[Place]:
    """Yield the steps in reading order, each with its place."""
    last = ""
    for step in steps:
        yield Place(step, parent, branch, title, last)
        for name, inner in step.parts().items():
            yield from _places(inner, step.id, name, step.titles()[name])
        last = step.id


def _in_order(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the ids in their new order; one that is gone stands after the last one that is still there."""
    gone: dict[str, list[str]] = {}
    last = ""
    for name in before:
        if name in after:
            last = name
        else:
            gone.setdefault(last, []).append(name)
    yield from gone.get("", ())
    for name in after:
        yield name
        yield from gone.get(name, ())


def _moved(before: Mapping[str, Place], after: Mapping[str, Place]) -> set[str]:
    """Return the steps that stand in another branch, or elsewhere among those that stayed in theirs."""
    homes = {name: (place.parent, place.branch) for name, place in after.items()}
    moved = {name for name, home in homes.items() if name in before and _home(before[name]) != home}
    for home in set(homes.values()):
        old = [name for name, place in before.items() if _home(place) == home and homes.get(name) == home]
        new = [name for name in after if homes[name] == home and name in before and name not in moved]
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        moved |= set(new) - {name for block in blocks for name in new[block.b : block.b + block.size]}
    return moved


def _home(place: Place) -> tuple[str, str]:
    return place.parent, place.branch


def _changed(old: Step, new: Step) -> Iterator[Difference]:
    if old.kind != new.kind:
        yield Difference(Kind.CHANGED, f"Étape « {new.id} » remplacée : {old.said()} → {new.said()}", new.id)
        return
    before, after = dict(_fields(_own(old))), dict(_fields(_own(new)))
    for name in dict.fromkeys([*after, *before]):
        if before.get(name, NOTHING) != after.get(name, NOTHING):
            change = f"{before.get(name, NOTHING)} → {after.get(name, NOTHING)}"
            yield Difference(Kind.CHANGED, f"Étape « {new.id} » modifiée : {name} : {change}", new.id)


def _own(step: Step) -> dict[str, Any]:
    """Return the fields of a step without the steps inside it."""
    fields = step.dump(lambda inner: [INNER])
    return {name: value for name, value in fields.items() if name not in step.branches}


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each plain value with its path: `wait_for.timeout`."""
    match value:
        case [first] if first is INNER:
            return
        case dict():
            for name, inner in value.items():
                yield from _fields(inner, f"{path}.{name}" if path else name)
        case [dict(), *_]:
            for n, inner in enumerate(value):
                yield from _fields(inner, f"{path}[{n}]")
        case _:
            yield path, _value(value)


def _value(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case str() if not value or " " in value:
            return f"« {value} »"
    return str(value)
