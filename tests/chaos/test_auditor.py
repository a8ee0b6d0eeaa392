"""The auditor itself is audited: it finds nothing in a world without faults, and each of the faults put into one."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from berinia.rows import fetch
from communications.calls import call_batch
from communications.deliver import deliver_batch
from crm.ingest import ingest
from crm.serializers import EventRequest
from tests.chaos.auditor import Report, audit
from tests.chaos.journal import Asked, Incident, Journal
from tests.chaos.plan import Kind
from tests.chaos.village import install, life
from tests.chaos.world import World, read
from tests.fakes.hook import FakeHook
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_site
from workflows.execute import execute_batch
from workflows.route import route_batch

TICK = timedelta(seconds=0.5)


@pytest.fixture
def hook(settings: Any) -> Iterator[FakeHook]:
    settings.CALLS_TRUSTED_HOSTS = frozenset({"127.0.0.1"})
    with FakeHook() as fake:
        yield fake


@pytest.fixture
def lived(db: None, resend: FakeResend, twilio: FakeTwilio, hook: FakeHook) -> tuple[Journal, World]:
    """Half a minute of the village, without any trouble, in virtual time."""
    site = make_site()
    hook.secret = site.hook_secret
    install(site, hook.url)
    journal, now = Journal(), NOW
    coming = list(life(seed=5, seconds=30, rate=8))
    while coming or now < NOW + timedelta(seconds=70):
        while coming and NOW + timedelta(seconds=coming[0].at) <= now:
            ask = coming.pop(0)
            asked = Asked(ask.key, ask.name, ask.person, ask.data, now, now)
            asked.ids += ingest(site, [EventRequest(**ask.document()).report(ask.key)], now=now)
            journal.asked.append(asked)
        drain(now)
        now += TICK
    return journal, read(fetch, site.pk, now, twilio, resend, hook)


def drain(now: Any) -> None:
    for batch in (
        lambda: route_batch(now=now, limit=100).events, lambda: execute_batch(now=now, limit=100).executions,
        lambda: deliver_batch(now=now, limit=100), lambda: call_batch(now=now, limit=100),
    ):  # fmt: skip
        while batch():
            pass


OTHER_LIFE = "an execution lived otherwise than its program"


def test_nothing_is_found_where_nothing_is_wrong_and_everything_where_it_is(lived: tuple[Journal, World]) -> None:
    journal, world = lived
    assert {e.status for e in world.executions} == {"terminee", "convertie", "arretee"}
    assert min(len(world.sms), len(world.emails), len(world.hooks), len(world.calls)) > 5
    assert audit(journal, world).findings == []
    for what, doctor in DOCTORED:
        changed_journal, changed = copy.deepcopy(journal), copy.deepcopy(world)
        doctor(changed_journal, changed)
        found = {finding.what for finding in audit(changed_journal, changed).findings}
        assert what in found, f"{doctor.__name__}: {what} was not found, but {found}"

    # What is late in a time of trouble has its reason.
    late(journal, world)
    first = min(m.created_at for m in world.messages)
    journal.incidents.append(Incident(Kind.CRASH_POSTGRESQL, first, first + timedelta(seconds=30)))
    report: Report = audit(journal, world)
    assert report.findings == []
    assert report.late == {"messages tried, explained": 1}


def change(rows: list[Any], is_it: Callable[[Any], Any], **values: Any) -> Any:
    """Change the first row of its kind; return it as it was."""
    n, row = next((n, row) for n, row in enumerate(rows) if is_it(row))
    rows[n] = row._replace(**values)
    return row


def remove(rows: list[Any], is_it: Callable[[Any], Any] = lambda row: True) -> Any:
    row = next(row for row in rows if is_it(row))
    rows.remove(row)
    return row


def lost_event(journal: Journal, world: World) -> None:
    remove(world.events, lambda e: e.name == "visite")


def invented_event(journal: Journal, world: World) -> None:
    change(world.events, lambda e: e.name == "visite", idempotency_key="invented")


def changed_event(journal: Journal, world: World) -> None:
    change(world.events, lambda e: e.name == "visite", data={"ref": "another"})


def other_answer(journal: Journal, world: World) -> None:
    journal.asked[0].ids.append(10**9)


def unrouted_event(journal: Journal, world: World) -> None:
    change(world.events, lambda e: e.name == "visite", routed_at=None)


def second_start(journal: Journal, world: World) -> None:
    world.executions.append(world.executions[0]._replace(id=10**9))


def lost_start(journal: Journal, world: World) -> None:
    appels = {e.id for e in world.events if e.name == "appel"}
    remove(world.executions, lambda e: e.event_id in appels)


def start_by_nothing(journal: Journal, world: World) -> None:
    visit = next(e for e in world.events if e.name == "visite")
    change(world.executions, lambda e: True, event_id=visit.id)


def start_beyond_the_cap(journal: Journal, world: World) -> None:
    contests = {e.id for e in world.events if e.name == "concours"}
    remove(world.executions, lambda e: e.event_id in contests)


def start_where_never(journal: Journal, world: World) -> None:
    enrolled = {e.id for e in world.events if e.name == "inscription"}
    row = next(e for e in world.executions if e.event_id in enrolled)
    world.executions.append(row._replace(id=10**9, started_at=row.ended_at, ended_at=row.ended_at))


def two_at_once(journal: Journal, world: World) -> None:
    asked = {e.id for e in world.events if e.name == "devis"}
    row = next(e for e in world.executions if e.event_id in asked)
    world.executions.append(row._replace(id=10**9))


def stuck_execution(journal: Journal, world: World) -> None:
    change(world.executions, lambda e: True, status="en_cours", ended_at=None, due_at=NOW)


def failed_step(journal: Journal, world: World) -> None:
    change(world.executions, lambda e: True, erreurs=[{"erreur": "x"}])


def step_left_out(journal: Journal, world: World) -> None:
    remove(world.steps, lambda s: s.step == "pause")


def step_twice(journal: Journal, world: World) -> None:
    n, step = next((n, s) for n, s in enumerate(world.steps) if s.step == "un")
    world.steps.insert(n, step)


def other_way(journal: Journal, world: World) -> None:
    change(world.steps, lambda s: s.step == "reponse" and s.detail == "recu", detail="delai_passe")


def other_end(journal: Journal, world: World) -> None:
    change(world.executions, lambda e: e.status == "convertie", status="terminee", reason="")


def unheard_signal(journal: Journal, world: World) -> None:
    change(world.executions, lambda e: "reponse" in e.seen and e.status == "terminee", seen=[])


def invented_signal(journal: Journal, world: World) -> None:
    change(world.executions, lambda e: not e.seen, seen=["reponse"])


def lost_message(journal: Journal, world: World) -> None:
    remove(world.messages)


def unsettled_message(journal: Journal, world: World) -> None:
    change(world.messages, lambda m: m.status == "sent", status="sending")


def lost_call(journal: Journal, world: World) -> None:
    remove(world.calls)


def sms_twice(journal: Journal, world: World) -> None:
    world.sms.append(world.sms[0] | {"sid": "SM-again"})


def sms_of_nobody(journal: Journal, world: World) -> None:
    change(world.messages, lambda m: m.channel == "sms" and m.status == "sent", provider_id="SM-other")


def sms_never_taken(journal: Journal, world: World) -> None:
    world.sms.pop()


def sms_denied(journal: Journal, world: World) -> None:
    change(world.messages, lambda m: m.channel == "sms" and m.status == "sent", status="suppressed")


def email_twice(journal: Journal, world: World) -> None:
    world.emails.append(world.emails[0] | {"id": "again"})


def email_never_taken(journal: Journal, world: World) -> None:
    world.emails.pop()


def call_never_received(journal: Journal, world: World) -> None:
    world.hooks.pop()


def call_with_other_bytes(journal: Journal, world: World) -> None:
    world.requests.append((world.requests[0][0], b"{}"))


def unsettled_call(journal: Journal, world: World) -> None:
    change(world.calls, lambda c: c.status == "done", status="sending")


def sent_after_the_end(journal: Journal, world: World) -> None:
    ended = {e.id: e.ended_at for e in world.executions if e.status == "convertie"}
    row = next(m for m in world.messages if m.execution_id in ended and m.status == "sent")
    change(world.messages, lambda m: m is row, attempted_at=ended[row.execution_id] + timedelta(seconds=6))


def told_twice(journal: Journal, world: World) -> None:
    event = next(e for e in world.events if e.name == "message_parti")
    world.events.append(event._replace(id=10**9))


def never_told(journal: Journal, world: World) -> None:
    answered = {e.id for e in world.executions if e.status == "terminee"}
    remove(world.events, lambda e: e.name == "appel_http_abouti" and answered & set(e.moved))


def miscounted(journal: Journal, world: World) -> None:
    row = next(m for m in world.metrics if m.name == "completed")
    change(world.metrics, lambda m: m is row, value=row.value + 1)


def late(journal: Journal, world: World) -> None:
    row = next(m for m in world.messages if m.status == "sent")
    change(world.messages, lambda m: m is row, first_attempt_at=row.created_at + timedelta(seconds=6))


DOCTORED: list[tuple[str, Callable[[Journal, World], None]]] = [
    ("an event stored not once", lost_event),
    ("an event that nobody reported", invented_event),
    ("an event stored otherwise than reported", changed_event),
    ("an answer with another id", other_answer),
    ("an event not routed", unrouted_event),
    ("an event began a workflow more than once", second_start),
    ("an event that began nothing", lost_start),
    ("an execution that no event was to begin", start_by_nothing),
    ("the daily cap", start_beyond_the_cap),
    ("begun again where it never may", start_where_never),
    ("two runs at once", two_at_once),
    ("an execution that is stuck", stuck_execution),
    ("an execution met an error", failed_step),
    ("other messages than its program wrote", lost_message),
    ("a message that is not settled", unsettled_message),
    ("other calls than its program made", lost_call),
    ("an SMS handed over more than once", sms_twice),
    ("an sms handed over that no row owns", sms_of_nobody),
    ("an sms that its provider never took", sms_never_taken),
    ("an sms handed over whose row denies it", sms_denied),
    ("an email handed over more than once", email_twice),
    ("an email that its provider never took", email_never_taken),
    ("a call that nobody received", call_never_received),
    ("a call repeated with other bytes", call_with_other_bytes),
    ("a call that is not settled", unsettled_call),
    ("handed over after the end", sent_after_the_end),
    ("an outcome not told once", told_twice),
    ("a counter", miscounted),
    ("late without a reason", late),
    (OTHER_LIFE, step_left_out),
    (OTHER_LIFE, step_twice),
    (OTHER_LIFE, other_way),
    (OTHER_LIFE, other_end),
    (OTHER_LIFE, unheard_signal),
    (OTHER_LIFE, invented_signal),
    (OTHER_LIFE, never_told),
]
