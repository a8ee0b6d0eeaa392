"""Pause, resume, stop, retry: nothing is lost, nothing bursts."""

from datetime import timedelta

import pytest

from communications.models import Message
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_execution, make_message
from workflows.control import ConflictError, pause, pause_workflow, resume, resume_workflow, retry, stop, stop_workflow
from workflows.models import Execution, Workflow


def test_a_paused_workflow_holds_everything_and_forgets_nothing(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    workflow = Workflow.objects.get()
    assert pause_workflow(workflow, town.now) == 1
    town.later(minutes=16)
    town.report("appel_urgence", appel_id="A2")
    assert len(town.sent) == 1
    resume_workflow(workflow, town.now)
    town.drain()
    assert sorted(town.sent[1:]) == [("urgence_accuse", "sms"), ("urgence_en_route", "sms")]


def test_what_became_too_late_during_a_pause_is_passed_over(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    workflow = Workflow.objects.get()
    pause_workflow(workflow, town.now)
    town.later(hours=1, minutes=30)
    resume_workflow(workflow, town.now)
    town.drain()
    assert len(town.sent) == 1


def test_a_stopped_workflow_ends_its_executions_and_starts_none(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    assert stop_workflow(Workflow.objects.get(), "fermeture", town.now) == 1
    town.report("appel_urgence", appel_id="A2")
    town.later(days=1)
    assert (Execution.objects.get().status, Execution.objects.get().reason) == ("arretee", "fermeture")
    assert len(town.sent) == 1


def test_what_a_state_does_not_allow_is_refused(town: Town) -> None:
    town.deploy("plombier")
    workflow = Workflow.objects.get()
    with pytest.raises(ConflictError):
        resume_workflow(workflow, NOW)
    pause_workflow(workflow, NOW)
    with pytest.raises(ConflictError):
        pause_workflow(workflow, NOW)
    stop_workflow(workflow, "", NOW)
    with pytest.raises(ConflictError):
        stop_workflow(workflow, "", NOW)


def test_an_execution_is_paused_with_its_messages_and_resumed_with_them(db: None) -> None:
    execution = make_execution()
    message = make_message(execution=execution)
    assert pause([execution.pk], NOW) == 1
    assert pause([execution.pk], NOW) == 0
    message.refresh_from_db()
    assert message.status == "held"
    assert resume([execution.pk], NOW) == 1
    execution.refresh_from_db()
    message.refresh_from_db()
    assert (execution.status, message.status) == ("en_attente", "queued")


def test_stopping_takes_back_what_was_not_handed_over(db: None) -> None:
    execution = make_execution()
    queued = make_message(execution=execution)
    sent = make_message(execution=execution, step="autre", status="sent")
    doubtful = make_message(execution=execution, step="douteux", attempts=1, reason="unknown", provider="resend")
    assert stop([execution.pk], "à la demande du client", NOW) == 1
    statuses = {m.pk: m.status for m in Message.objects.all()}
    assert statuses == {queued.pk: "suppressed", sent.pk: "sent", doubtful.pk: "unknown"}


def test_a_failed_execution_is_taken_up_at_its_step(db: None) -> None:
    failed = make_execution(status="echouee", failures=3, due_at=None, ended_at=NOW, reason="erreur")
    running = make_execution()
    assert retry([failed.pk, running.pk], NOW + timedelta(hours=1)) == 1
    failed.refresh_from_db()
    assert (failed.status, failed.at, failed.failures, failed.ended_at) == ("en_cours", "pause", 0, None)


def test_a_failed_execution_stays_when_the_contact_has_begun_anew(db: None) -> None:
    failed = make_execution(status="echouee", due_at=None)
    make_execution(contact=failed.contact, workflow=failed.workflow)
    assert retry([failed.pk], NOW) == 0
