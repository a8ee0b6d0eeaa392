"""GET /api/events/<id>: what an event did, and why the rest did not start."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Event
from tests.make import NOW, make_contact, make_event, make_workflow
from workflows import control
from workflows.models import Execution
from workflows.route import route_batch
from workflows.scope import Scope

STEPS = [{"id": "reponse", "wait_for": {"event": "reponse_recue", "timeout": "1h"}}]


@pytest.fixture
def contact(api):
    return make_contact(site=api.site)


def workflow(api, slug="devis", event="demande", **changes):
    return make_workflow({"trigger": {"event": event}, "steps": STEPS} | changes, site=api.site, slug=slug)


def told(api, contact, name="demande", now=NOW, **changes):
    event = make_event(contact=contact, name=name, **changes)
    route_batch(now=now, limit=100)
    return api.get(f"/api/events/{event.pk}").json()


def refusals(answer):
    return [(refusal["workflow"], refusal["code"]) for refusal in answer["refus"]]


def test_what_it_started_and_who_heard_it(api, contact):
    workflow(api)
    first = told(api, contact)
    (execution,) = Execution.objects.all()
    expected = [{"id": str(execution.pk), "workflow": "devis", "statut": "en_attente"}]
    assert (first["executions"], first["entendu_par"], first["refus"]) == (expected, [], [])
    assert first["explication"] == f"Il a démarré : devis (n° {execution.pk})."
    second = told(api, contact, "reponse_recue")
    assert (second["executions"], second["entendu_par"]) == ([], expected)
    assert second["explication"].startswith(f"Il a été entendu par : devis (n° {execution.pk}).")


def test_before_it_is_routed_and_when_it_could_not_be(api, contact):
    event = make_event(contact=contact)
    assert api.get(f"/api/events/{event.pk}").json()["explication"] == "Le moteur ne l'a pas encore vu."
    Event.objects.update(error="ValueError: x", routed_at=NOW)
    assert "ValueError: x" in api.get(f"/api/events/{event.pk}").json()["explication"]


def test_nothing_waits_for_it(api, contact):
    workflow(api)
    answer = told(api, contact, "autre_chose")
    assert (answer["refus"], answer["explication"]) == ([], "Aucun déclencheur du site n'attend cet événement.")


def test_the_condition_does_not_hold(api, contact):
    trigger = [{"event": "demande", "where": "event.urgence == 'x'"}, {"event": "demande", "where": "event.n > 1"}]
    workflow(api, trigger=trigger)
    workflow(api, slug="autre")
    answer = told(api, contact)
    assert refusals(answer) == [("devis", "condition")]
    assert [execution["workflow"] for execution in answer["executions"]] == ["autre"]
    assert told(api, contact, data={"n": 2})["refus"] == [
        {"workflow": "autre", "code": "deja_en_cours",
         "texte": "il est déjà en cours pour ce contact (avec la même clé d'entrée)"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({}, "deja_en_cours"), ({"reentry": "never"}, "une_seule_fois"), ({"reentry": "2h"}, "trop_tot"),
        ({"per_day": 1}, "plafond_du_jour"),
    ],
)  # fmt: skip
def test_an_entry_rule_refused_it(api, contact, entry, code):
    workflow(api, entry=entry)
    told(api, contact)
    if entry:
        Execution.objects.update(status="terminee", due_at=None, ended_at=NOW)
    answer = told(api, contact, now=NOW + timedelta(minutes=10))
    assert refusals(answer) == [("devis", code)]
    assert answer["explication"].startswith("« devis » n'a pas démarré : ")


def test_a_workflow_that_is_stopped_or_paused(api, contact):
    stopped, paused = workflow(api), workflow(api, slug="lent", event="lente")
    control.stop(Scope.of(stopped), control.Order("test", NOW))
    control.pause(Scope.of(paused), control.Order("test", NOW))
    assert refusals(told(api, contact)) == [("devis", "workflow_arrete")]
    asked = told(api, contact, "inscription", workflow_id=stopped.pk)
    assert refusals(asked) == [("devis", "workflow_arrete")]
    held = told(api, contact, "lente")
    assert len(held["executions"]) == 1
    assert "En pause, rien n'y avance : lent" in held["explication"]


def test_opting_out_starts_nothing(api, contact):
    workflow(api, event="desinscription")
    assert refusals(told(api, contact, "desinscription")) == [("devis", "desinscription")]


def test_routing_asks_no_more_of_the_database_with_refusals_than_with_none(api):
    def queries(data):
        for _n in range(5):
            make_event(contact=make_contact(site=api.site), name="demande", data=data)
        with CaptureQueriesContext(connection) as found:
            assert route_batch(now=NOW, limit=100).events == 5
        return len([q for q in found if q["sql"].split()[0] in ("SELECT", "UPDATE", "INSERT")])

    workflow(api, trigger={"event": "demande", "where": "event.n == 1"})
    queries({"n": 1})
    assert queries({"n": 2}) <= queries({"n": 1})
