"""Retention: what is old goes, what an active execution needs stays, and a dry run only counts."""

from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from agents.models import AgentRun
from berinia.alone import alone
from berinia.partitions import STEP_RUNS, create_ahead, partitions
from communications.models import AgentDraft, AlertDelivery, Message, Notification, OutgoingCall
from crm.models import Event, Import, ImportRow
from tests.make import NOW, make_contact, make_event, make_execution, make_message, make_organization
from workflows.models import Execution, StepRun
from workflows.retention import retain
from workflows.tasks import remove_old

pytestmark = pytest.mark.django_db
OLD = NOW - timedelta(days=4 * 365)


def removed(now: datetime = NOW, **options: Any) -> Counter[str]:
    sums: Counter[str] = Counter()
    for piece in retain(now=now, **options):
        sums[piece.table] += piece.rows
    return +sums


def old_event(**changes: Any) -> Event:
    return make_event(**{"received_at": OLD, "occurred_at": OLD, "routed_at": OLD} | changes)


def old_execution(status: str, **changes: Any) -> Execution:
    ended = {} if status in ("en_cours", "en_attente", "en_pause") else {"ended_at": OLD, "due_at": None}
    times = {"started_at": OLD, "entered_at": OLD, "status": status}
    contact = make_contact()
    return make_execution(
        **times | ended | {"contact": contact, "event_id": old_event(contact=contact).pk} | changes
    )  # fmt: skip


def old_step(execution: Execution, at: datetime = OLD) -> None:
    StepRun.objects.create(
        organization_id=execution.organization_id, execution_id=execution.pk, step="pause", kind="wait", at=at
    )


def test_an_ended_execution_goes_with_its_event_and_message() -> None:
    gone = old_execution("terminee")
    make_message(execution=gone, status="sent", created_at=OLD)
    young = make_execution(status="terminee", ended_at=NOW, started_at=OLD)
    assert removed() == {"executions_workflow": 1, "evenements": 1, "messages": 1}
    assert list(Execution.objects.all()) == [young]
    assert list(Event.objects.values_list("pk", flat=True)) == [young.event_id]
    assert removed() == {}


@pytest.mark.parametrize("status", ["en_attente", "en_cours", "en_pause"])
def test_nothing_of_an_active_execution_goes(status: str) -> None:
    create_ahead(STEP_RUNS, OLD, months=0)
    execution = old_execution(status)
    heard = old_event(contact=execution.contact, name="avis_client")
    make_message(execution=execution, status="sent", created_at=OLD)
    old_step(execution)
    assert removed() == {}
    assert Execution.objects.count() == Message.objects.count() == StepRun.objects.count() == 1
    assert {heard.pk, execution.event_id} == set(Event.objects.values_list("pk", flat=True))


def test_a_failed_execution_keeps_the_event_that_a_retry_reads() -> None:
    failed = old_execution("echouee", ended_at=NOW)
    assert removed() == {}
    assert Event.objects.filter(pk=failed.event_id).exists()


def test_what_came_after_an_execution_that_has_ended_goes() -> None:
    over = old_execution("terminee", ended_at=NOW)
    later = old_event(contact=over.contact, name="avis_client")
    assert removed() == {"evenements": 1}
    assert not Event.objects.filter(pk=later.pk).exists()


@pytest.mark.parametrize("status", ["queued", "held", "sending", "unknown"])
def test_what_is_on_its_way_stays_with_its_event(status: str) -> None:
    event = old_event()
    make_message(contact=event.contact, event_id=event.pk, status=status, created_at=OLD)
    assert removed() == {}


def test_an_event_that_nobody_routed_stays() -> None:
    old_event(routed_at=None)
    assert removed() == {}


def test_calls_and_alerts_have_times_of_their_own(settings: Any) -> None:
    execution = old_execution("terminee", ended_at=NOW)
    shared = {
        "organization": execution.organization, "site": execution.site, "contact": execution.contact,
        "workflow_id": execution.workflow_id, "execution_id": execution.pk, "url": "https://example.com",
        "created_at": NOW - timedelta(days=91),
    }  # fmt: skip
    OutgoingCall.objects.create(step="fait", status="done", **shared)
    OutgoingCall.objects.create(step="attend", status="queued", due_at=NOW, **shared)
    for n, read_at in enumerate((None, OLD)):
        Notification.objects.create(
            organization=make_organization(), key=str(n), title="x", created_at=OLD, last_at=OLD, read_at=read_at
        )
    assert removed() == {"appels_http": 1, "notifications_systeme": 1}
    assert OutgoingCall.objects.get().step == "attend"
    assert Notification.objects.get().read_at is None
    settings.RETENTION_CALLS_DAYS = 92
    assert removed() == {}


def test_alerts_go_after_those_who_were_told_of_them() -> None:
    shared = {"organization": make_organization(), "title": "x", "created_at": OLD, "last_at": OLD, "read_at": OLD}
    told, waits = (Notification.objects.create(key=key, **shared) for key in ("dite", "attend"))
    for alert, due_at in ((told, None), (waits, NOW)):
        AlertDelivery.objects.create(notification=alert, medium="slack", created_at=OLD, due_at=due_at)
    assert removed() == {"envois_notification": 1, "notifications_systeme": 1}
    assert Notification.objects.get() == waits


