"""The page of an execution: all that happened, what lies behind each line, and acts on all that a filter shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Role
from agents.models import AgentRun
from communications.models import OutgoingCall, ReceivedWebhook
from crm.models import Task
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_event, make_execution, make_message, make_organization, make_site, make_workflow
from workflows import control
from workflows.control import Order
from workflows.lines import MOST
from workflows.models import Execution, StepRun
from workflows.scope import Scope
from workflows.timeline import timeline

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def url(execution: Execution) -> str:
    return reverse("admin:workflows_execution_change", args=[execution.pk])


def step(execution: Execution, name: str, at: datetime, kind: str = "send", detail: str = "sms") -> StepRun:
    return StepRun.objects.create(
        organization_id=execution.organization_id, execution_id=execution.pk, step=name, kind=kind, at=at, detail=detail
    )


def call(execution: Execution, **changes: Any) -> OutgoingCall:
    fields = {
        "organization": execution.organization, "site": execution.site, "contact": execution.contact,
        "workflow_id": execution.workflow_id, "execution_id": execution.pk, "step": "crm",
        "url": "https://crm.example.com/leads", "status": "queued", "created_at": NOW, "due_at": NOW,
    }  # fmt: skip
    return OutgoingCall.objects.create(**fields | changes)


def kinds(execution: Execution, **more: Any) -> list[str]:
    return [line.kind for line in timeline(execution, **more).lines]


# --- the timeline --------------------------------------------------------------------------------------------


def test_everything_stands_in_its_order_with_what_comes_next(boss: Any) -> None:
    execution = make_execution()
    step(execution, "accuse", NOW + SECOND)
    make_message(execution=execution, status="delivered", sent_at=NOW + 2 * SECOND, delivered_at=NOW + 3 * SECOND)
    make_event(contact=execution.contact, name="sms.replied", data={"texte": "Oui"}, occurred_at=NOW + 9 * SECOND)
    call(execution, created_at=NOW + 20 * SECOND)
    Task.objects.create(
        organization=execution.organization, site=execution.site, contact=execution.contact,
        execution_id=execution.pk, step="rappel", title="Rappeler", created_at=NOW + 30 * SECOND,
    )  # fmt: skip
    AgentRun.objects.create(
        organization=execution.organization, site=execution.site, contact=execution.contact, agent="reply_intent",
        execution_id=execution.pk, step="lire", status="terminee", created_at=NOW + 40 * SECOND,
        output={"intention": "rendez_vous"}, model="mistral:small",
    )  # fmt: skip
    assert kinds(execution) == ["event", "step", "message", "event", "call", "task", "agent", "next"]
    content = boss.get(url(execution)).content.decode()
    for said in ("Rappeler", "reply_intent", "crm.example.com", "texte = « Oui »", "Prochain réveil"):
        assert said in content


def test_steps_of_one_instant_keep_their_order(boss: Any) -> None:
    execution = make_execution()
    for name in ("un", "deux", "trois"):
        step(execution, name, NOW)
    titles = [line.title for line in timeline(execution).lines if line.kind == "step"]
    assert [title.rpartition(" ")[2] for title in titles] == ["un", "deux", "trois"]


def test_a_message_opens_on_its_attempts_its_way_its_reports_and_its_text(boss: Any) -> None:
    execution = make_execution()
    message = make_message(
        execution=execution, status="failed", attempts=2, calls=3, provider="twilio", provider_id="SM1",
        first_attempt_at=NOW, attempted_at=NOW + SECOND, detail="400 21610 STOP reçu", reason="message",
        payload={"body": "Bonjour Jean, nous arrivons."},
    )  # fmt: skip
    ReceivedWebhook.objects.create(
        provider="twilio", kind="status", external_id="x", message_id=message.pk, body={"MessageStatus": "undelivered"},
        received_at=NOW + 5 * SECOND, processed_at=NOW + 6 * SECOND,
    )  # fmt: skip
    content = boss.get(url(execution)).content.decode()
    for said in ("tentative 2 sur 3 (3 appels)", "400 21610 STOP reçu", "SM1", "undelivered", "nous arrivons",
                 reverse("admin:communications_message_change", args=[message.pk]), "Échec :"):  # fmt: skip
        assert said in content


def test_an_email_is_a_frame_and_its_html_is_not_on_the_page(boss: Any) -> None:
    message = make_message(
        execution=(execution := make_execution()), channel="email", status="sent", sent_at=NOW,
        payload={"subject": "Votre devis", "html": "<b>Le devis secret</b>", "text": "Le devis"},
    )  # fmt: skip
    content = boss.get(url(execution)).content.decode()
    assert reverse("admin:communications_message_preview", args=[message.pk]) in content
    assert "sandbox" in content
    assert "secret" not in content


def test_who_only_reads_sees_that_a_message_went_and_not_what_it_says() -> None:
    execution = make_execution()
    make_message(execution=execution, status="sent", sent_at=NOW, payload={"body": "Bonjour Jean"}, to="+33612345678")
    for role, is_there in ((Role.READER, False), (Role.SALES, True)):
        content = signed_in(execution.organization, role).get(url(execution)).content.decode()
        assert "plombier/urgence_accuse" in content
        assert ("Bonjour Jean" in content) is is_there


def test_calls_have_their_http_codes_and_attempts(boss: Any) -> None:
    call(execution := make_execution(), status="failed", http_status=503, attempts=4, error="HTTP 503", due_at=None)
    (line,) = [line for line in timeline(execution).lines if line.kind == "call"]
    assert line.is_bad
    assert line.text == "HTTP 503"
    assert ("tentatives", "tentative 4 sur 4") in line.parts[0].rows


def test_failures_are_lines_with_the_number_of_the_attempt() -> None:
    errors = [{"etape": "pause", "le": (NOW + n * SECOND).isoformat(), "erreur": "ValueError: x"} for n in range(2)]
    execution = make_execution(erreurs=errors, failures=2)
    lines = timeline(execution).lines
    assert [line.text for line in lines if line.kind == "error"] == [
        "ValueError: x (tentative 1 sur 3)", "ValueError: x (tentative 2 sur 3)",
    ]  # fmt: skip
    assert all(line.is_bad for line in lines if line.kind == "error")
    assert lines[-1].text == "pause · tentative 3 sur 3"


def test_a_failure_of_another_execution_of_the_contact_is_not_this_ones() -> None:
    execution = make_execution()
    data = {"etape": "crm", "execution": "999999/1"}
    for own in (False, True):
        told = data | ({"execution": f"{execution.pk}/1"} if own else {})
        make_event(contact=execution.contact, name="appel_http_echoue", data=told, occurred_at=NOW + SECOND)
    assert [line.is_bad for line in timeline(execution).lines if line.kind == "event"] == [False, False, True]


def test_people_are_named_with_their_reasons_whether_it_was_this_one_many_or_the_whole_workflow() -> None:
    execution = make_execution()
    other = make_execution(workflow=execution.workflow)
    alone, both, level = (Order("Zoé", NOW + n * SECOND, f"raison {n}") for n in (1, 2, 3))
    control.pause(Scope.executions([execution.pk]), alone)
    control.resume(Scope.executions([execution.pk]), alone)
    control.pause(Scope.executions([execution.pk, other.pk]), both)
    control.pause(Scope.executions([make_execution().pk]), both)
    control.pause(Scope.of(execution.workflow), level)
    told = [(line.title, line.text) for line in timeline(execution).lines if line.kind == "act"]
    assert told == [
        ("Mise en pause", "par Zoé : raison 1"), ("Reprise", "par Zoé : raison 1"),
        ("Mise en pause", "par Zoé : raison 2"), ("Mise en pause", "par Zoé : raison 3"),
    ]  # fmt: skip


def test_a_long_timeline_is_shown_by_pages_that_leave_nothing_out(boss: Any) -> None:
    execution = make_execution()
    count = MOST + 60
    StepRun.objects.bulk_create(
        StepRun(
            organization_id=execution.organization_id, execution_id=execution.pk, step=f"e{n}", kind="wait",
            at=NOW + n // 3 * SECOND,
        )
        for n in range(count)
    )  # fmt: skip
    seen: list[str] = []
    before: datetime | None = None
    while True:
        found = timeline(execution, before)
        seen = [line.title for line in found.lines if line.kind == "step"] + seen
        assert len(found.lines) <= MOST + 10
        if (before := found.earlier) is None:
            break
    assert [title.rpartition(" ")[2] for title in seen] == [f"e{n}" for n in range(count)]
    content = boss.get(url(execution)).content.decode()
    assert "Voir ce qui précède" in content
    page = boss.get(url(execution), {"avant": (NOW + SECOND).isoformat()})
    assert {item["line"].kind for item in page.context["lines"]} == {"event", "step"}
    assert "Revenir au plus récent" in page.content.decode()
    assert boss.get(url(execution), {"avant": "hier"}).status_code == 200


def test_the_page_asks_as_much_of_the_database_for_many_messages_as_for_one(boss: Any) -> None:
    execution, counts = make_execution(), []
    for n in range(2):
        for m in range(1 + 9 * n):
            make_message(execution=execution, step=f"s{n}{m}", status="sent", sent_at=NOW, payload={"body": "x"})
            call(execution, step=f"c{n}{m}")
        boss.get(url(execution))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            boss.get(url(execution))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_it_is_live_and_says_why(boss: Any) -> None:
    execution = make_execution()
    content = boss.get(url(execution)).content.decode()
    assert f"live:EXECUTION_PROGRESS[detail.executionId==&#x27;{execution.pk}&#x27;]" in content or (
        f"live:EXECUTION_PROGRESS[detail.executionId=='{execution.pk}'] from:body" in content
    )
    assert "WATCH_EXECUTION" in content
    assert 'id="pourquoi"' in content


def test_a_stranger_finds_nothing() -> None:
    execution = make_execution()
    client = signed_in(make_organization())
    assert client.get(url(execution), follow=True).context.get("lines") is None


# --- acts on all that a filter shows ---------------------------------------------------------------------------


def act(name: str) -> str:
    return reverse("admin:workflows_execution_by_filter", args=[name])


def failed(**changes: Any) -> Execution:
    return make_execution(status="echouee", due_at=None, ended_at=NOW, reason="erreur", **changes)


def test_the_list_offers_acts_on_all_only_under_a_filter_that_they_suit(boss: Any) -> None:
    failed()
    page = reverse("admin:workflows_execution_changelist")
    offered = [item["act"].name for item in boss.get(page, {"status__exact": "echouee"}).context["by_filter"]]
    assert offered == ["reessai", "recommencement", "etape_sautee"]
    assert not boss.get(page).context["by_filter"]
    assert not boss.get(page, {"status__exact": "echouee", "q": "Jean"}).context["by_filter"]


def test_it_counts_first_and_does_it_to_those_and_no_others(boss: Any) -> None:
    workflow = make_workflow()
    ours, elsewhere = [failed(workflow=workflow) for _n in range(3)], failed()
    query = {"status__exact": "echouee", "workflow": workflow.pk}
    asked = boss.get(act("reessai"), query)
    assert asked.context["count"] == 3
    assert "3 exécutions" in asked.content.decode()
    hidden = dict(asked.context["hidden"])
    later = failed(workflow=workflow, started_at=datetime(2030, 1, 1, tzinfo=UTC))
    answer = boss.post(act("reessai"), hidden | {"raison": "le fournisseur est revenu"})
    assert answer["Location"].endswith(f"?status__exact=echouee&workflow={workflow.pk}")
    status = dict(Execution.objects.values_list("pk", "status"))
    assert {status[one.pk] for one in ours} == {"en_cours"}
    assert (status[elsewhere.pk], status[later.pk]) == ("echouee", "echouee")
    entry = AuditEntry.objects.get(action="reessai")
    assert (entry.reason, entry.details["executions"]) == ("le fournisseur est revenu", 3)


def test_a_filter_reaches_only_ones_own_sites() -> None:
    ours, theirs = failed(), failed()
    client = signed_in(ours.organization)
    for query in ({"site": theirs.site_id}, {"workflow": theirs.workflow_id}, {"workflow": "x"}, {}):
        assert client.get(act("reessai"), query).status_code == 404
        assert client.post(act("reessai"), query).status_code == 404
    assert client.get(act("reessai"), {"status__exact": "echouee"}).context["count"] == 1
    client.post(act("reessai"), {"status__exact": "echouee", "raison": "x"})
    assert Execution.objects.get(pk=ours.pk).status == "en_cours"
    assert Execution.objects.get(pk=theirs.pk).status == "echouee"


def test_who_may_not_act_may_not_by_filter_either() -> None:
    one = failed()
    reader = signed_in(one.organization, Role.READER)
    assert reader.post(act("reessai"), {"status__exact": "echouee"}).status_code == 403
    assert reader.get(act("rien"), {"status__exact": "echouee"}).status_code == 404
    assert not reader.get(reverse("admin:workflows_execution_changelist"), {"status__exact": "echouee"}).context[
        "by_filter"
    ]


def test_nothing_concerned_is_said(boss: Any) -> None:
    make_execution(workflow=(workflow := make_workflow(site=make_site())))
    assert "rien ne sera changé" in boss.get(act("reessai"), {"workflow": workflow.pk}).content.decode()
