"""Pause, resume, stop, retry, skip: at every level, at once, written down; nothing is lost, nothing bursts."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from accounts.models import AuditEntry, Organization, Site
from communications.control import Restart
from communications.models import Message, OutgoingCall
from crm.models import Event
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from workflows import control
from workflows.compile import LAST
from workflows.control import ConflictError, Order, pause, resume, retry, skip_step, stop
from workflows.models import Execution, StepRun, Workflow
from workflows.scope import Chosen, Level, Scope, preview

LEVELS = [Level.EVERYTHING, Level.ORGANIZATION, Level.SITE, Level.WORKFLOW]
CALL_COLUMNS = {"url": "https://crm.example.com/", "data": {}, "error": "", "created_at": NOW, "due_at": NOW}


def said(now: datetime = NOW, reason: str = "") -> Order:
    return Order("camille", now, reason)


def scope_of(level: Level, site: Site, workflow: Workflow) -> Scope:
    match level:
        case Level.EVERYTHING:
            return Scope.everything()
        case Level.ORGANIZATION:
            return Scope.of(site.organization)
        case Level.SITE:
            return Scope.of(site)
    return Scope.of(workflow)


def one(*executions: Execution) -> Scope:
    return Scope.executions([execution.pk for execution in executions])


@pytest.mark.parametrize("level", LEVELS)
def test_a_pause_holds_executions_and_messages_and_forgets_nothing(town: Town, level: Level) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    queued = make_message(execution=Execution.objects.get(), step="autre", due_at=town.now + timedelta(minutes=1))
    scope = scope_of(level, town.site, Workflow.objects.get())
    assert pause(scope, said(town.now)) == 1
    town.later(minutes=16)
    town.report("appel_urgence", appel_id="A2")
    queued.refresh_from_db()
    assert (len(town.sent), queued.status) == (1, "queued")
    assert resume(scope, said(town.now)) >= 1
    town.drain()
    assert sorted(t for t, _ in town.sent) == ["urgence_accuse"] * 3 + ["urgence_en_route"]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_in_the_scope_goes_on(town: Town, level: Level) -> None:
    other = make_workflow(site=make_site())
    make_execution(workflow=other, at="accuse", due_at=town.now)
    mine = make_workflow(site=town.site)
    make_execution(workflow=mine, contact=town.contact, at="accuse", due_at=town.now)
    pause(scope_of(level, town.site, mine), said())
    town.drain()
    passed = {Execution.objects.get(pk=run.execution_id).workflow_id for run in StepRun.objects.all()}
    assert passed == (set() if level is Level.EVERYTHING else {other.pk})


@pytest.mark.parametrize("level", LEVELS)
def test_a_stop_ends_executions_takes_messages_back_and_starts_nothing(town: Town, level: Level) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    execution = Execution.objects.get()
    queued = make_message(execution=execution, step="autre", due_at=town.now + timedelta(hours=1))
    ended = make_execution(workflow=execution.workflow, status="terminee", due_at=None, ended_at=NOW)
    last = make_message(execution=ended, due_at=town.now + timedelta(hours=1))
    call = OutgoingCall.objects.create(
        organization=town.site.organization, site=town.site, contact=town.contact, workflow_id=execution.workflow_id,
        execution_id=execution.pk, step="crm", **CALL_COLUMNS,
    )  # fmt: skip
    assert stop(scope_of(level, town.site, execution.workflow), said(town.now, "fermeture")) == 1
    town.report("appel_urgence", appel_id="A2")
    town.later(days=1)
    for row in (execution, queued, last, call):
        row.refresh_from_db()
    assert (execution.status, execution.reason) == ("arretee", "fermeture")
    assert (queued.status, last.status, call.status) == ("suppressed", "suppressed", "revoked")
    assert (Execution.objects.count(), len(town.sent)) == (2, 1)


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_state_does_not_allow_is_refused(town: Town, level: Level) -> None:
    town.deploy("plombier")
    scope = scope_of(level, town.site, Workflow.objects.get())
    for act, then in ((resume, pause), (pause, stop), (stop, None)):
        with pytest.raises(ConflictError):
            act(scope, said()) if act is not stop else (stop(scope, said()), stop(scope, said()))
        if then is pause:
            pause(scope, said())
    assert AuditEntry.objects.filter(action="arret").count() == 1


@pytest.mark.parametrize("level", LEVELS)
def test_every_act_is_written_down_with_who_and_why(town: Town, level: Level) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    scope = scope_of(level, town.site, Workflow.objects.get())
    pause(scope, said(town.now, "fuite chez nous"))
    resume(scope, said(town.now), Restart.SPREAD, timedelta(hours=1))
    entries = list(AuditEntry.objects.exclude(action="deploiement").order_by("id"))
    assert [(e.action, e.actor, e.reason, e.target_kind) for e in entries] == [
        ("pause", "camille", "fuite chez nous", str(level)), ("reprise", "camille", "", str(level)),
    ]  # fmt: skip
    assert entries[0].details == {"executions": 1}
    assert entries[1].details == {"executions": 1, "reprise": "etaler", "duree_s": 3600.0}
    assert {e.organization for e in entries} == {None if level is Level.EVERYTHING else town.site.organization}


def test_what_became_too_late_during_a_pause_is_passed_over(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    scope = Scope.of(Workflow.objects.get())
    pause(scope, said(town.now))
    town.later(hours=1, minutes=30)
    resume(scope, said(town.now))
    town.drain()
    assert len(town.sent) == 1


@pytest.mark.parametrize("level", [*LEVELS, Level.EXECUTIONS])
def test_a_resume_may_leave_out_what_is_overdue_and_the_rest_goes_on(town: Town, level: Level) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    execution = Execution.objects.get()
    message = make_message(execution=execution, step="autre", due_at=town.now + timedelta(minutes=1))
    later = make_message(execution=execution, step="plus_tard", due_at=town.now + timedelta(hours=9))
    scope = one(execution) if level is Level.EXECUTIONS else scope_of(level, town.site, execution.workflow)
    pause(scope, said(town.now))
    town.later(minutes=16)
    resume(scope, said(town.now), Restart.SKIP)
    town.drain()
    message.refresh_from_db()
    later.refresh_from_db()
    assert (message.status, message.reason, later.status) == ("suppressed", "sautee", "queued")
    assert [template for template, _ in town.sent] == ["urgence_accuse"]
    assert StepRun.objects.filter(step="en_route").count() == 1  # it went on from there


@pytest.mark.parametrize("level", [*LEVELS, Level.EXECUTIONS])
def test_a_resume_may_spread_what_is_overdue_evenly(town: Town, level: Level) -> None:
    workflow = make_workflow(site=town.site)
    executions = [
        make_execution(workflow=workflow, contact=make_contact(site=town.site), due_at=NOW + timedelta(minutes=n))
        for n in range(4)
    ]
    for n, execution in enumerate(executions):
        make_message(execution=execution, step="autre", due_at=NOW + timedelta(minutes=n))
    scope = one(*executions) if level is Level.EXECUTIONS else scope_of(level, town.site, workflow)
    pause(scope, said())
    now = NOW + timedelta(hours=1)
    resume(scope, said(now), Restart.SPREAD, timedelta(hours=2))
    expected = [now + timedelta(minutes=30 * n) for n in (1, 2, 3, 4)]
    assert list(Execution.objects.order_by("id").values_list("due_at", flat=True)) == expected
    assert list(Message.objects.order_by("id").values_list("due_at", flat=True)) == expected
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}


def test_a_step_that_was_spread_still_counts_from_when_it_was_planned(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    scope = Scope.of(Workflow.objects.get())
    pause(scope, said(town.now))
    town.later(minutes=50)
    resume(scope, said(town.now), Restart.SPREAD, timedelta(hours=1))
    town.later(hours=1)  # 1 h 35 min after it was planned: it is useful for an hour
    assert len(town.sent) == 1


def test_executions_are_chosen_by_what_they_are(town: Town) -> None:
    workflow = make_workflow(site=town.site)
    here = make_execution(workflow=workflow, started_at=NOW)
    elsewhere = make_execution(workflow=workflow, at="en_route", started_at=NOW)
    early = make_execution(workflow=workflow, started_at=NOW - timedelta(days=3))
    strange = make_execution()
    chosen = Chosen(site_id=town.site.pk, workflow_id=workflow.pk, step="pause", started_from=NOW - timedelta(days=1))
    scope = Scope.matching(chosen)
    assert preview(scope, now=NOW + timedelta(hours=1)).active == 1
    assert stop(scope, said()) == 1
    for row in (here, elsewhere, early, strange):
        row.refresh_from_db()
    assert [r.status for r in (here, elsewhere, early, strange)] == ["arretee", "en_cours", "en_cours", "en_cours"]


def test_many_are_done_in_rounds(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(control, "ROUND", 2)
    workflow = make_workflow(site=town.site)
    for _ in range(5):
        make_execution(workflow=workflow, contact=make_contact(site=town.site))
    chosen = Scope.matching(Chosen(site_id=town.site.pk))
    assert pause(chosen, said()) == 5
    later = NOW + timedelta(hours=1)
    assert resume(chosen, said(later)) == 5
    pause(Scope.of(town.site), said(later))
    resume(Scope.of(town.site), said(later), Restart.SPREAD, timedelta(minutes=50))
    due = list(Execution.objects.order_by("id").values_list("due_at", flat=True))
    assert {b - a for a, b in pairwise(due)} == {timedelta(minutes=10)}
    assert stop(chosen, said(later)) == 5
    assert AuditEntry.objects.filter(action="arret").count() == 3


def test_a_preview_counts_and_changes_nothing(town: Town) -> None:
    workflow = make_workflow(site=town.site)
    execution = make_execution(workflow=workflow, due_at=NOW)
    make_execution(workflow=workflow, status="en_pause", due_at=NOW + timedelta(days=1))
    make_execution(workflow=workflow, status="echouee", due_at=None)
    make_execution(workflow=workflow, status="terminee", due_at=None)
    make_message(execution=execution)
    found = preview(Scope.of(workflow), now=NOW)
    assert (found.active, found.paused, found.failed, found.overdue) == (1, 1, 1, 1)
    assert (found.messages, found.messages_overdue, found.held, found.is_capped) == (1, 1, 2, False)
    assert preview(one(execution), now=NOW).messages == 1
    assert preview(Scope.of(Organization.objects.get(pk=town.site.organization_id)), now=NOW) == found


def test_several_are_counted_together_and_no_further_than_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [Scope.of(make_workflow(site=town.site)) for _n in range(3)]
    for scope in ours:
        workflow = Workflow.objects.get(pk=scope.id)
        for _n in range(2):
            make_message(execution=make_execution(workflow=workflow, due_at=NOW))
    found = preview(*ours, now=NOW)
    assert (found.active, found.overdue, found.messages, found.is_capped) == (6, 6, 6, False)
    monkeypatch.setattr("workflows.scope.MOST", 3)
    found = preview(*ours, now=NOW)
    assert (found.active, found.overdue, found.messages, found.is_capped) == (3, 3, 3, True)
    assert preview(now=NOW).executions == 0


def test_an_execution_is_paused_with_its_messages_and_resumed_with_them(db: None) -> None:
    execution = make_execution()
    message = make_message(execution=execution)
    assert pause(one(execution), said()) == 1
    assert pause(one(execution), said()) == 0
    message.refresh_from_db()
    assert message.status == "held"
    assert resume(one(execution), said()) == 1
    execution.refresh_from_db()
    message.refresh_from_db()
    assert (execution.status, message.status) == ("en_attente", "queued")


def test_what_is_paused_by_itself_stays_when_its_workflow_is_resumed(town: Town) -> None:
    execution = make_execution(workflow=make_workflow(site=town.site), due_at=NOW)
    message = make_message(execution=execution)
    pause(one(execution), said())
    pause(Scope.of(execution.workflow), said())
    resume(Scope.of(execution.workflow), said(NOW + timedelta(hours=1)), Restart.SKIP)
    execution.refresh_from_db()
    message.refresh_from_db()
    assert (execution.status, execution.skip_until, message.status) == ("en_pause", None, "held")


def test_stopping_takes_back_what_was_not_handed_over(db: None) -> None:
    execution = make_execution()
    queued = make_message(execution=execution)
    sent = make_message(execution=execution, step="autre", status="sent")
    doubtful = make_message(execution=execution, step="douteux", attempts=1, reason="unknown", provider="resend")
    assert stop(one(execution), said(reason="à la demande du client")) == 1
    statuses = {m.pk: m.status for m in Message.objects.all()}
    assert statuses == {queued.pk: "suppressed", sent.pk: "sent", doubtful.pk: "unknown"}


def test_a_stop_that_was_cut_off_is_finished(town: Town) -> None:
    execution = make_execution(workflow=make_workflow(site=town.site), due_at=NOW)
    message = make_message(execution=execution)
    Workflow.objects.filter(pk=execution.workflow_id).update(status="arrete")  # and then the worker died
    assert control.finish_stops(NOW) == 1
    execution.refresh_from_db()
    message.refresh_from_db()
    assert (execution.status, message.status) == ("arretee", "suppressed")
    assert control.finish_stops(NOW) == 0


def test_a_failed_execution_is_taken_up_at_its_step(db: None) -> None:
    failed = make_execution(status="echouee", failures=3, due_at=None, ended_at=NOW, reason="erreur")
    running = make_execution()
    assert retry(one(failed, running), said(NOW + timedelta(hours=1))) == 1
    failed.refresh_from_db()
    assert (failed.status, failed.at, failed.failures, failed.ended_at) == ("en_cours", "pause", 0, None)


def test_a_failed_execution_stays_when_the_contact_has_begun_anew(db: None) -> None:
    failed = make_execution(status="echouee", due_at=None)
    make_execution(contact=failed.contact, workflow=failed.workflow)
    assert retry(one(failed), said()) == 0
    assert skip_step(one(failed), said()) == 0


def test_of_several_failed_executions_of_a_contact_the_last_is_taken_up(db: None) -> None:
    first = make_execution(status="echouee", due_at=None)
    last = make_execution(contact=first.contact, workflow=first.workflow, status="echouee", due_at=None)
    assert retry(one(first, last), said()) == 1
    assert list(Execution.objects.filter(status="en_cours")) == [last]


def test_a_retry_from_the_start_begins_anew_and_its_messages_go_out_again(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    execution = Execution.objects.get()
    town.later(minutes=3)
    Event.objects.all().update(moved=[])
    Execution.objects.update(status="echouee", due_at=None, ended_at=town.now, seen=["goal"], reason="erreur")
    assert retry(one(execution), said(town.now), from_start=True) == 1
    town.drain()
    execution.refresh_from_db()
    assert (execution.started_at, execution.run, execution.seen) == (town.now, 2, [])
    assert town.sent == [("urgence_accuse", "sms")] * 2
    town.later(minutes=16)
    assert len(town.sent) == 3


@pytest.mark.parametrize("status", ["en_cours", "en_pause", "echouee"])
def test_a_step_is_skipped_with_a_record_and_what_follows_begins(town: Town, status: str) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    Execution.objects.update(status=status, failures=2)
    StepRun.objects.all().delete()
    execution = Execution.objects.get()
    assert skip_step(one(execution), said(town.now)) == 1
    execution.refresh_from_db()
    assert (execution.at, execution.failures) == ("terminee", 0)
    assert execution.status == ("en_pause" if status == "en_pause" else "en_cours")
    (run,) = StepRun.objects.filter(execution_id=execution.pk)
    assert (run.step, run.kind, run.detail) == ("deja_fini", "wait_for", "saute_par_operateur")
    town.drain()
    assert town.sent[1:] == ([] if status == "en_pause" else [("urgence_terminee", "sms")])


def test_what_only_waits_for_its_goal_has_no_step_to_skip(db: None) -> None:
    execution = make_execution(at=LAST)
    assert skip_step(one(execution), said()) == 0
    assert AuditEntry.objects.count() == 0
