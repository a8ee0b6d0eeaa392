"""The live socket, over the wire: who may open it, what they are told, and what they are told again."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import AuditEntry, Membership, Role
from berinia import live
from communications.models import Notification
from tests.acts.live.conftest import client_of, member
from tests.make import NOW, make_execution, make_organization, make_site
from workflows.control import Order, pause
from workflows.live import socket as live_socket
from workflows.scope import Scope


@pytest.fixture
def organization(transactional_db):
    return make_site().organization


def test_a_session_opens_it_from_our_own_pages_only(opened, organization):
    client = client_of(member(organization))
    hello = opened(client).next("HELLO")["payload"]
    assert [found["id"] for found in hello["organisations"]] == [str(organization.pk)]
    assert opened(client, origin="https://ailleurs.example").close_code() == 4403
    assert opened(client, origin="null").close_code() == 4403
    assert opened(client, origin=None).close_code() == 4403
    assert opened().close_code() == 4401
    assert opened(client_of(member(organization, is_staff=False))).close_code() == 4401


def test_a_token_opens_it_to_programs_and_to_pages_that_are_listed(opened, organization, settings):
    settings.LIVE_ORIGINS = ["https://app.example.fr"]
    user = member(organization)
    token = tokens.issue(user, timezone.now(), has_factor=False).access
    socket = opened(token=token, origin=None)
    assert socket.connection.subprotocol == "berinia.v1"
    assert socket.next("HELLO")
    assert opened(token=token, origin="https://app.example.fr").next("HELLO")
    assert opened(token=token, origin="https://ailleurs.example").close_code() == 4403
    assert opened(token=token[:-2] + "xx", origin=None).close_code() == 4401
    old = tokens.issue(user, timezone.now() - timedelta(hours=1), has_factor=False).access
    assert opened(token=old, origin=None).close_code() == 4401
    user.set_password("un autre mot de passe")
    user.save()
    socket.send("PING")
    assert socket.close_code() == 4401


def test_a_token_that_runs_out_closes_it(opened, organization):
    begun = timezone.now() - tokens.ACCESS_FOR + timedelta(seconds=2)
    socket = opened(token=tokens.issue(member(organization), begun, has_factor=False).access, origin=None)
    assert socket.next("HELLO")
    assert socket.close_code() == 4401


def test_each_is_told_of_their_organizations_alone(opened, organization):
    theirs, other = opened(client_of(member(organization))), make_organization()
    boss = opened(client_of(member(None)))
    theirs.next("HELLO"), boss.next("HELLO")
    live.publish(other.pk, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    live.publish(organization.pk, live.Kind.LEAD_UPDATE, {"leadId": "2"})
    assert theirs.next("LEAD_UPDATE")["payload"] == {"leadId": "2"}
    assert [boss.next("LEAD_UPDATE")["payload"]["leadId"] for _n in range(2)] == ["1", "2"]


def test_an_execution_that_is_watched_is_told_alone_and_one_of_others_is_not_there(opened, organization):
    mine, other = make_execution(), make_execution()
    socket = opened(client_of(member(mine.organization)))
    for pk in (other.pk, 999_999):
        error = socket.until_ack("WATCH_EXECUTION", {"executionId": str(pk)})[-1]
        assert (error["type"], error["payload"]["code"]) == ("ERROR", "introuvable")
    assert socket.until_ack("WATCH_EXECUTION", {"executionId": str(mine.pk)})[-1]["type"] == "ACK"
    pause(Scope.executions([mine.pk]), Order("essai", NOW))
    told = socket.next("EXECUTION_PROGRESS")
    assert told["payload"] == {
        "executionId": str(mine.pk), "workflowId": str(mine.workflow_id), "statut": "en_pause", "etape": "pause",
    }  # fmt: skip
    assert told["id"]


def test_who_watches_nothing_is_told_what_moved_at_once_and_together(opened):
    mine = make_execution()
    socket = opened(client_of(member(mine.organization)))
    socket.next("HELLO")
    pause(Scope.executions([mine.pk]), Order("essai", NOW))
    told = socket.next("EXECUTION_PROGRESS")["payload"]
    assert (told["nombre"], told["workflows"]) == (1, {str(mine.workflow_id): 1})
    assert [each["statut"] for each in told["executions"]] == ["en_pause"]


def test_what_was_missed_is_told_after_coming_back(opened, organization):
    client, other = client_of(member(organization)), make_organization()
    first = opened(client)
    first.next("HELLO")
    live.publish(organization.pk, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    last = first.next("LEAD_UPDATE")["id"]
    first.connection.close()
    for number in ("2", "3"):
        live.publish(organization.pk, live.Kind.LEAD_UPDATE, {"leadId": number})
        live.publish(other.pk, live.Kind.LEAD_UPDATE, {"leadId": "0"})
    by_address = opened(client, path=f"/ws?depuis={last}")
    assert [by_address.next("LEAD_UPDATE")["payload"]["leadId"] for _n in range(2)] == ["2", "3"]
    by_command = opened(client)
    found = by_command.until_ack("RESUME", {"depuis": last})
    assert [m["payload"]["leadId"] for m in found if m["type"] == "LEAD_UPDATE"] == ["2", "3"]


def test_what_cannot_be_told_again_is_owned_up_to(opened, organization):
    socket = opened(client_of(member(organization)))
    for since in ("1-0", "n'importe quoi"):
        assert "RESYNC" in [m["type"] for m in socket.until_ack("RESUME", {"depuis": since})]


def test_who_loses_the_organization_is_told_nothing_more(opened, organization):
    user, other = member(organization), make_organization()
    kept = Membership.objects.create(user=user, organization=other, role=Role.READER)
    socket = opened(client_of(user))
    socket.next("HELLO")
    Membership.objects.filter(user=user, organization=organization).delete()
    socket.until_ack("PING")
    live.publish(organization.pk, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    live.publish(other.pk, live.Kind.LEAD_UPDATE, {"leadId": "2"})
    assert socket.next("LEAD_UPDATE")["payload"] == {"leadId": "2"}
    kept.delete()
    socket.send("PING")
    assert socket.close_code() == 4403


def test_it_looks_again_by_itself_who_is_there(opened, organization, monkeypatch):
    monkeypatch.setattr(live_socket, "LOOK_AGAIN_SECONDS", 0.2)
    user = member(organization)
    socket = opened(client_of(user))
    socket.next("HELLO")
    user.is_active = False
    user.save()
    assert socket.close_code() == 4401


NONSENSE = {
    "pas du JSON": "json_invalide",
    "[]": None,
    '{"type": 3}': None,
    '{"type": "START_CAMPAIGN", "id": "x"}': "type_inconnu",
    '{"type": "WATCH_EXECUTION", "payload": {"executionId": "1; DROP"}}': None,
    '{"type": "WATCH_METRICS", "payload": {"periode": "1 siècle"}}': None,
    '{"type": "PING", "payload": {"plus": 1}}': None,
    "[" * 3_000: None,
}


def test_nonsense_is_answered_and_the_socket_stays(opened, organization):
    socket = opened(client_of(member(organization)))
    for text, code in NONSENSE.items():
        socket.connection.send(text)
        error = socket.next("ERROR")["payload"]
        assert error["detail"]
        assert code in (None, error["code"])
    assert socket.until_ack("PING")[-1]["type"] == "ACK"


def test_a_command_is_carried_out_once(opened):
    mine = make_execution()
    socket = opened(client_of(member(mine.organization)))
    for _n in range(2):
        socket.send("WATCH_EXECUTION", {"executionId": str(mine.pk)}, id="a")
        assert socket.next("ACK", "ERROR")["payload"] == {"id": "a"}
        type(mine).objects.filter(pk=mine.pk).delete()


def test_what_is_too_long_closes_it(opened, organization):
    socket = opened(client_of(member(organization)))
    socket.connection.send(json.dumps({"type": "PING", "id": "x" * 5_000}))
    assert socket.close_code() == 1009


def test_a_notification_is_read_once_and_all_are_told(opened, organization):
    def alert(owner):
        return Notification.objects.create(
            organization=owner, key="k", severity="info", title="Essai", created_at=NOW, last_at=NOW
        ).pk

    mine, theirs = alert(organization), alert(make_organization())
    socket = opened(client_of(member(organization, Role.READER)))
    assert socket.until_ack("READ_NOTIFICATION", {"notificationId": str(theirs)})[-1]["type"] == "ERROR"
    socket.until_ack("READ_NOTIFICATION", {"notificationId": str(mine)})
    assert socket.next("NOTIFICATION")["payload"] == {"notificationId": str(mine), "lue": True}
    assert Notification.objects.get(pk=mine).read_at
    assert Notification.objects.get(pk=theirs).read_at is None
    entry = AuditEntry.objects.get(action="notification.lire")
    assert (entry.organization, entry.target_id, bool(entry.actor)) == (organization, mine, True)


def test_figures_come_when_asked_for_and_when_they_changed(opened):
    execution = make_execution(status="en_cours")
    socket = opened(client_of(member(execution.organization)))
    socket.send("WATCH_METRICS", {"periode": "7d"})
    first = socket.next("METRICS_UPDATE")["payload"]
    assert first["periode"] == "7d"
    assert first["metriques"]["maintenant"]["en_cours"] == 1
    pause(Scope.executions([execution.pk]), Order("essai", NOW))
    live.figures_changed([execution.organization_id])
    assert socket.next("METRICS_UPDATE")["payload"]["metriques"]["maintenant"]["en_cours"] == 0


def test_other_addresses_are_refused(opened, organization):
    with pytest.raises(Exception, match="403"):
        opened(client_of(member(organization)), path="/ailleurs")