def test_what_agents_did_and_wrote_and_files_go_by_times_of_their_own() -> None:
    running, over = old_execution("en_cours"), old_execution("terminee", ended_at=NOW)
    for execution in (running, over):
        AgentDraft.objects.create(
            contact=execution.contact, execution_id=execution.pk, run=1, step="a", channel="sms", text="x",
            created_at=OLD,
        )  # fmt: skip
    site, old, young = over.site, NOW - timedelta(days=91), NOW - timedelta(days=89)
    for at, status in ((old, "terminee"), (old, "en_file"), (young, "terminee")):
        AgentRun.objects.create(organization=site.organization, agent="lead_classifier", status=status, created_at=at)
    for at, done_at in ((old, old), (old, young), (old, None), (NOW, NOW)):
        file = Import.objects.create(
            organization=site.organization, site=site, file_name="x.csv", content=b"nom", author="Anne", created_at=at,
            done_at=done_at,
        )  # fmt: skip
        ImportRow.objects.create(imported=file, line=2, result="cree", contact=over.contact)
    assert removed() == {
        "brouillons_agents": 1, "executions_agents": 1, "lignes_import": 3, "fichiers importés": 3,
    }  # fmt: skip
    assert AgentDraft.objects.get().execution_id == running.pk
    assert set(AgentRun.objects.values_list("status", "created_at")) == {("en_file", old), ("terminee", young)}
    assert [bool(file.content) for file in Import.objects.order_by("pk")] == [False, False, False, True]
    assert removed() == {}


def test_an_old_month_is_dropped_and_the_steps_of_the_active_are_kept() -> None:
    create_ahead(STEP_RUNS, OLD, months=0)
    month = f"etapes_execution_{OLD:%Y_%m}"
    active, over = old_execution("en_cours"), old_execution("terminee", ended_at=NOW)
    for execution in (active, over, over):
        old_step(execution)
    old_step(over, NOW)
    assert removed() == {"etapes_execution": 2}
    assert month not in {part.name for part in partitions(STEP_RUNS)}
    assert [run.execution_id for run in StepRun.objects.order_by("at")] == [active.pk, over.pk]
    Execution.objects.filter(pk=active.pk).update(status="arretee", ended_at=NOW)
    assert removed() == {"etapes_execution": 1}


def test_a_dry_run_counts_the_same_and_changes_nothing() -> None:
    create_ahead(STEP_RUNS, OLD, months=0)
    for _ in range(3):
        gone = old_execution("terminee")
        old_step(gone)
    # Its event would go only after it.
    alone_event = old_event()
    before = len(partitions(STEP_RUNS))
    counted = removed(is_dry=True)
    assert counted == {"executions_workflow": 3, "etapes_execution": 3, "evenements": 1}
    assert (Execution.objects.count(), StepRun.objects.count(), Event.objects.count()) == (3, 3, 4)
    assert len(partitions(STEP_RUNS)) == before
    assert removed()["executions_workflow"] == 3
    assert not Event.objects.filter(pk=alone_event.pk).exists()


def test_windows_of_one_row_reach_the_last(django_assert_max_num_queries: Any) -> None:
    for status in ("terminee", "en_cours", "terminee", "echouee", "terminee"):
        old_execution(status)
    assert removed(window=1)["executions_workflow"] == 4
    assert Execution.objects.get().status == "en_cours"


def test_young_rows_are_not_even_looked_at(django_assert_num_queries: Any) -> None:
    for _ in range(5):
        make_execution()
    whole = {"etapes_execution", "django_session"}
    pieces = [piece for piece in retain(now=NOW, window=2) if piece.rows or piece.table not in whole]
    assert pieces == []


def test_the_command_says_how_many() -> None:
    old_execution("terminee")
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "executions_workflow : 1 lignes seraient supprimées" in out.getvalue()
    call_command("retention", stdout=out)
    assert "executions_workflow : 1 lignes supprimées" in out.getvalue()
    assert "messages : 0 lignes supprimées" in out.getvalue()


def test_only_one_at_a_time() -> None:
    old_execution("terminee")
    with alone("retention"):
        with pytest.raises(CommandError, match="en cours"):
            call_command("retention", stdout=StringIO())
        remove_old()
    assert Execution.objects.count() == 1
    remove_old()
    assert Execution.objects.count() == 0


def test_from_where_somebody_signed_in_is_forgotten_after_a_year_and_that_they_did_is_not(db):
    old, young = (
        AuditEntry.objects.create(
            at=NOW - timedelta(days=days), actor="zoe", action="connexion", target_kind="utilisateur",
            details={"ip": "203.0.113.9", "second_facteur": True},
        )
        for days in (366, 300)
    )  # fmt: skip
    attempt = {"ip_address": "203.0.113.9", "failures_since_start": 3}
    for name, days in (("ancien", 2), ("récent", 0)):
        made = AccessAttempt.objects.create(username=name, **attempt)
        AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=NOW - timedelta(days=days))
    for _piece in retain(now=NOW):
        pass
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.details == {"second_facteur": True}
    assert young.details["ip"] == "203.0.113.9"
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["récent"]
