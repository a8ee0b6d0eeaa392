"""What becomes of each line: a contact is made, completed, or left; or the line is wrong. Pure.

People are known as crm/matching.py knows them. Several lines about one person are one: the first, completed by the
others. What is already filled stays, unless the import says that it is to be replaced; tags and notes are added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.import_given import Given
from crm.import_resource import Cleaned
from crm.matching import Choice, People, Person, Report

CREATED, UPDATED, LEFT, WRONG = "cree", "mis_a_jour", "laisse", "erreur"
# What a lead has before anybody says anything of it.
NEW_LEAD: dict[str, Any] = {
    "company": "", "company_size": "unknown", "job_title": "", "sector": "", "region": "", "quality": "", "score": None,
    "stage": "lead", "amount_cents": None, "status": "nouveau", "decided_by": "", "classified_at": None,
    "stage_at": None,
}  # fmt: skip
DECIDED = frozenset({"exporte", "ecarte"})  # statuses that a score does not change
FOR_SALES = 50  # a score from which on a lead is for sales
LIKELY = {"CHAUD": 80, "TIÈDE": 60, "FROID": 20}  # what a quality without a score counts as


@dataclass(slots=True)
class Matched:
    """A line with the person whom it is about; a repeat says which line it completes."""

    cleaned: Cleaned
    person: Person | None = None  # None: the line is wrong
    repeats: int | None = None
    choices: list[Choice] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """A contact of the site as it is kept, with its lead."""

    id: int
    name: str
    email: str | None
    phone: str | None
    tags: tuple[str, ...]
    fields: dict[str, Any]
    lead: dict[str, Any] | None
    is_opted_out: bool = False


@dataclass(slots=True)
class Outcome:
    """What becomes of a line: what changes (`before` and `after`, by field), what is added, and what is to be said."""

    line: int
    result: str
    given: Given | None = None
    contact_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] = field(default_factory=dict)
    choices: Sequence[Choice] = ()
    said: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()  # which fields are wrong

    @property
    def note(self) -> str:
        """The note that is written down."""
        return self.given.note if self.given and self.result in (CREATED, UPDATED) else ""


def match(lines: Iterable[Cleaned], known: Iterable[Person]) -> list[Matched]:
    """Return each line with its person, and lines about one person united. `known` come in the order of their ids."""
    people, firsts, found = People(known), dict[int, Matched](), []
    for cleaned in lines:
        given = cleaned.given
        matched = Matched(cleaned)
        found.append(matched)
        if given is None:
            continue
        report = Report("", {}, email=given.email, phone=given.phone, is_trusted=False)
        matched.person = people.match(report)
        first = firsts.setdefault(id(matched.person), matched)
        if given.choice is not None:
            first.choices.append(given.choice)
        if first is not matched and first.cleaned.given is not None:
            matched.repeats = first.cleaned.line
            first.cleaned.given.complete(given)
    return found


def decide(
    matched: Iterable[Matched], known: dict[int, Known], *, updates: bool, overwrites: bool, now: datetime
) -> list[Outcome]:
    """Return what becomes of the lines; `known` are the contacts that they are about."""
    return [_outcome(m, known, updates, overwrites, now) for m in matched]


def _outcome(matched: Matched, known: dict[int, Known], updates: bool, overwrites: bool, now: datetime) -> Outcome:
    cleaned, person = matched.cleaned, matched.person
    if cleaned.given is None or person is None:
        fields = tuple(mistake.field for mistake in cleaned.mistakes)
        return Outcome(cleaned.line, WRONG, said=tuple(map(str, cleaned.mistakes)), fields=fields)
    if matched.repeats is not None:
        return Outcome(
            cleaned.line, LEFT, cleaned.given, person.id,
            said=(f"Même personne que la ligne {matched.repeats}, qu'elle complète.",),
        )  # fmt: skip
    if person.id is None:
        after = _made(cleaned.given, now)
        return Outcome(cleaned.line, CREATED, cleaned.given, None, None, after, matched.choices)
    outcome = Outcome(cleaned.line, LEFT, cleaned.given, person.id, said=("Déjà connu.",))
    contact = known.get(person.id)  # None: deleted since, which only a preview may meet
    return _updated(outcome, contact, matched.choices, overwrites, now) if updates and contact else outcome


def _updated(
    outcome: Outcome, contact: Known, choices: Sequence[Choice], overwrites: bool, now: datetime
) -> Outcome:  # fmt: skip
    assert outcome.given is not None
    before, after = changes(outcome.given, contact, overwrites=overwrites, now=now)
    if not (after or choices or outcome.given.note):
        outcome.said = ("Déjà connu : rien de nouveau.",)
        return outcome
    outcome.result, outcome.before, outcome.after, outcome.choices, outcome.said = UPDATED, before, after, choices, ()
    if contact.is_opted_out:
        outcome.said = ("Désinscrit : il le reste.",)
    return outcome


def _made(given: Given, now: datetime) -> dict[str, Any]:
    """Return the columns of a new contact."""
    made: dict[str, Any] = {"name": given.name, "email": given.email, "phone": given.phone, "tags": given.tags}
    made |= {f"fields.{name}": value for name, value in given.others.items()}
    if lead := lead_of(NEW_LEAD, given.lead, overwrites=True, now=now):
        made |= {"lead": True} | {f"lead.{name}": value for name, value in lead.items()}
    return made


def changes(
    given: Given, contact: Known, *, overwrites: bool, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """Return what a line changes of a known contact, before and after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}

    def fill(name: str, was: Any, value: Any, may: bool = overwrites) -> None:
        if value not in ("", None) and value != was and (may or was in ("", None)):
            before[name], after[name] = was, value

    fill("name", contact.name, given.name)
    fill("email", contact.email, given.email, may=False)
    fill("phone", contact.phone, given.phone)
    if more := [tag for tag in given.tags if tag not in contact.tags]:
        before["tags"], after["tags"] = list(contact.tags), [*contact.tags, *more]
    for name, value in given.others.items():
        fill(f"fields.{name}", contact.fields.get(name), value)
    kept = NEW_LEAD if contact.lead is None else contact.lead
    lead = lead_of(kept, given.lead, overwrites=overwrites, now=now)
    if lead and contact.lead is None:
        before["lead"], after["lead"] = None, True
    before |= {f"lead.{name}": kept[name] for name in lead}
    return before, after | {f"lead.{name}": value for name, value in lead.items()}


def lead_of(lead: dict[str, Any], given: dict[str, Any], *, overwrites: bool, now: datetime) -> dict[str, Any]:
    """Return what changes of a lead. Who gives a quality or a score in a file has classified it."""
    found = {
        name: value for name, value in given.items()
        if value != lead[name] and (overwrites or lead[name] == NEW_LEAD[name])
    }  # fmt: skip
    if found.keys() & {"quality", "score"}:
        score = found.get("score", lead["score"])
        if score is None:
            score = LIKELY[found["quality"]]
        found |= {"decided_by": "person", "classified_at": now.isoformat()}
        if lead["status"] not in DECIDED:
            found["status"] = "a_exporter" if score >= FOR_SALES else "a_suivre"
    if "stage" in found:
        found["stage_at"] = now.isoformat()
    return {name: value for name, value in found.items() if value != lead[name]}
