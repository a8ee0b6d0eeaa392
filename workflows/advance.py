"""The engine's one decision: what does this execution do now?

Pure: no clock, no database, no settings. Production, the simulator and the property tests all call
this same function.
"""

from dataclasses import dataclass
from datetime import datetime

from workflows.program import (
    EXIT,
    GOAL,
    Effect,
    End,
    Go,
    Outcome,
    Program,
    Rest,
    RevokeMessages,
    State,
    interrupts,
)

# No real workflow takes this many steps without resting: a definition is a tree and has fewer.
MAX_STEPS = 1_000


class EndlessProgramError(Exception):
    """The program went round without ever resting."""


class UnknownStepError(Exception):
    """The execution stands at a step that its program does not have."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was passed in this turn."""

    step: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Transition:
    """What one turn changes: write all of it or nothing."""

    state: State
    effects: tuple[Effect, ...]
    passed: tuple[Passed, ...]


def advance(program: Program, state: State, now: datetime) -> Transition:
    """Run an execution until it rests or ends.

    A second call with the result and the same `now` changes nothing.
    Raises EndlessProgramError and UnknownStepError.
    """
    if state.outcome is not None:
        return Transition(state, (), ())
    if state.seen and (ending := _interruption(state)):
        return _ended(state, ending, (), ())
    effects: tuple[Effect, ...] = ()
    passed: tuple[Passed, ...] = ()
    for _ in range(MAX_STEPS):
        try:
            instruction = program.instructions[state.at]
        except KeyError:
            raise UnknownStepError(state.at) from None
        match instruction.move(state, now):
            case Go(to, caused, detail, contact):
                passed += (Passed(state.at, instruction.kind, detail),)
                effects += caused
                state = State(to, now, *state[2:])  # at, entered_at: half the time of _replace
                if contact is not None:
                    state = state._replace(contact=contact)
            case Rest(until):
                return Transition(state._replace(due_at=until), effects, passed)
            case End() as ending:
                return _ended(state, ending, effects, passed)
    raise EndlessProgramError(state.at)


def _interruption(state: State) -> End | None:
    """Goal before exits: who bought and then opted out is a customer."""
    if GOAL in state.seen:
        return End(Outcome.CONVERTED, GOAL, (RevokeMessages(GOAL),))
    for key in sorted(state.seen):
        if interrupts(key):
            return End(Outcome.STOPPED, key.removeprefix(EXIT), (RevokeMessages(key.removeprefix(EXIT)),))
    return None


def _ended(state: State, ending: End, effects: tuple[Effect, ...], passed: tuple[Passed, ...]) -> Transition:
    at = state.at if ending.at is None else ending.at
    over = state._replace(at=at, due_at=None, outcome=ending.outcome, reason=ending.reason)
    return Transition(over, effects + ending.effects, passed)
