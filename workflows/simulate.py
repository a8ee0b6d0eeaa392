"""Simulate: one execution in virtual time, told line by line in French, each branch with its reason. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from communications.policy import Refusal
from workflows.compile import LAST, compile_definition
from workflows.definition import Definition
from workflows.explain import ENDS, IGNORED
from workflows.life import NOBODY, Assumptions, Echoed, Heard, Life, Turned
from workflows.program import (
    EXIT,
    GOAL,
    IN_VAIN,
    NOTHING,
    OUTCOME,
    Effect,
    End,
    Go,
    Outcome,
    Program,
    Signal,
    State,
    place_of,
    step_of,
)
from workflows.spoken import condition_in_words, data_in_words, instant_in_words, values_in_words
from workflows.steps.base import Step
from workflows.steps.send import SendMessage
from workflows.triggers import fires


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event of the contact, so long after the start."""

    after: timedelta
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who, from when on, and what happens. `contact` is as conditions see it (workflows/facts.py)."""

    start: datetime
    event: str
    contact: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    arrivals: Sequence[Arrival] = ()
    zone: str = "Europe/Paris"
    contact_id: int = 0
    workflow_id: int = 0
    assume: Assumptions = field(default_factory=Assumptions)


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that goes into the outbox; `refused` when it would not leave it."""

    at: datetime
    step: str
    channel: str
    template: str
    category: str
    useful_until: datetime
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens. `kind`: debut, evenement, etape, attente or fin.

    `text` says what it is, `result` what came of it, `why` why; `done` what it does to the world besides messages.
    """

    at: datetime
    kind: str
    text: str
    step: str = ""
    step_kind: str = ""
    result: str = ""
    why: str = ""
    done: tuple[str, ...] = ()
    messages: tuple[Planned, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that happens. `turns`: how often the engine looked at the execution."""

    lines: tuple[Line, ...]
    outcome: Outcome
    reason: str
    started_at: datetime
    ended_at: datetime
    turns: int

    @property
    def messages(self) -> tuple[Planned, ...]:
        """The messages, in their order."""
        return tuple(message for line in self.lines for message in line.messages)


def simulate(definition: Definition, sector: str, scenario: Scenario) -> Timeline:
    """Simulate a definition; `sector` is where its templates are looked for. Raises what `advance` raises.

    Whether the entry rules would let the contact in is not asked: a line says when the event starts nothing.
    """
    return _Telling(definition, compile_definition(definition, sector), scenario).tell()


