"""Definitions drawn at random, with every kind of step, for property tests (hypothesis)."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from workflows.definition import Definition, parse

EVENTS = ["contact_etabli", "avis", "reponse"]
INTENTIONS = ["event.intention == 'opt_out'", "event.intention == 'question' && event.confiance > 0.5", "event.doute"]
CONDITIONS = ["event.x == 1", "'urgent' in contact.etiquettes", "execution.messages.s0 == 'delivered'", "now > now"]
WHERES = [None, "event.note >= 4", "event.note < 4"]
WINDOWS = ["9:00", "next weekday 9:00", "monday 14:30", "weekday 9:00-18:00"]
DURATIONS = ["0s", "1s", "5m", "2h", "3d"]
durations = st.sampled_from(DURATIONS)


@st.composite
def step_lists(draw: st.DrawFn, depth: int = 2, fewest: int = 1) -> list[dict[str, Any]]:
    """Draw steps without their ids."""
    return [draw(steps(depth)) for _ in range(draw(st.integers(fewest, 3)))]


@st.composite
def steps(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    """Draw one step; inside others down to `depth`."""

    def some() -> list[dict[str, Any]]:
        return draw(step_lists(depth - 1, fewest=0)) if depth else []

    wait_for = {"event": draw(st.sampled_from([*EVENTS, EVENTS[:2]])), "timeout": draw(durations)}
    where, unless = draw(st.sampled_from(WHERES)), draw(st.sampled_from([None, "annule_chantier"]))
    wait_for |= ({"where": where} if where else {}) | ({"unless": unless} if unless else {})
    call = {"url": "https://crm.exemple.fr/", "timeout": draw(st.sampled_from(["1m", "2h"]))}
    kinds: list[Callable[[], dict[str, Any]]] = [
        lambda: {"send": draw(st.sampled_from(["sms", "email"])), "template": "a", "useful_for": "2h",
                 "on_failure": some()},
        lambda: {"notify": "texte"},
        lambda: {"wait": draw(durations)},
        lambda: {"at": draw(durations)},
        lambda: {"until": draw(st.sampled_from(WINDOWS))},
        lambda: {"update": {"tags": ["urgent"]}},
        lambda: {"task": "Rappeler", "due": draw(durations)},
        lambda: {"start": "suite"},
        lambda: {"stop": "fini"},
        lambda: {"wait_for": wait_for, "then": some(), "else": some()},
        lambda: {"if": draw(st.sampled_from(CONDITIONS)), "then": some(), "else": some()},
        lambda: {"split": [{"name": "a", "weight": 1, "steps": some()}, {"name": "b", "weight": 3, "steps": some()}]},
        lambda: {"call": call, "then": some(), "on_failure": some()},
        lambda: {"agent": "intent", "timeout": draw(durations), "else": some(), "on_failure": some(),
                 "cases": [{"when": when, "steps": some()} for when in INTENTIONS[: draw(st.integers(0, 3))]]},
        lambda: {"agent": "write", "send": draw(st.sampled_from(["sms", "email"])), "template": "a",
                 "brief": "Relance douce", "useful_for": "2h", "timeout": draw(durations), "on_failure": some()},
    ]  # fmt: skip
    step = draw(st.sampled_from(kinds))()
    if draw(st.integers(0, 5)) == 0:
        step["only_if"] = draw(st.sampled_from(CONDITIONS))
    return step


def numbered(raw: list[dict[str, Any]], prefix: str = "s") -> list[dict[str, Any]]:
    """Give each step an id of its own, also inside branches and ways."""
    found = []
    for n, step in enumerate(raw):
        name = f"{prefix}{n}"
        inner: dict[str, Any] = {
            key: numbered(step[key], name + key[0]) for key in ("then", "else", "on_failure") if key in step
        }
        if "split" in step:
            inner["split"] = [{**way, "steps": numbered(way["steps"], name + way["name"])} for way in step["split"]]
        if "cases" in step:
            inner["cases"] = [
                {**case, "steps": numbered(case["steps"], f"{name}c{m}")} for m, case in enumerate(step["cases"])
            ]
        found.append({**step, **inner, "id": name})
    return found


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a whole definition."""
    goal = {"event": "devis_accepte", "within": draw(st.sampled_from(["1h", "2d"]))}
    where = draw(st.sampled_from(WHERES))
    return parse({
        "trigger": draw(st.sampled_from([{"event": "demande"}, {"api": True}, {"sms": "any"}])),
        "entry": draw(st.sampled_from([{}, {"key": "devis_id", "reentry": "30d"}])),
        "exits": draw(st.sampled_from([[], ["annule"], ["avis"]])),
        "steps": numbered(draw(step_lists())),
        **({"goal": goal | ({"where": where} if where else {})} if draw(st.booleans()) else {}),
    })  # fmt: skip
