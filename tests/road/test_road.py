"""From a site's event to the provider, on the real processes, while they are killed."""

import signal
import time
from collections import Counter
from typing import Any

import pytest

from tests.road.conftest import System

pytestmark = pytest.mark.road

# Waits of seconds, so that a whole workflow is lived through in real time.
QUICK = """
from django.utils import timezone
from accounts.models import Site
from workflows.models import Workflow
from workflows.deploy import publish
site = Site.objects.get(slug='site-123')
workflow, _ = Workflow.objects.get_or_create(
    site=site, slug='rapide', defaults={'organization': site.organization, 'name': 'Rapide', 'sector': 'plombier'})
publish(workflow, {
    'trigger': {'event': 'essai'}, 'entry': {'key': 'essai_id'},
    'steps': [
        {'id': 'un', 'send': 'sms', 'template': 'urgence_accuse'},
        {'id': 'pause', 'wait': '3s'},
        {'id': 'deux', 'send': 'sms', 'template': 'urgence_en_route'},
        {'id': 'fini', 'wait_for': {'event': 'essai_fini', 'timeout': '1h'},
         'then': [{'id': 'trois', 'send': 'sms', 'template': 'urgence_terminee'}]},
    ]})
"""

# What an event of each sector starts, and which message leaves at once.
SECTORS: list[tuple[str, dict[str, Any], str, str]] = [
    ("appel_urgence", {"appel_id": "1"}, "plombier/urgence_accuse", "sms"),
    ("demande_devis", {"devis_id": "1", "urgence": "haute"}, "artisan/devis_accuse", "sms"),
    ("debut_travaux", {"chantier_id": "1"}, "artisan/chantier_debut", "sms"),
    ("demande_consultation", {"dossier_id": "1", "urgence": "haute"}, "avocat/consultation_accuse", "email"),
    ("telechargement_ressource", {"ressource": "Guide"}, "coach/bienvenue", "email"),
]


def person(n: int) -> dict[str, str]:
    return {"nom": f"Personne {n}", "email": f"personne{n}@exemple.fr", "telephone": f"+336{n:08}"}


def test_a_real_run_takes_seconds_and_a_second_start_keeps_everything(system: System) -> None:
    system.deploy("plombier")
    system.manage(QUICK)
    begun = time.monotonic()
    system.report("essai", person(1), "e1", essai_id="1")
    system.wait(lambda: len(system.twilio.accepted()) == 1, 10)
    first = time.monotonic() - begun
    system.report("essai", person(1), "e1", essai_id="1")
    system.wait(lambda: len(system.twilio.accepted()) == 2, 10)
    second = time.monotonic() - begun
    assert first < 2 < 3 < second < 8
    assert system.stop(signal.SIGINT) == 0
    assert system.processes() == []
    system.start()
    system.report("essai_fini", person(1), "e2")
    system.wait(lambda: len(system.twilio.accepted()) == 3, 10)
    assert {m["to"] for m in system.twilio.accepted()} == {"+33600000001"}
    assert system.rows("SELECT status FROM executions_workflow") == [("terminee",)]


def test_200_events_three_kills_and_a_flush_and_every_message_once(system: System) -> None:
    for sector in ("plombier", "artisan", "avocat", "coach"):
        system.deploy(sector)
    system.manage(QUICK)
    system.resend.faults.extend(["accept_then_drop", "slow:0.05", "500", "slow:0.05"] * 5)
    system.twilio.faults.extend(["slow:0.05", "accept_then_drop", "slow:0.05", "429"] * 5)
    fate = {50: "delivery", 90: "engine", 120: "redis", 140: "delivery"}
    killed = 0
    for n in range(160):
        name, data, _template, _channel = SECTORS[n % len(SECTORS)]
        system.report(name, person(n), f"event-{n}", **data)
        if n % 10 == 0:
            system.report(name, person(n), f"event-{n}", **data)  # a repeat
        match fate.get(n):
            case "redis":
                system.flush_redis()
            case str(queue):
                system.wait(lambda queue=queue: system.kill(queue) > 0)  # it may not be back from the last time
                killed += 1
    for n in range(160, 200):
        system.report("essai", person(n), f"event-{n}", essai_id=str(n))
    assert killed == 3

    def settled() -> bool:
        open_messages = system.rows("SELECT count(*) FROM messages WHERE status IN ('queued', 'sending', 'unknown')")
        moved = system.rows("SELECT count(*) FROM executions_workflow WHERE status = 'en_cours'")
        second = system.rows("SELECT count(*) FROM messages WHERE step = 'deux'")
        return (open_messages, moved, second) == ([(0,)], [(200,)], [(40,)])

    system.wait(settled)

    expected: Counter[tuple[str, str]] = Counter()
    for n in range(160):
        _name, _data, template, channel = SECTORS[n % len(SECTORS)]
        expected[template, person(n)["telephone" if channel == "sms" else "email"]] += 1
    for n in range(160, 200):
        expected["plombier/urgence_accuse", person(n)["telephone"]] += 1
        expected["plombier/urgence_en_route", person(n)["telephone"]] += 1
    assert Counter(system.rows("SELECT template, \"to\" FROM messages WHERE status = 'sent'")) == expected
    assert handed_over(system) == Counter(to for (_template, to), n in expected.items() for _ in range(n))

    where = Counter(row for row in system.rows(
        "SELECT w.slug, e.at FROM executions_workflow e JOIN workflows_automatises w ON w.id = e.workflow_id"
    ))  # fmt: skip
    assert where == {
        ("urgence-24h", "deja_fini"): 32, ("devis-urgent", "quart_heure"): 32, ("suivi-chantier", "etape_1"): 32,
        ("consultation-urgente", "deux_heures"): 32, ("nurturing-prospect", "deux_jours"): 32, ("rapide", "fini"): 40,
    }  # fmt: skip
    # Beside them, each contact was classified as a lead, and in working hours some were exported.
    theirs = "SELECT count(*) FROM evenements WHERE name NOT IN ('lead_classe', 'lead_exporte', 'lead_etape')"
    assert system.rows(theirs) == [(200,)]
    assert system.rows(
        "SELECT count(*) FROM (SELECT 1 FROM etapes_execution GROUP BY execution_id, step HAVING count(*) > 1) d"
    ) == [(0,)]


def handed_over(system: System) -> Counter[str]:
    sms = Counter(m["to"] for m in system.twilio.accepted())
    emails = Counter(m["to"][0] for m in system.resend.accepted())
    return sms + emails
