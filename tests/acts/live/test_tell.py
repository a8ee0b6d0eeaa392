"""What publishers put into the stream, and when they do not."""

import json
import time
from typing import Any

import pytest
from django.db import transaction

from berinia import live
from berinia.live.progress import Moved, moved
from berinia.live.tell import STREAM, WATCHED
from communications.notify import Alert, notify
from crm.ingest import Report, ingest
from crm.models.metric import Counted, count, hour_of
from tests.make import NOW, make_contact, make_execution, make_organization, make_site
from workflows.execute import execute_batch


def _look(store: Any, *names: str) -> None:
    store.zadd(WATCHED, dict.fromkeys(names, time.time() + 60))


def _told(store: Any, kind: str) -> list[dict[str, Any]]:
    return [json.loads(entry["payload"]) for _id, entry in store.xrange(STREAM) if entry["type"] == kind]


@pytest.mark.django_db(transaction=True)
def test_where_nobody_looks_nothing_is_told(looking):
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    _look(looking, "o:8")
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    assert looking.xlen(STREAM) == 0
    live.publish(8, live.Kind.LEAD_UPDATE, {"leadId": "2"})
    assert _told(looking, "LEAD_UPDATE") == [{"leadId": "2"}]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told(looking):
    _look(looking, "o:*")
    with transaction.atomic():
        live.publish(7, live.Kind.LEAD_UPDATE, {})
        transaction.set_rollback(True)
    assert looking.xlen(STREAM) == 0


@pytest.mark.django_db(transaction=True)
def test_without_redis_nothing_raises_and_what_was_lost_is_owned_up_to(looking, settings, monkeypatch):
    _look(looking, "o:7")
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "1"})
    url = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "2"})
    settings.REDIS_URL = url
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "3"})  # still silent
    monkeypatch.setattr(live.tell._known.silence, "until", 0.0)
    live.publish(7, live.Kind.LEAD_UPDATE, {"leadId": "4"})
    assert [entry["type"] for _id, entry in looking.xrange(STREAM)] == ["LEAD_UPDATE", "RESYNC", "LEAD_UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_one_message_with_what_somebody_looks_at_in_it(looking):
    _look(looking, "o:7", "e:150")
    moved(Moved(7, 1 + n % 2, n, "en_cours", "pause") for n in range(200))
    (told,) = _told(looking, "EXECUTION_PROGRESS")
    assert (told["nombre"], told["workflows"]) == (200, {"1": 100, "2": 100})
    assert [e["executionId"] for e in told["executions"]] == [str(n) for n in [*range(100), 150]]


@pytest.mark.django_db(transaction=True)
def test_an_execution_that_moves_is_told_and_its_figures(looking):
    execution = make_execution(due_at=NOW)
    _look(looking, f"o:{execution.organization_id}")
    execute_batch(now=NOW, limit=10)
    (told,) = _told(looking, "EXECUTION_PROGRESS")
    (said,) = told["executions"]
    assert (said["executionId"], said["workflowId"]) == (str(execution.pk), str(execution.workflow_id))
    execution.refresh_from_db()
    assert said["statut"] == execution.status
    count({Counted(execution.organization_id, execution.site_id, 1, hour_of(NOW), "started"): 1})
    assert _told(looking, "FIGURES")


@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_told_says_who_it_is_about(looking):
    site = make_site()
    contact = make_contact(site=site, name="Zoé Petit", email="zoe@example.com")
    _look(looking, f"o:{site.organization_id}")
    title = "{{ contact.nom }} attend"
    notify([Alert(site.organization_id, "k", "error", title, contact_id=contact.pk, site_id=site.pk)], NOW)
    report = Report(name="appel_urgence", data={"probleme": "fuite"}, email="zoe@example.com", contact_name="Zoé Petit")
    (event_id,) = ingest(site, [report], now=NOW)
    assert _told(looking, "EVENT_RECEIVED") == [
        {"eventId": str(event_id), "nom": "appel_urgence", "siteId": site.slug, "nombre": 1}
    ]
    assert _told(looking, "NOTIFICATION")[0]["gravite"] == "error"
    everything = json.dumps(looking.xrange(STREAM)).lower()
    assert not [word for word in ("zoé", "petit", "zoe@", "fuite") if word in everything]


@pytest.mark.django_db(transaction=True)
def test_figures_are_told_of_once_in_a_while(looking, monkeypatch):
    monkeypatch.setattr(live.tell, "FIGURES_SECONDS", 60.0)
    organization = make_organization()
    _look(looking, f"o:{organization.pk}")
    for _n in range(5):
        live.figures_changed([organization.pk])
    assert len(_told(looking, "FIGURES")) == 1
