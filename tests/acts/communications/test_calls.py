"""Calls of workflows: signed, tried again, never into the house, and heard by the step that waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Platform
from communications.calls import MAX_ATTEMPTS, call_batch
from communications.models import OutgoingCall
from crm.models import Event
from tests.acts.workflows.conftest import Town
from tests.conftest import PATIENCE
from tests.fakes.hook import FakeHook
from tests.make import NOW, make_contact, make_site, make_workflow
from workflows import control
from workflows.control import Order
from workflows.models import Execution
from workflows.scope import Scope


@pytest.fixture
def hook(settings: Any) -> Iterator[FakeHook]:
    settings.CALLS_TRUSTED_HOSTS, settings.DELIVERY_TIMEOUT_SECONDS = frozenset({"127.0.0.1"}), PATIENCE
    with FakeHook() as fake:
        yield fake


@pytest.fixture
def town(db: None, hook: FakeHook) -> Town:
    site = make_site()
    hook.secret = site.hook_secret
    return Town(site, make_contact(site=site))


def begin(town: Town, url: str, **changes: Any) -> Execution:
    step = {"id": "crm", "call": {"url": url, "data": {"liste": "A"}}, "then": [{"id": "bien", "stop": "répondu"}]}
    definition = {"trigger": {"event": "demande"}, "steps": [{**step, **changes}, {"id": "suite", "wait": "1h"}]}
    make_workflow(definition, site=town.site)
    town.report("demande", projet="cuisine")
    return Execution.objects.get()


def call(town: Town) -> int:
    made = call_batch(now=town.now, limit=10)
    town.drain()
    return made


def test_a_call_is_signed_says_who_it_is_about_and_its_step_goes_on(town: Town, hook: FakeHook) -> None:
    execution = begin(town, hook.url + "/leads?x=1")
    assert call(town) == 1
    execution.refresh_from_db()
    assert (execution.status, execution.reason) == ("arretee", "répondu")
    (taken,) = hook.accepted()
    assert (taken["path"], taken["type"], taken["data"]["donnees"]) == ("/leads?x=1", "workflow.call", {"liste": "A"})
    assert taken["data"]["evenement"] == {"nom": "demande", "donnees": {"projet": "cuisine"}}
    assert taken["data"]["contact"]["email"] == town.contact.email
    event = Event.objects.get(name="appel_http_abouti")
    assert event.data["reponse"] == {"recu": True}
    assert event.moved == [execution.pk]


@pytest.mark.parametrize("fault", ["500", "429", "drop", "accept_then_drop"])
def test_what_fails_for_a_moment_is_tried_again_under_the_same_id(town: Town, hook: FakeHook, fault: str) -> None:
    execution = begin(town, hook.url)
    hook.faults.append(fault)
    call(town)
    assert OutgoingCall.objects.get().status == "queued"
    assert call(town) == 0  # not at once
    town.now += timedelta(minutes=1)
    assert call(town) == 1
    execution.refresh_from_db()
    assert execution.reason == "répondu"
    assert len(hook.accepted()) == 1


def test_a_call_that_never_works_fails_the_execution_and_a_retry_makes_it_anew(town: Town, hook: FakeHook) -> None:
    execution = begin(town, hook.url)
    hook.faults.extend(["500"] * MAX_ATTEMPTS)
    for _ in range(MAX_ATTEMPTS):
        call(town)
        town.now += timedelta(minutes=10)
    execution.refresh_from_db()
    assert (execution.status, execution.at, execution.reason) == ("echouee", "crm", "appel_non_abouti")
    assert "HTTP" in execution.erreurs[-1]["erreur"] or execution.erreurs[-1]["etape"] == "crm"
    assert control.retry(Scope.executions([execution.pk]), Order("test", town.now)) == 1
    town.drain()
    call(town)
    execution.refresh_from_db()
    assert execution.reason == "répondu"


def test_with_on_failure_the_execution_goes_that_way(town: Town, hook: FakeHook) -> None:
    execution = begin(town, hook.url, on_failure=[{"id": "mal", "stop": "sans CRM"}])
    hook.faults.append("refuse:404:gone")
    call(town)
    execution.refresh_from_db()
    assert execution.reason == "sans CRM"
    assert OutgoingCall.objects.get().http_status == 404


@pytest.mark.parametrize(
    "url", ["http://exemple.fr/x", "https://localhost/x", "https://127.0.0.1:1/x", "https://[::1]/x"]
)
def test_nothing_is_called_inside_the_house_or_without_tls(town: Town, settings: Any, url: str) -> None:
    settings.CALLS_TRUSTED_HOSTS = frozenset()
    begin(town, url, on_failure=[{"id": "mal", "stop": "refusé"}])
    call(town)
    refused = OutgoingCall.objects.get()
    assert (refused.status, refused.http_status) == ("failed", None)
    assert "https" in refused.error or "private" in refused.error


@pytest.mark.parametrize("place", ["platform", "organization", "site", "workflow", "execution"])
def test_what_is_paused_is_not_called(town: Town, hook: FakeHook, place: str) -> None:
    execution = begin(town, hook.url)
    if place == "platform":
        Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    elif place in ("organization", "site"):
        owner = getattr(execution, place)
        owner.is_paused = True
        owner.save()
    elif place == "workflow":
        type(execution.workflow).objects.update(status="en_pause")
    else:
        Execution.objects.update(status="en_pause")
    assert call_batch(now=town.now, limit=10) == 0
    assert hook.accepted() == []


def test_a_call_of_a_worker_that_died_is_made_again(town: Town, hook: FakeHook, settings: Any) -> None:
    begin(town, hook.url)
    OutgoingCall.objects.update(status="sending", attempts=1, due_at=NOW + timedelta(seconds=60))
    assert call_batch(now=NOW + timedelta(seconds=59), limit=10) == 0
    assert call_batch(now=NOW + timedelta(seconds=61), limit=10) == 1
    assert OutgoingCall.objects.get().status == "done"


def test_stopping_an_execution_takes_its_calls_back(town: Town, hook: FakeHook) -> None:
    execution = begin(town, hook.url)
    town.report("desinscription")
    execution.refresh_from_db()
    assert execution.status == "arretee"
    assert OutgoingCall.objects.get().status == "revoked"
    assert call(town) == 0


@pytest.mark.parametrize("how", ["failed", "worker died"])
def test_a_call_under_way_as_its_execution_ends_is_not_tried_again(town: Town, hook: FakeHook, how: str) -> None:
    execution = begin(town, hook.url)
    if how == "failed":
        hook.faults.append("500")
        call(town)
        OutgoingCall.objects.update(status="sending")  # as it was while the execution was stopped
        control.stop(Scope.executions([execution.pk]), Order("test", town.now, "à la demande du client"))
        OutgoingCall.objects.update(status="queued")
    else:
        OutgoingCall.objects.update(status="sending", attempts=1)
        control.stop(Scope.executions([execution.pk]), Order("test", town.now, "à la demande du client"))
    town.now += timedelta(minutes=5)
    call_batch(now=town.now, limit=10)
    found = OutgoingCall.objects.get()
    assert (found.status, found.settled_at, hook.accepted()) == ("revoked", town.now, [])
