"""A replay of what a site lived through says what really happened; of another definition, what would have."""

import io
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from communications.models import Message
from communications.suppress import suppress
from crm.models import Contact, Event
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_event, make_execution, make_site, make_workflow
from workflows import replay as module
from workflows.definition import parse
from workflows.models import Execution, Workflow
from workflows.program import Outcome
from workflows.replay import Tally, replay

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SMS = {"id": "sms", "send": "sms", "template": "urgence_accuse"}
pytestmark = pytest.mark.django_db


def written(*steps: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"trigger": {"event": "demande"}, "steps": list(steps), **parts}


def played(definition: dict[str, Any], *events: tuple[Any, ...], now: datetime = NOW, **limits: Any) -> Tally:
    """Replay events (contact, how long before `now`, name, data) into a definition of their site."""
    site = events[0][0].site
    for contact, ago, name, *data in events:
        make_event(
            contact=contact, name=name, data=data[0] if data else {}, occurred_at=now - ago, received_at=now - ago
        )
    workflow = Workflow.objects.filter(site=site).first() or make_workflow(definition, site=site)
    return replay(workflow, parse(definition), limits.pop("days", 7), now, **limits)


def live(town: Town, until: datetime) -> None:
    """Let the real engine do each thing at its instant, up to another."""
    due = Execution.objects.filter(ended_at=None, due_at__lt=until).order_by("due_at").values_list("due_at", flat=True)
    while (instant := due.first()) is not None:
        town.now = max(town.now, instant)
        town.drain()
    town.now = until


def story(town: Town) -> list[Contact]:
    """Two days of a plumber: calls, ends, reviews, an opt-out; the engine runs at each event and in between."""
    town.deploy("plombier")
    contacts = [town.contact, *(make_contact(site=town.site, name=f"Client {n}") for n in range(5))]
    plan = sorted(
        (minutes, n, name, data)
        for n, contact in enumerate(contacts)
        for minutes, name, data in [
            (7 * n, "appel_urgence", {"appel_id": f"A{n}"}),
            (7 * n + 11 * (n + 1), "intervention_terminee", {"appel_id": f"A{n}"}),
            *([(7 * n + 90, "avis_client", {"appel_id": f"A{n}", "note": n})] if n % 2 else []),
            *([(7 * n + 10, "appel_urgence", {"appel_id": f"A{n}"})] if n % 3 == 0 else []),
            *([(200 + n, "appel_urgence", {"appel_id": f"B{n}"})] if n == 2 else []),
            *([(95, "desinscription", {})] if n == 4 else []),
        ]
    )  # fmt: skip
    for minutes, n, name, data in plan:
        live(town, NOW + timedelta(minutes=minutes))
        make_event(contact=contacts[n], name=name, data=data, occurred_at=town.now, received_at=town.now)
        town.drain()
    live(town, NOW + 2 * DAY)
    town.drain()
    return contacts


def test_the_published_version_replayed_is_what_really_happened(town: Town) -> None:
    story(town)
    workflow = Workflow.objects.get(site=town.site, slug="urgence-24h")
    executions = Execution.objects.filter(workflow=workflow)
    found = replay(workflow, parse(workflow.version.document), 7, town.now)
    assert found.started == executions.count() == 7
    real = Counter(executions.values_list("status", flat=True))
    assert {str(outcome): n for outcome, n in found.outcomes.items()} == {
        status: n for status, n in real.items() if status != "en_cours"
    }  # fmt: skip
    assert found.running == real["en_cours"]
    messages = Message.objects.filter(workflow_id=workflow.pk)
    assert sorted((m.at, m.contact_id, m.channel, m.template) for m in found.listed) == sorted(
        messages.values_list("created_at", "contact_id", "channel", "template")
    )
    assert messages.count() > 10


def test_a_batch_at_a_time_is_the_same(town: Town, monkeypatch: Any) -> None:
    story(town)
    workflow = Workflow.objects.get(site=town.site, slug="urgence-24h")
    definition = parse(workflow.version.document)
    whole = replay(workflow, definition, 7, town.now)
    monkeypatch.setattr(module, "BATCH", 2)
    assert replay(workflow, definition, 7, town.now) == whole


def test_only_the_days_asked_for_of_this_site_count():
    contact, stranger = make_contact(), make_contact()
    events = [(contact, 8 * DAY, "demande"), (contact, 6 * DAY, "demande"), (contact, DAY, "autre")]
    make_event(contact=stranger, name="demande", received_at=NOW - DAY)
    assert played(written(SMS), *events).started == 1
    assert replay(Workflow.objects.get(), parse(written(SMS)), 30, NOW).started == 2


def test_triggers_have_their_condition_and_an_event_for_another_workflow_is_not_ours():
    contact = make_contact()
    definition = written(SMS) | {"trigger": {"event": "demande", "where": "event.note >= 4"}}
    found = played(definition, (contact, 3 * DAY, "demande", {"note": 5}), (contact, 2 * DAY, "demande", {"note": 1}))
    assert found.started == 1
    workflow = Workflow.objects.get()
    Event.objects.update(workflow_id=workflow.pk + 1)
    assert replay(workflow, parse(definition), 7, NOW).started == 0
    Event.objects.update(workflow_id=workflow.pk, name="autre")
    assert replay(workflow, parse(definition), 7, NOW).started == 2


