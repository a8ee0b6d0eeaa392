"""« Pourquoi ? »: where an execution stands, what comes next and when, and what would make it move. Pure.

Nothing here knows a kind of step. What comes next is `advance` itself, run forward in virtual time; what would
make it move is found by handing it each signal that its program listens to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.advance import Passed, Transition, advance
from workflows.compile import LAST
from workflows.definition import Definition
from workflows.program import OPT_OUT, OUTCOME, Outcome, Program, Signal, State, interrupts, step_of
from workflows.spoken import condition_in_words, instant_in_words
from workflows.steps.base import Step

SHOWN = 5  # what is to come, before the end
TURNS = 1_000  # no program rests that often: a definition is a tree of 200 steps at the most
IGNORED = {"ignoree": "condition non remplie, étape passée"}
ENDS = {
    Outcome.COMPLETED: "terminée",
    Outcome.CONVERTED: "terminée comme convertie",
    Outcome.STOPPED: "arrêtée",
    Outcome.FAILED: "échouée",
}


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What will happen, and when, if nothing else does."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Mover:
    """An event that would move the execution at once. `keys` are the signals that it would leave.

    `condition` is the expression on its data ("" for none), `when` says in French all that has to be true of it.
    """

    event: str
    condition: str
    effect: str
    when: str = ""
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why it is here, what comes next, what would make it move; in French."""

    here: str
    next: tuple[Upcoming, ...]
    moves: tuple[Mover, ...]


def explain(
    definition: Definition,
    program: Program,
    state: State,
    now: datetime,
    *,
    last: Passed | None = None,
    due_at: datetime | None = None,
    entry_key: str = "",
    zone: str | None = None,
) -> Explanation:
    """Explain an execution from its program.

    `last` is the step that it passed before it came here; `due_at` when it is looked at next, if that is not the
    state's (a resume put it off); `zone` the IANA zone that instants are told in (else the state's). Raises what
    `advance` raises.
    """
    said = _Words(definition, program, now, zone or state.zone, entry_key)
    due = due_at or state.due_at or now
    upcoming = tuple(_upcoming(said, forecast(program, state, now, due)))
    return Explanation(said.here(state, last, due), upcoming, tuple(said.movers(state)))


def forecast(
    program: Program, state: State, now: datetime, due_at: datetime | None = None
) -> Iterator[tuple[datetime, Transition]]:
    """Yield the turns to come and their instants, if no event comes but the answers to its own effects.

    What was asked for before and has not answered yet is taken not to answer. `due_at` is as `explain` takes it.
    """
    if state.outcome is not None:
        return
    due = due_at or state.due_at or now
    echoes: list[tuple[datetime, str]] = []
    for _ in range(TURNS):
        if echoes and min(echoes)[0] <= due:
            due, key = min(echoes)
            echoes.remove((due, key))
            state = state._replace(seen=state.seen | {key}, due_at=due)
        now = max(now, due)
        turn = advance(program, state, now)
        yield now, turn
        if turn.state.outcome is not None:
            return
        state, due = turn.state, turn.state.due_at or now
        echoes += [(now + echo[0], echo[1]) for effect in turn.effects if (echo := effect.echo())]


def _upcoming(said: "_Words", turns: Iterable[tuple[datetime, Transition]]) -> Iterator[Upcoming]:
    """Yield the first things to come, and the end."""
    shown = 0
    for at, turn in turns:
        for text in said.turn(turn):
            shown += 1
            if shown <= SHOWN:
                yield Upcoming(at, text)
        if turn.state.outcome is not None:
            yield Upcoming(at, f"{'… puis fin' if shown > SHOWN else 'Fin'} : {_end(turn.state)}")