@dataclass(slots=True)
class _Telling:
    """What is told, and who answered what so far."""

    definition: Definition
    program: Program
    scenario: Scenario
    answers: dict[str, str] = field(default_factory=dict)  # by signal: what left it
    lines: list[Line] = field(default_factory=list)

    def tell(self) -> Timeline:
        scenario = self.scenario
        life = Life.begin(
            self.program, scenario.start, contact=scenario.contact, event=scenario.data, zone=scenario.zone,
            contact_id=scenario.contact_id, workflow_id=scenario.workflow_id,
            assume=replace(scenario.assume, told=scenario.assume.told | self._told()),
        )  # fmt: skip
        self.lines.append(self._start())
        for arrival in sorted(scenario.arrivals, key=lambda arrival: arrival.after):
            now = scenario.start + arrival.after
            self._pass(life, now)
            self._heard(life.hear(arrival.name, arrival.data, now))
        self._pass(life, None)
        assert life.state.outcome is not None
        ended_at = next(line.at for line in self.lines if line.kind == "fin")
        return Timeline(
            tuple(self.lines), life.state.outcome, life.state.reason, scenario.start, ended_at, life.turns
        )  # fmt: skip

    def _told(self) -> frozenset[str]:
        """Return the steps of whose outcome the scenario's own events tell."""
        return frozenset(
            signal.step
            for arrival in self.scenario.arrivals
            for signal in self.program.signals.get(arrival.name, ())
            if signal.step and signal.step == arrival.data.get("etape")
        )

    def _start(self) -> Line:
        scenario = self.scenario
        is_meant = fires(self.definition.trigger, scenario.event, scenario.data, scenario.start)
        forms = " ou ".join(form.said() for form in self.definition.trigger)
        names = {row.event for form in self.definition.trigger if (row := form.row())}
        if is_meant:
            why = f"déclencheur : {forms}"
        elif scenario.event in names:
            why = f"démarré à la demande : ces données ne remplissent pas la condition du déclencheur {forms}"
        else:
            why = f"démarré à la demande (ses déclencheurs : {forms})"
        return Line(scenario.start, "debut", _event(scenario.event, scenario.data), why=why)

    def _pass(self, life: Life, until: datetime | None) -> None:
        for happening in life.until(until):
            match happening:
                case Turned():
                    self.lines.extend(self._turned(life, happening))
                case Echoed(at, keys):
                    lost = any(key.endswith(IN_VAIN) for key in keys)
                    said = "supposé non abouti" if lost else "supposé abouti"
                    self.answers.update(dict.fromkeys(keys, f"{said} le {self._instant(at)}"))

    # --- events ---

    def _heard(self, heard: Heard) -> None:
        if heard.before.outcome is not None:
            why = "l'exécution est déjà finie"
        else:
            self.answers.update(dict.fromkeys(heard.fresh, f"« {heard.name} » reçu le {self._instant(heard.at)}"))
            why = "; ".join(self._meaning(heard))
        self.lines.append(Line(heard.at, "evenement", _event(heard.name, heard.data), why=why))

    def _meaning(self, heard: Heard) -> Iterator[str]:
        """Yield what an event means to the execution, or why it means nothing."""
        signals = self.program.signals.get(heard.name, ())
        if not signals:
            yield "sans effet : rien ne l'attend"
            return
        own = self.program.entry.key_of(heard.data)
        if own not in ("", self.program.entry.key_of(self.scenario.data)):
            yield f"sans effet : il concerne une autre exécution ({self.program.entry.key} = « {own} »)"
            return
        for signal in signals:
            if not signal.key.endswith(IN_VAIN):
                yield self._signal(signal, heard)

    def _signal(self, signal: Signal, heard: Heard) -> str:
        to = _listener(signal.key)
        if signal.key not in heard.keys:
            return f"pas pour {to} : {self._miss(signal, heard)}"
        if signal.key not in heard.fresh:
            return f"déjà reçu pour {to}"
        told = f"compte pour {to}"
        if signal.condition is not None:
            values = values_in_words(signal.condition.source, {"event": heard.data})
            told += f" ({condition_in_words(signal.condition.source)} : vrai, {values})"
        is_later = place_of(signal.key) not in (heard.before.at, GOAL) and not signal.key.startswith(EXIT)
        return told + (" (l'exécution n'y est pas en ce moment)" if is_later else "")

    def _miss(self, signal: Signal, heard: Heard) -> str:
        limit = signal.within and heard.before.started_at + signal.within
        if limit and heard.at > limit:
            return f"trop tard, il comptait jusqu'au {self._instant(limit)}"
        if not signal.is_meant({"execution": NOBODY, **heard.data}, NOBODY):
            return "il ne rend pas compte de cette étape"
        assert signal.condition is not None
        values = values_in_words(signal.condition.source, {"event": heard.data})
        return f"{condition_in_words(signal.condition.source)} : faux ({values})"

    # --- turns ---

    def _turned(self, life: Life, turned: Turned) -> Iterator[Line]:
        state, now, taken = turned.before, turned.at, 0
        for passed in turned.turn.passed:
            move = self.program.instructions[passed.step].move(state, now)
            assert isinstance(move, Go)
            yield self._step(life, state, passed.detail, move.effects, now)
            contact = state.contact if move.contact is None else move.contact
            state = state._replace(at=move.to, entered_at=now, contact=contact)
            taken += len(move.effects)
        after = turned.turn.state
        if after.outcome is not None:
            yield self._end(state, after, turned.turn.effects[taken:], now)
        elif turned.turn.passed or turned.before.due_at != after.due_at:
            if self.lines and self.lines[-1].kind == "attente" and self.lines[-1].until == after.due_at:
                return
            yield self._rest(after, now)

    def _step(self, life: Life, state: State, detail: str, effects: Sequence[Effect], now: datetime) -> Line:
        step, kind = self._find(state.at), self.program.instructions[state.at].kind
        is_outcome = state.at.endswith(OUTCOME)
        text = _capital(step.awaited()) if is_outcome and step else step.said() if step else state.at
        words = {**IGNORED, **(step.words() if step else {})}
        return Line(
            now, "etape", text, step_of(state.at), kind, words.get(detail, detail),
            "; ".join(self._why(step, state, detail, now)),
            tuple(effect.said() for effect in effects if not isinstance(effect, SendMessage)),
            tuple(_planned(effect, now, life) for effect in effects if isinstance(effect, SendMessage)),
        )  # fmt: skip

    def _why(self, step: Step | None, state: State, detail: str, now: datetime) -> Iterator[str]:
        """Yield why a step went the way it did: its conditions, its draw, what answered it."""
        if step is not None and not state.at.endswith(OUTCOME):
            yield from step.because(state, now)
        if detail == "ignoree":
            return
        if self._listens(state.at):
            seen = next((key for key in (state.at + IN_VAIN, state.at) if key in state.seen), None)
            yield self.answers[seen] if seen else "rien n'est venu à temps"

    def _end(self, state: State, after: State, effects: Sequence[Effect], now: datetime) -> Line:
        assert after.outcome is not None
        told = after.reason if after.outcome in (Outcome.STOPPED, Outcome.FAILED) else ""
        key = GOAL if after.outcome is Outcome.CONVERTED else EXIT + after.reason
        return Line(
            now, "fin", f"Fin : {ENDS[after.outcome]}", "" if state.at == LAST else step_of(state.at), "", told,
            self.answers.get(key, "") or self._last_word(state, now), tuple(effect.said() for effect in effects),
        )  # fmt: skip

    def _last_word(self, state: State, now: datetime) -> str:
        """Say why it ended where it stands, when no event ended it."""
        if state.at == LAST:
            return "toutes les étapes sont passées" + (
                " et le délai de l'objectif est écoulé" if self.definition.goal else ""
            )
        move = self.program.instructions[state.at].move(state, now)
        return "; ".join(self._why(self._find(state.at), state, "", now)) if isinstance(move, End) else ""

    def _rest(self, state: State, now: datetime) -> Line:
        assert state.due_at is not None
        step = self._find(state.at)
        if state.at == LAST:
            text = "Toutes les étapes sont passées : l'objectif compte encore"
        elif state.at.endswith(OUTCOME) and step:
            text = f"Attendre {step.awaited()}"
        else:
            text = step.said() if step else state.at
        latest = " au plus tard" if self._listens(state.at) else ""
        result = f"jusqu'au {self._instant(state.due_at)}{latest}"
        return Line(now, "attente", text, "" if state.at == LAST else step_of(state.at), "", result, until=state.due_at)

    # --- words ---

    def _find(self, at: str) -> Step | None:
        return next((step for step in self.definition.all_steps() if step.id == step_of(at)), None)

    def _listens(self, at: str) -> bool:
        return any(signal.key == at for signals in self.program.signals.values() for signal in signals)

    def _instant(self, instant: datetime) -> str:
        return instant_in_words(instant, self.scenario.zone, self.scenario.start)


def _planned(effect: SendMessage, now: datetime, life: Life) -> Planned:
    return Planned(
        now, effect.step, effect.channel, effect.template, effect.category, effect.useful_until, life.refusal(effect)
    )


def _event(name: str, data: Mapping[str, Any]) -> str:
    fields = ", ".join(data_in_words(data or NOTHING))
    return f"Événement « {name} »" + (f" ({fields})" if fields else "")


def _listener(key: str) -> str:
    if key == GOAL:
        return "l'objectif"
    if key.startswith(EXIT):
        return "la sortie du workflow"
    return f"l'étape « {step_of(place_of(key))} »"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
