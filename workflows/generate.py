"""Generate: plausible contacts, events, executions, step runs and messages, as many as wanted, through COPY.

A chunk at a time, each in a transaction of its own, so memory does not grow with what is made. Whom it makes up
cannot be reached: emails end in `.invalid`, numbers begin with a country code that does not exist.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from psycopg import sql

from accounts.models import Organization, Site
from berinia.partitions import STEP_RUNS, create_ahead
from berinia.rows import fetch
from communications.days import forget
from communications.models.reach import Moment, Reached, count_reached
from crm.models.metric import Counted, count, hour_of
from workflows.channels import ADDRESSES
from workflows.compile import LAST
from workflows.deploy import deploy, sectors
from workflows.models import Workflow
from workflows.models.step_metric import PASSED, StepKey, count_steps
from workflows.programs import definition_of
from workflows.reviews import EVENT as REVIEW
from workflows.reviews import GOOD
from workflows.steps.base import Step
from workflows.steps.send import Send

CHUNK = 10_000  # executions in one transaction
SLUG = "charge"
BIGGEST = 0.6  # the part that the first of several has: most of a house's load is one site's, and there one workflow's
PAST = timedelta(days=365)  # executions began over this long
FUTURE = timedelta(days=30)  # those that wait are due within this
HOLDS = frozenset({"wait", "wait_for", "until", "at"})
# Most wait, as in a system that is in use; parts of a thousand.
STATUSES = {
    "en_cours": 700, "en_attente": 10, "en_pause": 20, "terminee": 130, "convertie": 80, "arretee": 40, "echouee": 20,
}  # fmt: skip
ENDED = {"terminee": "completed", "convertie": "converted", "arretee": "stopped", "echouee": "failed"}
MESSAGES = {
    "delivered": 620, "sent": 250, "opened": 50, "clicked": 20, "failed": 20, "bounced": 10, "suppressed": 28,
    "unknown": 2,
}  # fmt: skip
# What happened to a message of each status that was handed over, all at one instant.
PATHS = {
    "sent": (Moment.SENT,),
    "delivered": (Moment.SENT, Moment.DELIVERED),
    "opened": (Moment.SENT, Moment.DELIVERED, Moment.OPENED),
    "clicked": (Moment.SENT, Moment.DELIVERED, Moment.OPENED, Moment.CLICKED),
    "bounced": (Moment.SENT, Moment.BOUNCED),
}
# What converted customers say of the work, from 1 to 5; parts of a hundred.
GRADES = {5: 62, 4: 26, 3: 7, 2: 3, 1: 2}
REVIEWED = 0.3  # the part of the conversions that is followed by a review
COLUMNS = (Moment.SENT, Moment.DELIVERED, Moment.OPENED, Moment.CLICKED, Moment.BOUNCED)
NOT_SENT = {"failed": Moment.FAILED, "suppressed": Moment.SUPPRESSED}

CONTACT = ("id", "organization_id", "site_id", "name", "email", "phone", "tags", "fields", "created_at", "updated_at")
EVENT = (
    "id", "organization_id", "site_id", "contact_id", "name", "data", "idempotency_key", "occurred_at", "received_at",
    "routed_at", "error",
)  # fmt: skip
EXECUTION = (
    "id", "organization_id", "site_id", "workflow_id", "version_id", "contact_id", "event_id", "entry_key", "status",
    "at", "entered_at", "due_at", "started_at", "ended_at", "seen", "reason", "failures", "erreurs",
)  # fmt: skip
STEP_RUN = ("organization_id", "execution_id", "step", "kind", "at", "detail")
MESSAGE = (
    "organization_id", "site_id", "contact_id", "event_id", "execution_id", "workflow_id", "step", "template",
    "channel", "category", "status", "reason", "detail", "due_at", "useful_until", "attempts", "calls", "provider",
    "provider_id", "to", "payload", "created_at", "sent_at", "delivered_at", "opened_at", "clicked_at", "bounced_at",
)  # fmt: skip
NEW_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) AS id FROM generate_series(1, %s)"
MAY_SKIP_CHECKS = "SELECT rolsuper AS may FROM pg_roles WHERE rolname = current_user"
FIRST_NAMES = ("Camille", "Lucas", "Manon", "Hugo", "Léa", "Louis", "Chloé", "Nathan", "Inès", "Gabriel")
LAST_NAMES = ("Martin", "Bernard", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Laurent", "Lefèvre", "Garcia")


@dataclass(frozen=True, slots=True)
class Made:
    """How many rows were made so far."""

    contacts: int = 0
    executions: int = 0
    step_runs: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """A step, as far as it is made up; `channel` and `template` of one that sends."""

    id: str
    kind: str
    channel: str = ""
    template: str = ""


NOWHERE = Stop("", "")  # where conversions are put down that no message came before


@dataclass(frozen=True, slots=True)
class Course:
    """A workflow as made-up executions go through it: its steps in order, none of its branches."""

    workflow_id: int
    version_id: int
    event: str
    steps: tuple[Stop, ...]
    holds: tuple[int, ...]  # where among `steps` it rests


@dataclass(frozen=True, slots=True)
class Place:
    """A site and what runs on it."""

    site: Site
    courses: tuple[Course, ...]


def charge_sites(number: int, now: datetime, *, organizations: int = 1) -> list[Site]:
    """Return sites of the organizations that made-up rows go to, each with a sector deployed; make what is missing."""
    owners = [
        Organization.objects.get_or_create(
            slug=f"{SLUG}-{n}" if n else SLUG, defaults={"name": f"Essais de charge {n or ''}".strip()}
        )[0]
        for n in range(organizations)
    ]
    found, slugs = [], sorted(sectors())
    for n in range(number):
        site, _new = Site.objects.get_or_create(
            slug=f"{SLUG}-{n + 1}",
            defaults={"organization": owners[n % organizations], "business_name": f"Charge {n + 1}"},
        )
        deploy(site, slugs[n % len(slugs)], now=now)
        found.append(site)
    return found


def generate(
    sites: Sequence[Site], *, executions: int, contacts: int, seed: int, now: datetime, chunk: int = CHUNK
) -> Iterator[Made]:
    """Make so many executions of the workflows of these sites, for so many contacts; yield the sums after each chunk.

    The same seed makes the same rows but for their ids. The first site gets the most. Raises ValueError when no
    workflow of a site is active.
    """
    create_ahead(STEP_RUNS, now - PAST, months=15)
    rng, places = random.Random(seed), [_place(site) for site in sites]  # noqa: S311
    made = Made()
    while made.executions < executions:
        number = min(chunk, executions - made.executions)
        # So many of the contacts as of the executions are made by now.
        people = max(1, round(contacts * (made.executions + number) / executions) - made.contacts)
        (place,) = rng.choices(places, weights=_skewed(len(places)))
        begun = now - PAST * (1 - made.executions / executions)
        span = PAST * (number / executions)
        with transaction.atomic():
            lines = _Lines(place, rng, begun, span, now)
            contact_ids = _ids("contacts", people)
            lines.add_contacts(contact_ids)
            lines.add_executions(contact_ids, _ids("evenements", number), _ids("executions_workflow", number))
            lines.write()
        made = replace(
            made, contacts=made.contacts + people, executions=made.executions + number,
            step_runs=made.step_runs + len(lines.step_runs), messages=made.messages + len(lines.messages),
        )  # fmt: skip
        yield made


def _skewed(number: int, biggest: float = BIGGEST) -> list[float]:
    """Return weights: the first has that part, the others share the rest evenly."""
    return [biggest, *[(1 - biggest) / (number - 1)] * (number - 1)] if number > 1 else [1]


def _place(site: Site) -> Place:
    workflows = Workflow.objects.filter(site=site, version__isnull=False, status="actif").order_by("pk")
    courses = tuple(course for workflow in workflows if (course := _course(workflow)))
    if not courses:
        raise ValueError(f"Le site « {site.slug} » n'a aucun workflow actif qui parte d'un événement.")
    return Place(site, courses)


def _course(workflow: Workflow) -> Course | None:
    assert workflow.version_id is not None
    definition = definition_of(workflow.version_id)
    events = [row.event for form in definition.trigger if (row := form.row()) and row.event]
    steps = tuple(_stop(step, workflow.sector) for step in definition.steps)
    holds = tuple(n for n, step in enumerate(steps) if step.kind in HOLDS)
    return Course(workflow.pk, workflow.version_id, events[0], steps, holds) if events else None


def _stop(step: Step, sector: str) -> Stop:
    if not isinstance(step, Send):
        return Stop(step.id, step.kind)
    return Stop(step.id, step.kind, step.send, step.template if "/" in step.template else f"{sector}/{step.template}")


def _ids(table: str, number: int) -> list[int]:
    return [row.id for row in fetch(NEW_IDS, [table, number])]


class _Lines:
    """The rows of one chunk, each a line as COPY takes it."""

    def __init__(self, place: Place, rng: random.Random, begun: datetime, span: timedelta, now: datetime) -> None:
        self.site, self.courses, self.rng, self.now = place.site, place.courses, rng, now
        self.weights = _skewed(len(place.courses), 0.9)
        self.begun, self.span = begun, span
        self.owner = f"{place.site.organization_id}\t{place.site.pk}"
        self.organization = place.site.organization_id
        self.contacts: list[str] = []
        self.events: list[str] = []
        self.reviews: list[tuple[int, int, str]] = []  # by contact: the grade, and when
        self.executions: list[str] = []
        self.step_runs: list[str] = []
        self.messages: list[str] = []
        self.counts: Counter[tuple[int, datetime, str]] = Counter()
        self.reached: Counter[Reached] = Counter()
        self.passes: Counter[StepKey] = Counter()

    def add_contacts(self, ids: Sequence[int]) -> None:
        """Make a contact of each id; seven in ten have an email."""
        at, rng = self.begun.isoformat(), self.rng
        for number in ids:
            name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
            email = f"contact{number}@exemple.invalid" if rng.random() < 0.7 else r"\N"
            self.contacts.append(f"{number}\t{self.owner}\t{name}\t{email}\t{_phone(number)}\t{{}}\t{{}}\t{at}\t{at}\n")

    def add_executions(self, contacts: Sequence[int], events: Sequence[int], executions: Sequence[int]) -> None:
        """Make an execution of each id, begun by the event beside it."""
        statuses = self.rng.choices(list(STATUSES), weights=list(STATUSES.values()), k=len(executions))
        for n, (event, execution, status) in enumerate(zip(events, executions, statuses, strict=True)):
            started = self.begun + self.span * ((n + self.rng.random()) / len(executions))
            contact = contacts[n % len(contacts)]
            key = "" if n < len(contacts) else f"dossier-{execution}"
            self._add(contact, event, execution, key, status, started)

    def _add(self, contact: int, event: int, execution: int, key: str, status: str, started: datetime) -> None:
        rng = self.rng
        (course,) = rng.choices(self.courses, weights=self.weights)
        begun, hour = started.isoformat(), hour_of(started)
        self.counts[course.workflow_id, hour, "started"] += 1
        data = f'{{"reference": "{execution}", "message": "Une demande du site, en quelques mots."}}'
        repeat = f"cle-{event}" if event % 2 else r"\N"
        self.events.append(
            f"{event}\t{self.owner}\t{contact}\t{course.event}\t{data}\t{repeat}\t{begun}\t{begun}\t{begun}\t\n"
        )
        passed, at, entered, due, ended = self._stand(course, status, started)
        where = f"{course.workflow_id}\t{course.version_id}\t{contact}\t{event}\t{key}\t{status}\t{at}"
        failures, reason = (3, "erreur") if status == "echouee" else (0, "goal" if status == "convertie" else "")
        self.executions.append(
            f"{execution}\t{self.owner}\t{where}\t{entered}\t{due}\t{begun}\t{ended}\t{{}}\t{reason}\t{failures}\t[]\n"
        )
        if status in ENDED:
            self.counts[course.workflow_id, hour, ENDED[status]] += 1
            self._step(course, at, status, ended)
        if status == "convertie":
            self.counts[course.workflow_id, hour, "conversions_timed"] += 1
            self.counts[course.workflow_id, hour, "conversion_seconds"] += _seconds(started, ended)
            self._review(course, contact, ended)
        last = NOWHERE
        first_rest = course.holds[0] if course.holds else len(course.steps)
        for n in range(passed):
            step = course.steps[n]
            instant = begun if n < first_rest else entered
            self.step_runs.append(
                f"{self.organization}\t{execution}\t{step.id}\t{step.kind}\t{instant}\t{step.channel}\n"
            )
            self._step(course, step.id, PASSED, instant)
            if step.channel:
                state = rng.choices(_STATES, cum_weights=_WEIGHTS)[0]
                self._add_message(course, step, contact, event, execution, state, instant, hour)
                if state in PATHS and last is NOWHERE:
                    self.counts[course.workflow_id, hour, "responses"] += 1
                    self.counts[course.workflow_id, hour, "response_seconds"] += _seconds(started, instant)
                last = step if state in PATHS else last
        if status == "convertie":
            self._reached(course, last, hour, Moment.CONVERTED)

    def _review(self, course: Course, contact: int, at: str) -> None:
        """Have some of those who became customers say what they think of the work."""
        if self.rng.random() >= REVIEWED:
            return
        (grade,) = self.rng.choices(list(GRADES), weights=list(GRADES.values()))
        self.reviews.append((contact, grade, at))
        hour = hour_of(datetime.fromisoformat(at))
        self.counts[course.workflow_id, hour, "reviews"] += 1
        self.counts[course.workflow_id, hour, "reviews_good"] += grade >= GOOD

    def _stand(self, course: Course, status: str, started: datetime) -> tuple[int, str, str, str, str]:
        """Return how many steps it has passed, where it stands, since when, until when, and when it ended."""
        rng, length = self.rng, len(course.steps)
        after = min(started + timedelta(hours=48 * rng.random()), self.now).isoformat()
        later = (self.now + FUTURE * rng.random()).isoformat()
        if status == "en_attente":
            return 0, course.steps[0].id, started.isoformat(), later, r"\N"
        if status in ENDED:
            passed = length if status == "terminee" else rng.randrange(length + 1)
            return passed, course.steps[min(passed, length - 1)].id, after, r"\N", after
        if not course.holds:
            return length, LAST, after, later, r"\N"
        passed = rng.choice(course.holds)
        return passed, course.steps[passed].id, after, later, r"\N"

    def _add_message(
        self, course: Course, step: Stop, contact: int, event: int, execution: int, state: str, at: str, hour: datetime
    ) -> None:
        channel = step.channel
        to = _phone(contact) if ADDRESSES[channel] == "telephone" else f"contact{contact}@exemple.invalid"
        gone, path = state in PATHS, PATHS.get(state, ())
        fate = f"1\t1\tsandbox\tsandbox-{execution}-{step.id}" if gone else "1\t1\tsandbox\t"
        instants = "\t".join(at if moment in path else r"\N" for moment in COLUMNS)
        reason = {"failed": "message", "suppressed": "trop_tard", "unknown": "introuvable"}.get(state, "")
        body = f'{{"to": "{to}", "body": "Bonjour, nous avons bien reçu votre demande et revenons vers vous."}}'
        self.messages.append(
            f"{self.owner}\t{contact}\t{event}\t{execution}\t{course.workflow_id}\t{step.id}\t{step.template}\t{channel}\t"
            f"transactional\t{state}\t{reason}\t\t\\N\t{at}\t{fate}\t{to}\t{body}\t{at}\t{instants}\n"
        )
        self.counts[course.workflow_id, hour, f"messages_sent_{channel}" if gone else "messages_failed"] += 1
        for moment in path or ((NOT_SENT[state],) if state in NOT_SENT else ()):
            self._reached(course, step, hour_of(datetime.fromisoformat(at)), moment)

    def _reached(self, course: Course, step: Stop, hour: datetime, moment: Moment) -> None:
        self.reached[Reached(
            self.organization, self.site.pk, course.workflow_id, step.id, step.template, step.channel, hour, str(moment)
        )] += 1  # fmt: skip

    def _step(self, course: Course, step: str, name: str, at: str) -> None:
        hour = hour_of(datetime.fromisoformat(at))
        self.passes[self.organization, self.site.pk, course.workflow_id, step, name, hour] += 1

    def write(self) -> None:
        """Copy all of it. Where the database allows it, foreign keys are not looked up row by row: they are right."""
        if fetch(MAY_SKIP_CHECKS)[0].may:
            fetch("SELECT set_config('session_replication_role', 'replica', true)")
        copy_lines("contacts", CONTACT, self.contacts)
        copy_lines("evenements", EVENT, self.events + self._review_events())
        copy_lines("executions_workflow", EXECUTION, self.executions)
        copy_lines("etapes_execution", STEP_RUN, self.step_runs)
        copy_lines("messages", MESSAGE, self.messages)
        owner = self.organization, self.site.pk
        count({Counted(*owner, workflow, hour, name): n for (workflow, hour, name), n in self.counts.items()})
        count_reached(self.reached)
        forget(self.begun, self.now)
        count_steps(self.passes)

    def _review_events(self) -> list[str]:
        return [
            f'{event}\t{self.owner}\t{contact}\t{REVIEW}\t{{"note": {grade}}}\t\\N\t{at}\t{at}\t{at}\t\n'
            for event, (contact, grade, at) in zip(_ids("evenements", len(self.reviews)), self.reviews, strict=True)
        ]


_STATES, _WEIGHTS = list(MESSAGES), [sum(list(MESSAGES.values())[: n + 1]) for n in range(len(MESSAGES))]


def _seconds(since: datetime, until: str) -> int:
    return round((datetime.fromisoformat(until) - since).total_seconds())


def _phone(number: int) -> str:
    return f"+999{number % 10**9:09d}"


def copy_lines(table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """Insert rows with COPY from lines as it takes them: columns apart by tabs, `\\N` for NULL, nothing quoted."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(lines))