def _end(state: State) -> str:
    assert state.outcome is not None
    told = state.reason if state.outcome in (Outcome.STOPPED, Outcome.FAILED) else ""
    return ENDS[state.outcome] + (f" ({told})" if told else "")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said, with all that the sentences need."""

    definition: Definition
    program: Program
    now: datetime
    zone: str
    entry_key: str

    def here(self, state: State, last: Passed | None, due: datetime) -> str:
        """Say where it stands, since when, how it came there, and what it waits for."""
        if state.outcome is not None:
            return f"Cette exécution est finie : {_end(state)}."
        since = self._instant(state.entered_at)
        if state.at == LAST:
            place = f"Toutes ses étapes sont passées depuis le {since}"
        else:
            place = f"Elle est depuis le {since} à l'étape {self._step(state.at)}"
        if last is not None:
            place += f", après {self._passed(last)}"
        return f"{place}. {self._waiting(state, due)}"

    def _waiting(self, state: State, due: datetime) -> str:
        if due <= self.now:
            turn = advance(self.program, state, self.now)
            if turn.passed or turn.state.outcome is not None:
                return "Elle est prête à avancer."
            due = turn.state.due_at or due
        until = self._instant(due)
        if state.at == LAST:
            return f"Son but compte encore jusqu'au {until}."
        listens = any(signal.key == state.at for signals in self.program.signals.values() for signal in signals)
        return f"Elle attend jusqu'au {until}{' au plus tard' if listens else ''}."

    def _step(self, at: str) -> str:
        step = self._steps().get(step_of(at))
        if step is None:
            return f"« {at} »"
        said = step.awaited() if at.endswith(OUTCOME) else step.said()
        return f"« {step.id} » ({said})"

    def _steps(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.definition.all_steps()}

    def _passed(self, passed: Passed) -> str:
        detail = self._detail(passed)
        return f"« {step_of(passed.step)} »" + (f" ({detail})" if detail else "")

    def _detail(self, passed: Passed) -> str:
        """Say what came of a step, in its own words."""
        step = self._steps().get(step_of(passed.step))
        words = {**IGNORED, **(step.words() if step else {})}
        return words.get(passed.detail, passed.detail)

    def turn(self, turn: Transition) -> Iterator[str]:
        """Yield what a turn decides, and what it does."""
        doing = {getattr(effect, "step", "") for effect in turn.effects}
        for passed in turn.passed:
            if passed.detail and step_of(passed.step) not in doing:
                yield f"Étape {self._passed(passed)}"
        for effect in turn.effects:
            yield effect.said()

    def _instant(self, instant: datetime) -> str:
        return instant_in_words(instant, self.zone, self.now)

    def movers(self, state: State) -> Iterator[Mover]:
        """Yield what would move it at once, in the order of its program."""
        if state.outcome is not None:
            return
        still = advance(self.program, state, self.now)
        for event, signals in self.program.signals.items():
            for signal, keys in _ways(signals, state, self.now):
                turn = advance(self.program, state._replace(seen=state.seen | keys), self.now)
                wakes = state.at in keys or any(interrupts(key) for key in keys)
                if wakes and not keys <= state.seen and (turn.state.at, turn.state.outcome, turn.passed) != (
                    still.state.at, still.state.outcome, still.passed,
                ):  # fmt: skip
                    source = signal.condition.source if signal.condition else ""
                    yield Mover(event, source, self._effect(turn), self._when(event, signal, state), keys)

    def _when(self, event: str, signal: Signal, state: State) -> str:
        parts = []
        if signal.condition is not None:
            parts.append(condition_in_words(signal.condition.source))
        if signal.within is not None:
            parts.append(f"avant le {self._instant(state.started_at + signal.within)}")
        if signal.step:
            parts.append(f"pour l'étape « {signal.step} » de cette exécution")
        elif self.program.entry.key and self.entry_key and event != OPT_OUT:
            parts.append(f"{self.program.entry.key} = « {self.entry_key} » ou absent")
        return ", ".join(parts)

    def _effect(self, turn: Transition) -> str:
        doing = [effect.said() for effect in turn.effects]
        if turn.state.outcome is not None:
            parts = [f"fin : {_end(turn.state)}", *doing]
        else:
            place = "son but" if turn.state.at == LAST else f"à l'étape « {step_of(turn.state.at)} »"
            passed = ", ".join(self._passed(passed) for passed in turn.passed)
            parts = [f"elle passe {passed}", *doing, f"puis attend {place}"]
        return " ; ".join(part[:1].lower() + part[1:] for part in parts)


def _ways(signals: Sequence[Signal], state: State, now: datetime) -> Iterator[tuple[Signal, frozenset[str]]]:
    """Yield each way an event can be meant, and the keys that it then leaves.

    Signals that share their condition come together; those without one come with every other, but those that report
    on a step only with others of that step.
    """
    open_still = [s for s in signals if s.within is None or now <= state.started_at + s.within]
    ways: dict[tuple[str, str], tuple[Signal, set[str]]] = {}
    for signal in open_still:
        asked = (signal.condition.source if signal.condition else "", signal.step)
        always = {s.key for s in open_still if s.condition is None and s.step in ("", signal.step)}
        ways.setdefault(asked, (signal, always))[1].add(signal.key)
    for signal, keys in ways.values():
        yield signal, frozenset(keys)
