"""Replay: an execution is lived through again with the pure program, from its events, and compared turn by turn.

What is uncertain from outside is only whether an event that was routed at nearly the same instant as a turn was
heard before or after it: both are tried. Everything else has to agree: every step passed, in which way, what
it caused, how it ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, groupby
from typing import Any

from workflows.advance import Transition, advance
from workflows.program import Effect, Program, State, interrupts
from workflows.steps.call import CallOut
from workflows.steps.send import SendMessage

# Between the instant that a batch bears and its commit; more where trouble is near.
WINDOW, WINDOW_IN_TROUBLE = timedelta(seconds=2), timedelta(seconds=25)
MOST_UNCERTAIN = 6


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that an execution heard, and the signals that it is to it."""

    at: datetime
    signals: tuple[str, ...]


@dataclass(slots=True)
class Replayed:
    """What the replay found. `late`: (due, done) of each turn. `wrong`: what does not agree."""

    effects: list[Effect] = field(default_factory=list)
    turns: list[tuple[datetime, datetime]] = field(default_factory=list)
    seen: frozenset[str] = frozenset()
    wrong: str = ""

    @property
    def messages(self) -> list[tuple[str, str, str]]:
        """The messages that were to be written: step, channel, template."""
        return [(e.step, e.channel, e.template) for e in self.effects if isinstance(e, SendMessage)]

    @property
    def calls(self) -> list[str]:
        """The steps whose calls were to be made."""
        return [e.step for e in self.effects if isinstance(e, CallOut)]


def heard_by(execution: Any, program: Program, events: Sequence[Any]) -> Iterator[Heard]:
    """Yield what an execution heard of its contact's events.

    One that was stored before the event that began it counts only where routing says that it did.
    """
    for event in events:
        is_later = event.id > execution.event_id
        if event.routed_at is None or not (is_later or execution.id in event.moved):
            continue
        signals = tuple(program.signals_of(
            event.name, event.data, occurred_at=event.occurred_at, started_at=execution.started_at,
            entry_key=execution.entry_key, execution=f"{execution.id}/{execution.run}",
        ))  # fmt: skip
        if signals:
            yield Heard(max(event.routed_at, execution.started_at), signals)


def replay(
    execution: Any, program: Program, contact: dict[str, Any], event: dict[str, Any], heard: Sequence[Heard],
    steps: Sequence[Any], window: Any,
) -> Replayed:  # fmt: skip
    """Live an execution through again. `window(instant)`: how uncertain the order is about then."""
    state = State(
        program.first, execution.started_at, execution.started_at, execution.started_at, contact=contact, event=event,
        contact_id=execution.contact_id, workflow_id=execution.workflow_id,
    )  # fmt: skip
    found = Replayed()
    turns = [(at, list(group)) for at, group in groupby(steps, key=lambda s: s.at)]
    if execution.ended_at is not None and (not turns or turns[-1][0] != execution.ended_at):
        turns.append((execution.ended_at, []))
    for at, passed in turns:
        is_last = at == execution.ended_at and passed == turns[-1][1]
        moved = _turn(program, state, at, passed, execution if is_last else None, heard, window(at))
        if isinstance(moved, str):
            found.wrong = moved
            return found
        found.turns.append((_due(state, heard, at), at))
        found.effects += moved.effects
        state = moved.state
    if (state.outcome is None) != (execution.ended_at is None):
        found.wrong = f"ends as {state.outcome} by its program, the row is {execution.status}"
    found.wrong = found.wrong or _unheard(execution, heard, window)
    return found


def _turn(
    program: Program, state: State, at: datetime, passed: Sequence[Any], ending: Any, heard: Sequence[Heard],
    window: timedelta,
) -> Transition | str:  # fmt: skip
    """Return the transition that agrees with the record, or what the program does instead."""
    certain = frozenset(s for h in heard if h.at < at - window for s in h.signals)
    open_ = [h for h in heard if at - window <= h.at <= at + window and not set(h.signals) <= certain]
    recorded = [(s.step, s.kind, s.detail) for s in passed]
    tried: list[str] = []
    for extra in _subsets(open_[:MOST_UNCERTAIN]):
        seen = certain | {s for h in extra for s in h.signals}
        moved = advance(program, state._replace(seen=seen), at)
        mine = [(p.step, p.kind, p.detail) for p in moved.passed]
        outcome = str(moved.state.outcome or ""), moved.state.reason
        expected = (ending.status, ending.reason) if ending else ("", "")
        if (mine, outcome) == (recorded, expected):
            return moved
        tried.append(f"with {sorted(seen)}: {mine} {outcome}")
    return f"at {at:%H:%M:%S.%f} from {state.at}: recorded {recorded} {ending and ending.status}, replayed {tried}"


def _subsets(items: Sequence[Heard]) -> Iterator[tuple[Heard, ...]]:
    for size in range(len(items) + 1):
        yield from combinations(items, size)


def _due(state: State, heard: Sequence[Heard], at: datetime) -> datetime:
    """Return when a turn was due: as planned, or when a signal came that matters where it stands."""
    waking = [h.at for h in heard if h.at <= at and any(s == state.at or interrupts(s) for s in h.signals)]
    planned = state.due_at or state.entered_at
    return max(state.entered_at, min([planned, *waking]))


def _unheard(execution: Any, heard: Sequence[Heard], window: Any) -> str:
    """Compare the signals on the row with what it heard while it ran."""
    recorded = frozenset(execution.seen)
    possible = frozenset(s for h in heard for s in h.signals)
    end = execution.ended_at
    certain = frozenset(s for h in heard if end is None or h.at < end - window(end) for s in h.signals)
    if recorded - possible:
        return f"has signals that no event gave: {sorted(recorded - possible)}"
    if certain - recorded:
        return f"did not hear {sorted(certain - recorded)}"
    return ""
