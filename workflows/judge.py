"""May this definition be published on this site? Pure: what is known of the site is handed in.

`definition.parse` has said whether it is well written; here is whether what it speaks of is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from communications.mentions import is_two_way
from communications.template_language import TemplateError, build_text, names, parse
from workflows.channels import CHANNELS
from workflows.compile import LAST
from workflows.definition import Definition
from workflows.program import step_of
from workflows.steps.base import Need, Step
from workflows.triggers import SEGMENT, SMS_RECEIVED
from workflows.verdict import Remark, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the workflow and its site.

    `templates`: (name, channel) of the organization's messages. `workflows`: the site's, by slug, with their status
    in French. `starts`: which workflows each of the others starts. `rivals`: the names of the other active workflows
    that an event starts. `standing`: how many running executions stand at each step. `sms_sender`: whom the site's
    SMS come from, "" when that is not said.
    """

    slug: str
    sector: str
    templates: frozenset[tuple[str, str]] = frozenset()
    workflows: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    site_fields: frozenset[str] = frozenset()
    rivals: Mapping[str, Sequence[str]] = field(default_factory=dict)
    standing: Mapping[str, int] = field(default_factory=dict)
    sms_sender: str = ""


STOPPED = "arrêté"
ANSWERS_BY_SMS = (SMS_RECEIVED, "sms.replied")


def judge(definition: Definition, known: Known) -> Verdict:
    """Return what forbids to publish the definition, and what one ought to know."""
    verdict = Verdict()
    for path, step in paths(definition):
        for need in step.needs(known.sector):
            verdict += _need(need, f"{path}.{need.field}", known)
    verdict += Verdict(tuple(_segments(definition, known)), tuple(_rivals(definition, known)))
    cautions = (*_cautions(definition, known), *_unanswerable(definition, known), *_left_behind(definition, known))
    return verdict + Verdict(warnings=cautions)


def paths(definition: Definition) -> Iterator[tuple[str, Step]]:
    """Yield each step with its path, such as `steps[0].then[1]`, in reading order."""
    yield from _paths(definition.steps, "steps")


def _paths(steps: Sequence[Step], at: str) -> Iterator[tuple[str, Step]]:
    for n, step in enumerate(steps):
        path = f"{at}[{n}]"
        yield path, step
        for m, (name, inner) in enumerate(step.parts().items()):
            # Branches are fields of the step; ways, which people name, are a list.
            place = name if name in step.branches else f"{step.kind}[{m}].steps"
            yield from _paths(inner, f"{path}.{place}")


def _need(need: Need, path: str, known: Known) -> Verdict:
    match need.kind:
        case "template":
            return _template(need, path, known)
        case "workflow":
            return _start(need.name, path, known)
        case "text":
            return _text(need.name, path, known)


def _template(need: Need, path: str, known: Known) -> Verdict:
    if (need.name, need.channel) in known.templates:
        return Verdict()
    channel = CHANNELS[need.channel].name
    return Verdict((Remark(path, f"l'organisation n'a pas de modèle « {need.name} » ({channel})"),))


def _start(slug: str, path: str, known: Known) -> Verdict:
    if slug != known.slug and slug not in known.workflows:
        return Verdict((Remark(path, f"ce site n'a pas de workflow « {slug} »"),))
    if circle := _circle(slug, known):
        said = " → ".join((known.slug, *circle))
        return Verdict((Remark(path, f"des workflows se démarreraient l'un l'autre sans fin : {said}"),))
    if known.workflows[slug] == STOPPED:
        return Verdict(warnings=(Remark(path, f"le workflow « {slug} » est arrêté : rien ne démarrera"),))
    return Verdict()


def _circle(start: str, known: Known) -> tuple[str, ...]:
    """Return the way from a workflow back to this one; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    visited: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == known.slug:
            return way
        if way[-1] not in visited:
            visited.add(way[-1])
            ways += [(*way, slug) for slug in known.starts.get(way[-1], ())]
    return ()


def _text(text: str, path: str, known: Known) -> Verdict:
    try:
        build_text("text", text)
        mentioned = names(parse("text", text), "site")
    except TemplateError as error:
        return Verdict((Remark(path, error.rule),))
    return Verdict(warnings=tuple(
        Remark(path, f"le site n'a pas de champ « {name} » : le texte restera tel quel")
        for name in sorted(mentioned - known.site_fields)
    ))  # fmt: skip


def _segments(definition: Definition, known: Known) -> Iterator[Remark]:
    for path, event in _events(definition):
        if event.startswith(SEGMENT) and event.removeprefix(SEGMENT) not in known.segments:
            yield Remark(path, f"ce site n'a pas de segment « {event.removeprefix(SEGMENT)} »")


def _events(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield each event that the definition listens to, with the path where it is written."""
    yield from _started_by(definition)
    if definition.goal:
        yield "goal.event", definition.goal.event
    for n, name in enumerate(definition.exits):
        yield f"exits[{n}]", name
    for path, step in paths(definition):
        for event in dict.fromkeys(event for event, _signal in step.signals()):
            yield path, event


def _started_by(definition: Definition) -> Iterator[tuple[str, str]]:
    for n, form in enumerate(definition.trigger):
        row = form.row()
        if row and row.event:
            yield f"trigger[{n}]" if len(definition.trigger) > 1 else "trigger", row.event


def _rivals(definition: Definition, known: Known) -> Iterator[Remark]:
    for path, event in _started_by(definition):
        for name in known.rivals.get(event, ()):
            yield Remark(path, f"« {name} », actif sur ce site, commence avec le même événement « {event} »")


def _cautions(definition: Definition, known: Known) -> Iterator[Remark]:
    defaults = definition.defaults(known.sector)
    for path, step in paths(definition):
        for text in step.cautions(defaults):
            yield Remark(path, text)


def _unanswerable(definition: Definition, known: Known) -> Iterator[Remark]:
    if not known.sms_sender or is_two_way(known.sms_sender):
        return
    for path, event in _events(definition):
        if event in ANSWERS_BY_SMS:
            yield Remark(
                path,
                f"« {event} » ne viendra pas : l'expéditeur des SMS, « {known.sms_sender} », ne reçoit pas de réponse",
            )


def _left_behind(definition: Definition, known: Known) -> Iterator[Remark]:
    there = {step.id for step in definition.all_steps()}
    gone: dict[str, int] = {}
    for at, count in known.standing.items():
        if at != LAST and step_of(at) not in there:
            gone[step_of(at)] = gone.get(step_of(at), 0) + count
    for step, count in sorted(gone.items()):
        who = "1 exécution en cours est" if count == 1 else f"{count} exécutions en cours sont"
        yield Remark("steps", f"{who} à l'étape « {step} », qui n'existe plus : fin sur la version actuelle")
