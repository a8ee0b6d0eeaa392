"""Every query that runs often, or over a lot, is answered by an index: nothing reads a big table whole.

`make test` asks a database of 100,000 executions, `make test-scale` one of 1,000,000.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, Site
from berinia.partitions import STEP_RUNS, partitions
from berinia.rows import fetch
from communications import calls, claim, deliver, receive, reconcile
from communications.control import Restart
from communications.models import Message, ReceivedWebhook
from communications.models.message import MessageStatus
from communications.outbox import Tab
from communications.reach import reach_of_template
from crm import ingest
from crm.matching import Report
from crm.models import Contact, Event
from tests.acts.admin.conftest import signed_in
from tests.acts.api.conftest import Api
from tests.make import NOW, make_key
from tests.scale.conftest import Watch, plan
from workflows import analytics, attribution, control, execute, insights, reach, retention, route
from workflows.api.messages import DEFERRED, STATUSES
from workflows.models import Execution, ExecutionStatus, StepRun, Workflow
from workflows.retention import retain
from workflows.scope import COUNT_MESSAGES, MESSAGES, MOST, Chosen, Scope, preview
from workflows.timeline import timeline
from workflows.why import why

SOON = NOW + timedelta(hours=1)  # a part of those that wait is due by then
# A page of a list, with its bounded count, looks at no more rows than this, however many there are.
A_PAGE = 60_000


def assert_indexed(watch: Watch, *, at_least: int = 1) -> None:
    plans = watch.plans()
    assert len(plans) >= at_least
    whole = {p.query: p.whole_tables for p in plans if p.whole_tables}
    assert whole == {}


# --- the engine ---


def test_claiming_the_due(site: Site) -> None:
    found = plan(execute.CLAIM, [SOON, [0], [0], [0], [0], 1000], run=True)
    assert found.indexes == {"execution_due"}
    assert found.touched <= 1000 * 2
    others = plan(execute.CLAIM, [NOW - timedelta(days=1), [0], [0], [0], [0], 1000], run=True)
    assert others.touched == 0


def test_a_batch_of_executions(site: Site, watch: Watch) -> None:
    with watch:
        done = execute.execute_batch(now=SOON, limit=200)
    assert done.executions > 10
    assert_indexed(watch, at_least=5)


def test_ways_of_splits(site: Site) -> None:
    ids = list(Execution.objects.order_by("-pk").values_list("pk", flat=True)[:300])
    found = plan(execute.WAYS, [ids, ["accuse"]], run=True)
    assert not found.whole_tables
    assert found.touched < 300 * 20


def test_the_last_message_of_those_that_converted(site: Site) -> None:
    ids = list(Execution.objects.filter(status="convertie").order_by("-pk").values_list("pk", flat=True)[:300])
    found = plan(attribution.LAST_MESSAGES, [ids, [1] * len(ids)], run=True)
    assert found.indexes == {"message_once"}
    assert found.touched < 300 * 20


def test_a_batch_of_events(site: Site, watch: Watch) -> None:
    Event.objects.filter(pk__in=Event.objects.order_by("-pk").values("pk")[:200]).update(routed_at=None)
    with watch:
        assert route.route_batch(now=NOW, limit=200).events == 200
    assert_indexed(watch, at_least=6)


def test_finding_what_is_new(site: Site) -> None:
    assert plan(route.CLAIM, [0, 1000]).indexes == {"event_unrouted"}


def test_finding_what_runs_and_ran(site: Site) -> None:
    contacts = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:500])
    workflows = list(Execution.objects.order_by("-pk").values_list("workflow_id", flat=True)[:5])
    running = plan(route.RUNNING, [contacts], run=True)
    assert running.indexes <= {"execution_active_once", "execution_of_contact"}
    assert running.touched < 500 * 20
    ran = plan(route.LAST_RUNS, [contacts, workflows], run=True)
    assert ran.indexes == {"execution_of_contact"}
    assert plan(route.LATER_EVENTS, [contacts, 1]).indexes == {"event_of_contact"}


def test_a_cap_per_day_reads_no_more_than_the_cap(site: Site) -> None:
    executions = Execution.objects.filter(site=site).values_list("workflow_id", flat=True)
    by_share = [pk for pk, _n in Counter(executions).most_common()]
    for workflow in (by_share[0], by_share[-1]):
        asked = {"workflow": workflow, "most": 50, "since": NOW - timedelta(days=1)}
        found = plan(route.STARTED_SINCE, asked, run=True)
        assert found.indexes == {"execution_of_workflow"}
        assert found.touched <= 50


# --- what comes in and goes out ---


def test_ingest(site: Site, watch: Watch) -> None:
    known = Contact.objects.filter(site=site).exclude(email=None).latest("pk")
    reports = [
        Report("appel_urgence", {}, known.name, known.email, known.phone, idempotency_key=f"neuve-{n}")
        for n in range(50)
    ]  # fmt: skip
    with watch:
        ingest.ingest(site, reports, now=NOW)
    assert_indexed(watch, at_least=3)
    keys = plan(ingest.KNOWN_KEYS, [site.pk, ["cle-1", "cle-3"]])
    assert keys.indexes == {"event_once"}
    people = plan(ingest.KNOWN_CONTACTS, {"site": site.pk, "emails": [known.email], "phones": [known.phone]}, run=True)
    assert {"contact_email", "contact_by_phone"} <= people.indexes
    assert people.touched < 50


@pytest.fixture
def queued(site: Site) -> int:
    """Some messages wait to go out, and the outcome of some is unknown."""
    latest = list(Message.objects.order_by("-pk").values_list("pk", flat=True)[:400])
    Message.objects.filter(pk__in=latest[:300]).update(status="queued", due_at=NOW, payload=None)
    Message.objects.filter(pk__in=latest[300:]).update(status="sending", due_at=NOW)
    return 300


def test_claiming_messages(queued: int) -> None:
    free = {"sites": [0], "organizations": [0], "workflows": [0]}
    rooms = {"channels": ["email", "sms", "whatsapp"], "limits": [32, 32, 32]}
    found = plan(claim.CLAIM, {"now": NOW, **rooms, **free}, run=True)
    assert "message_due_on_channel" in found.indexes
    assert not found.whole_tables
    assert found.touched < 64 * 20 + queued


def test_delivering(queued: int, watch: Watch) -> None:
    with watch:
        assert deliver.deliver_batch(now=NOW, limit=20) == 40  # emails and SMS
    assert_indexed(watch, at_least=4)


def test_settling_the_doubtful(queued: int) -> None:
    assert plan(reconcile.CLAIM, [NOW, 64]).indexes == {"message_doubtful"}
    contact = Contact.objects.latest("pk")
    known = plan(reconcile.KNOWN_IDS, [contact.site_id, contact.phone, 1])
    assert not known.whole_tables


def test_what_comes_back(site: Site, watch: Watch) -> None:
    """A hundred reports, and an answer from a contact of a site that has a number of its own."""
    Site.objects.filter(pk=site.pk).update(sms_sender="+33757000001")
    messages = Message.objects.filter(site=site, channel="sms").order_by("-pk")[:100]
    contact = Contact.objects.filter(site=site).exclude(phone=None).latest("pk")
    bodies = [
        ("status", m.pk, {"MessageSid": m.provider_id or f"SM{m.pk}", "MessageStatus": "delivered"}) for m in messages
    ]  # fmt: skip
    bodies.append(("sms", None, {"MessageSid": "SM0", "From": contact.phone, "To": "+33757000001", "Body": "Oui"}))
    ReceivedWebhook.objects.bulk_create(
        ReceivedWebhook(provider="twilio", kind=kind, external_id=f"n{n}", message_id=pk, body=body, received_at=NOW)
        for n, (kind, pk, body) in enumerate(bodies)
    )
    with watch:
        assert receive.receive_batch(now=NOW, limit=200) == len(bodies)
    assert_indexed(watch, at_least=5)


def test_claiming_calls(site: Site) -> None:
    assert not plan(calls.CLAIM, [NOW, 32]).whole_tables


# --- what people read ---


@pytest.fixture
def api(site: Site) -> Api:
    return Api(site, make_key(site))


@pytest.mark.parametrize("status", ["", *ExecutionStatus.values])
def test_the_api_lists_executions(api: Api, watch: Watch, status: str) -> None:
    with watch:
        answer = api.get(f"/api/workflows/execute?limit=100&status={status}")
    assert answer.status_code == 200
    lists = [p for p in watch.plans(run=True) if 'FROM "executions_workflow"' in p.query]
    assert lists
    assert all(not p.whole_tables and p.touched < A_PAGE for p in lists)


def test_the_api_tells_of_one(api: Api, watch: Watch) -> None:
    execution = Execution.objects.filter(site=api.site, status="en_cours").latest("pk")
    with watch:
        assert api.get(f"/api/workflows/execute/{execution.pk}").status_code == 200
        assert api.get(f"/api/events/{execution.event_id}").status_code == 200
    assert_indexed(watch, at_least=5)


@pytest.mark.parametrize("status", ["", *STATUSES, DEFERRED])
def test_the_api_lists_messages(api: Api, watch: Watch, queued: int, status: str) -> None:
    with watch:
        assert api.get(f"/api/messages?limit=100&statut={status}").status_code == 200
    lists = [p for p in watch.plans(run=True) if 'FROM "messages"' in p.query]
    assert lists
    assert all(not p.whole_tables and p.touched < A_PAGE for p in lists)


def test_the_api_finds_messages_of_a_contact_and_of_an_execution(api: Api, watch: Watch) -> None:
    message = Message.objects.filter(site=api.site).latest("pk")
    with watch:
        for query in (f"contact={message.contact_id}", f"execution={message.execution_id}", "contact=1", "execution=1"):
            assert api.get(f"/api/messages?{query}").status_code == 200
        assert api.get(f"/api/messages/{message.pk}?contenu=1").status_code == 200
    lists = [p for p in watch.plans(run=True) if 'FROM "messages"' in p.query]
    assert all(not p.whole_tables and p.touched < 1000 for p in lists)


def test_a_timeline_and_its_reason(site: Site, watch: Watch) -> None:
    rows = Execution.objects.select_related("workflow", "contact", "site", "organization")
    execution = rows.filter(site=site, status="en_cours").latest("pk")
    with watch:
        timeline(execution)
        why(execution, NOW)
    assert_indexed(watch, at_least=5)
    steps = plan(str(StepRun.objects.filter(execution_id=execution.pk).order_by("id").query))
    assert steps.indexes
    assert all(name.endswith("_pkey") for name in steps.indexes)


PAGES = [
    "/admin/workflows/execution/",
    *(f"/admin/workflows/execution/?status__exact={status}" for status in ExecutionStatus.values),
    "/admin/communications/message/",
    *(f"/admin/communications/message/?status__exact={status}" for status in MessageStatus.values),
    "/admin/communications/message/?channel__exact=sms",
    *(f"/admin/communications/message/?envoi={tab}" for tab in Tab),
    "/admin/communications/message/?envoi=echoues&raison=address",
    "/admin/accounts/site/installer/",
    "/admin/communications/message/?modele=plombier/urgence_accuse",
    "/admin/communications/message/?modele=plombier/rien&status__exact=failed",
    "/admin/communications/message/?workflow=99999999",
    "/admin/crm/contact/",
    "/admin/crm/contact/?q=contact1@exemple.invalid",
    "/admin/crm/contact/?q=%2B33612345678",
    "/admin/crm/contact/?q=Camille",
    "/admin/crm/event/",
    "/admin/workflows/execution/?q=%2B33612345678",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", ["boss", "operator"])
def test_a_list_of_the_admin(organization: Organization, watch: Watch, page: str, person: str) -> None:
    client = signed_in(organization if person == "operator" else None)
    with watch:
        assert client.get(page).status_code == 200
    plans = watch.plans(run=True)
    assert {p.query: p.whole_tables for p in plans if p.whole_tables} == {}
    assert {p.query: p.touched for p in plans if p.touched > A_PAGE} == {}


def test_lists_of_one_site_and_workflow(organization: Organization, site: Site, watch: Watch) -> None:
    client, workflow = signed_in(organization), Execution.objects.latest("pk").workflow_id
    with watch:
        for query in (f"site={site.pk}", f"workflow={workflow}", f"workflow={workflow}&status__exact=en_cours"):
            assert client.get(f"/admin/workflows/execution/?{query}").status_code == 200
    assert {p.query: p.touched for p in watch.plans(run=True) if p.touched > A_PAGE or p.whole_tables} == {}


def test_the_first_page(organization: Organization, watch: Watch) -> None:
    client: Client = signed_in(organization)
    with watch:
        assert client.get("/admin/?periode=30d").status_code == 200
    assert {p.query: p.touched for p in watch.plans(run=True) if p.touched > 2 * A_PAGE} == {}


def test_a_contacts_page(organization: Organization, watch: Watch) -> None:
    contact = Contact.objects.latest("pk")
    with watch:
        assert signed_in(organization).get(f"/admin/crm/contact/{contact.pk}/change/").status_code == 200
    assert_indexed(watch, at_least=3)


FIGURES: list[Callable[[Site], Any]] = [
    lambda site: analytics.realtime(site, NOW),
    lambda site: analytics.conversions(site, "30d", None, NOW),
    lambda site: insights.performance_report(site, "30d", NOW),
    lambda site: insights.agent_stats(site, NOW),
    lambda site: reach.messages_reached(site, "30d", "modele", NOW),
    lambda site: reach.messages_reached(site, "30d", "etape", NOW, workflow=workflow_of(site)),
    lambda site: reach.steps_reached(workflow_of(site), NOW - timedelta(days=30), NOW),
    lambda site: reach_of_template(site.organization_id, "artisan/devis_accuse", "sms", NOW - timedelta(days=30)),
]


def workflow_of(site: Site) -> Workflow:
    return Workflow.objects.filter(site=site).latest("pk")


@pytest.mark.parametrize("figure", FIGURES)
def test_figures(site: Site, watch: Watch, figure: Callable[[Site], Any]) -> None:
    with watch:
        figure(site)
    assert_indexed(watch)


# --- what people do ---


def test_acts_on_executions(site: Site, watch: Watch) -> None:
    ids = list(Execution.objects.filter(status="en_cours").order_by("-pk").values_list("pk", flat=True)[:100])
    failed = list(Execution.objects.filter(status="echouee").order_by("-pk").values_list("pk", flat=True)[:100])
    some, order = Scope.executions(ids), control.Order("essai", NOW)
    with watch:
        for act in (control.pause, control.resume, control.stop):
            assert act(some, order) == 100
        control.retry(Scope.executions(failed), order)
        preview(Scope.executions(failed), now=NOW)
    assert_indexed(watch, at_least=8)


# --- retention ---


def test_retention_walks_by_key(site: Site, watch: Watch, settings: Any) -> None:
    for rule in retention.RULES:
        setattr(settings, rule.setting, 360)
    with watch:
        sums = sum(piece.rows for piece in retain(now=NOW, window=500))
    assert sums > 0
    assert_indexed(watch, at_least=8)


def test_what_active_executions_need_of_a_month_is_found_by_key(site: Site) -> None:
    first, last = fetch("SELECT min(id) AS a, max(id) AS b FROM executions_workflow")[0]
    middle = (first + last) // 2
    assert not plan(retention.ACTIVE_BETWEEN, [middle, middle + 1000]).whole_tables
    for month in partitions(STEP_RUNS):
        spans = plan(retention.RANGE.format(name=month.name), run=True)
        assert spans.touched <= 2


def test_messages_of_a_filter_are_found_among_those_that_wait(site: Site, watch: Watch) -> None:
    with watch:
        preview(Scope.matching(Chosen(site_id=site.pk, started_before=SOON)), now=NOW)
    (of_messages,) = (p for p in watch.plans() if "AS messages" in p.query)
    assert "messages" not in of_messages.whole_tables
    assert of_messages.indexes >= {"message_due_on_channel", "message_by_status"}


@pytest.mark.parametrize("level", ["everything", "organization", "site", "workflow"])
def test_a_level_is_counted_and_paused(site: Site, watch: Watch, level: str) -> None:
    workflow = Workflow.objects.filter(site=site).latest("pk")
    scope = {
        "everything": Scope.everything(), "organization": Scope.of(site.organization), "site": Scope.of(site),
        "workflow": Scope.of(workflow),
    }[level]  # fmt: skip
    messages, params = scope.messages()
    queued = COUNT_MESSAGES.format(branches=MESSAGES.format(status="queued", where=messages))
    found = plan(queued, params | {"now": NOW, "most": MOST})
    assert found.indexes <= {"message_due_on_channel"}
    order = control.Order("essai", NOW)
    with watch:
        control.pause(scope, order)
        control.resume(scope, order, Restart.SPREAD, timedelta(hours=1))
    written = [p for p in watch.plans() if p.query.startswith("UPDATE")]
    assert all("messages" not in p.whole_tables for p in written)
