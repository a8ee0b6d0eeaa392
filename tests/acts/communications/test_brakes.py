"""The brake: a channel that goes wrong stops, an operator is told, a person lets it go again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.tenancy import Role
from communications import brakes
from communications.control import Restart
from communications.deliver import deliver_batch
from communications.models import Brake, Message, Notification
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from workflows.models import Execution, Workflow

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def execution() -> Execution:
    return make_execution(workflow=make_workflow(site=make_site()))


def past(execution: Execution, status: str, count: int, at: Any = NOW, **changes: Any) -> None:
    for n in range(count):
        make_message(
            execution=execution, step=f"{status}{n}{at:%H%M}", status=status, attempted_at=at, due_at=None, **changes
        )  # fmt: skip


def waiting(execution: Execution, **changes: Any) -> Message:
    fields = {"step": "suite", "template": "plombier/urgence_accuse", "useful_until": NOW + timedelta(days=1)}
    return make_message(execution=execution, **fields | changes)


def test_a_channel_that_fails_is_stopped_and_an_operator_told_once(execution: Execution) -> None:
    past(execution, "sent", 15)
    past(execution, "failed", 5)
    other = waiting(execution, channel="email", template="plombier/x")
    message = waiting(execution)
    assert brakes.watch(LATER) == 1
    assert brakes.watch(LATER) == 0
    deliver_batch(now=LATER, limit=10)
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.status, other.status == "queued") == ("queued", False)
    brake, note = Brake.objects.get(), Notification.objects.get(key__startswith="brake/")
    assert (brake.reason, brake.channel) == ("5 échecs sur 20 messages", "sms")
    assert (note.severity, note.count, execution.workflow.name in note.title) == ("error", 1, True)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == ("système", "frein", execution.workflow_id)


def test_complaints_stop_a_channel(execution: Execution) -> None:
    past(execution, "delivered", 30)
    past(execution, "complained", 2)
    assert brakes.watch(LATER) == 1
    assert Brake.objects.get().reason == "2 plaintes sur 32 messages"


def test_complaints_come_hours_after_the_message_and_count_all_day(execution: Execution) -> None:
    past(execution, "delivered", 30, at=NOW - timedelta(hours=8))
    past(execution, "complained", 2, at=NOW - timedelta(hours=7))
    assert brakes.watch(LATER) == 1
    assert Brake.objects.get().reason == "2 plaintes sur 32 messages"
    brakes.lift([Brake.objects.get().pk], "camille", LATER)
    assert brakes.watch(LATER + timedelta(minutes=1)) == 0


def test_complaints_are_measured_against_the_day_and_failures_against_the_hour(execution: Execution) -> None:
    past(execution, "delivered", 700, at=NOW - timedelta(hours=8))
    past(execution, "complained", 2, at=NOW)
    past(execution, "failed", 4, at=NOW)
    past(execution, "delivered", 15, at=NOW)
    assert brakes.watch(LATER) == 0
    past(execution, "bounced", 2, at=NOW)
    assert brakes.watch(LATER) == 1
    assert Brake.objects.get().reason == "6 échecs sur 23 messages"


@pytest.mark.parametrize("case", ["few", "old", "other_workflow", "well"])
def test_what_does_not_go_wrong_is_not_stopped(execution: Execution, case: str) -> None:
    if case == "few":
        past(execution, "failed", 19)
    if case == "old":
        past(execution, "failed", 30, at=NOW - timedelta(hours=2), created_at=NOW - timedelta(hours=2))
    if case == "other_workflow":
        past(execution, "failed", 15)
        past(make_execution(workflow=make_workflow(site=execution.site)), "failed", 15)
    if case == "well":
        past(execution, "sent", 90)
        past(execution, "failed", 10)
    assert brakes.watch(LATER) == 0


def test_a_lifted_brake_judges_only_what_comes_after(execution: Execution) -> None:
    past(execution, "failed", 25)
    message = waiting(execution)
    brakes.watch(LATER)
    assert brakes.lift([Brake.objects.get().pk], "camille", LATER, reason="clé corrigée") == 1
    assert brakes.watch(LATER + timedelta(minutes=1)) == 0
    assert deliver_batch(now=LATER, limit=10) == 1
    message.refresh_from_db()
    assert message.status != "queued"
    entry = AuditEntry.objects.order_by("id").last()
    assert entry is not None
    assert (entry.actor, entry.action, entry.reason) == ("camille", "frein_leve", "clé corrigée")
    past(execution, "failed", 25, at=LATER + timedelta(minutes=2))
    assert brakes.watch(LATER + timedelta(minutes=3)) == 1


@pytest.mark.parametrize(
    ("restart", "status", "due"), [(Restart.SKIP, "suppressed", None), (Restart.SPREAD, "queued", 1)]
)
def test_what_waited_behind_it_is_left_out_or_spread(
    execution: Execution, restart: Restart, status: str, due: Any
) -> None:
    past(execution, "failed", 25)
    message, other = waiting(execution), waiting(execution, step="mail", channel="email")
    brakes.watch(LATER)
    brakes.lift([Brake.objects.get().pk], "camille", LATER, restart=restart, over=timedelta(hours=1))
    message.refresh_from_db()
    other.refresh_from_db()
    assert message.status == status
    assert message.due_at == (LATER + timedelta(hours=due) if due else None)
    assert (other.status, other.due_at) == ("queued", NOW)


def test_an_operator_lifts_it_in_the_admin_and_a_stranger_does_not(execution: Execution) -> None:
    past(execution, "failed", 25)
    waiting(execution)
    brakes.watch(LATER)
    brake = Brake.objects.get()
    url = reverse("admin:communications_brake_act", args=["lever"])
    stranger = signed_in(make_contact().organization)
    stranger.post(url, {"ids": brake.pk, "reprise": "envoyer"})
    reader = signed_in(execution.organization, Role.READER)
    assert reader.post(url, {"ids": brake.pk, "reprise": "envoyer"}).status_code == 403
    assert Brake.objects.exists()
    operator: Client = signed_in(execution.organization)
    assert (
        "25 échecs sur 25 messages" in operator.get(reverse("admin:communications_brake_changelist")).content.decode()
    )
    assert "1 message attend." in operator.get(url, {"ids": brake.pk}).content.decode()
    operator.post(url, {"ids": brake.pk, "reprise": "envoyer", "raison": "corrigé"})
    assert not Brake.objects.exists()
    assert Workflow.objects.get(pk=execution.workflow_id).status == "actif"