@pytest.mark.parametrize(
    ("entry", "refused", "started"),
    [
        ({}, {"deja_en_cours": 1}, 2),
        ({"reentry": "never"}, {"deja_en_cours": 1, "une_seule_fois": 1}, 1),
        ({"reentry": "3d"}, {"deja_en_cours": 1, "trop_tot": 1}, 1),
        ({"key": "devis_id"}, {}, 3),
    ],
)
def test_entry_rules_hold(entry: dict[str, Any], refused: dict[str, int], started: int) -> None:
    contact = make_contact()
    found = played(
        written({"id": "p", "wait": "2h"}, SMS, entry=entry),
        (contact, 3 * DAY, "demande", {"devis_id": "1"}), (contact, 3 * DAY - HOUR, "demande", {"devis_id": "2"}),
        (contact, 2 * DAY, "demande", {"devis_id": "3"}),
    )  # fmt: skip
    assert (dict(found.refused), found.started) == (refused, started)


def test_a_run_before_the_first_day_counts_for_re_entry():
    contact = make_contact()
    definition = written(SMS, entry={"reentry": "30d"})
    workflow = make_workflow(definition, site=contact.site)
    make_execution(
        workflow=workflow, contact=contact, started_at=NOW - 20 * DAY, status="terminee", due_at=None, at="sms"
    )
    assert played(definition, (contact, DAY, "demande")).refused == {"trop_tot": 1}


def test_the_daily_cap_is_of_the_sites_day_over_all_contacts():
    site = make_site()
    contacts = [make_contact(site=site) for _ in range(3)]
    evening = timedelta(hours=11, minutes=30)  # 23:30 in Paris the day before NOW
    events = [(contact, evening - n * 20 * MINUTE, "demande") for n, contact in enumerate(contacts)]
    found = played(written(SMS, entry={"per_day": 1}), *events)
    assert (found.started, found.refused) == (2, {"plafond_du_jour": 1})
    assert sorted(day.day for day, _, _ in found.sent) == [9, 10]


def test_who_may_not_be_written_to_is_counted_by_reason():
    site = make_site()
    out = make_contact(site=site, opted_out_at=NOW - 3 * DAY)
    closed, silent = make_contact(site=site), make_contact(site=site, phone=None)
    open_by_sms = make_contact(site=site, phone="+33698765432")
    suppress(site.organization_id, "sms", closed.phone, "unreachable", NOW)
    suppress(site.organization_id, "whatsapp", open_by_sms.phone, "complaint", NOW)
    suppress(make_site().organization_id, "sms", open_by_sms.phone, "unreachable", NOW)
    found = played(written(SMS), *((contact, DAY, "demande") for contact in (out, closed, silent, open_by_sms)))
    assert found.kept_back == {"desinscrit": 1, "adresse_bloquee": 1, "sans_adresse": 1}
    assert found.sent.total() == 1
    assert [message.contact_id for message in found.listed if not message.refused] == [open_by_sms.pk]
    chat = played(written({"id": "chat", "send": "whatsapp", "template": "a"}), (open_by_sms, HOUR, "autre"))
    assert chat.kept_back == {"desinscrit": 1, "adresse_bloquee": 1, "sans_adresse": 1}


def test_what_is_still_to_come_is_not_counted():
    found = played(written({"id": "p", "wait": "2d"}, SMS), (make_contact(), DAY, "demande"))
    assert (found.running, found.sent, found.outcomes) == (1, {}, {})


def test_a_limit_says_that_it_cut():
    contact = make_contact()
    events = [(contact, n * HOUR, "demande") for n in (5, 4, 3)]
    found = played(written(SMS), *events, limit=2)
    assert (found.started, found.is_cut, found.until) == (2, True, NOW - 4 * HOUR)
    assert replay(Workflow.objects.get(), parse(written(SMS)), 7, NOW, limit=3).is_cut is False


def test_another_definition_says_what_it_would_have_done():
    contact = make_contact()
    goal = {"event": "achat", "within": "1d"}
    found = played(written(SMS, goal=goal), (contact, 3 * DAY, "demande"), (contact, 3 * DAY - HOUR, "achat"))
    assert (found.outcomes, found.conversion) == ({Outcome.CONVERTED: 1}, 1.0)


# --- the command and the API -------------------------------------------------------------------------------


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("replay", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def lately(town: Town) -> Town:
    """A site that was called yesterday, by the real clock."""
    town.deploy("plombier")
    town.site.slug = "atelier"
    town.site.save()
    yesterday = datetime.now(tz=NOW.tzinfo) - DAY
    make_event(contact=town.contact, data={"appel_id": "A1"}, occurred_at=yesterday, received_at=yesterday)
    return town


@pytest.mark.usefixtures("lately")
def test_the_command_tells_totals_people_and_cost_and_writes_nothing():
    said = run("atelier/urgence-24h")
    assert "« Urgence 24h/24 » rejoué du" in said
    assert "SMS « plombier/urgence_accuse »" in said
    assert "Jean Dupont [" in said
    found = json.loads(run("atelier/urgence-24h", "--days", "30", "--json"))
    assert (found["demarrees"], found["coupe"]) == (1, False)
    assert found["par_jour"][0]["segments"] >= 1
    assert found["euros"] > 0
    assert not Execution.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.usefixtures("lately")
def test_the_draft_is_replayed_when_it_is_asked_for():
    with pytest.raises(CommandError, match="brouillon"):
        run("atelier/urgence-24h", "--draft")
    Workflow.objects.filter(slug="urgence-24h").update(
        draft="trigger: {event: appel_urgence}\nsteps: [{id: a, send: sms, template: rien}]"
    )
    said = run("atelier/urgence-24h", "--draft")
    assert "Attention : Le modèle « plombier/rien » (sms) n'existe pas." in said


def test_what_has_no_events_is_refused():
    with pytest.raises(CommandError) as caught:
        run("atelier")
    assert caught.value.returncode == 2
