"""What people decide about exports: within the same limits, audited, and unsuitable leads stay."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database

from accounts.models import AuditEntry
from agents.approvals import approve, reject, retry
from agents.export_now import export_now, release
from crm.export import FOR_A_PERSON, Chosen, record_exports
from crm.models import Connection, Export, Lead
from crm.places import taken
from tests.make import NOW, make_connection, make_contact, make_export, make_ready_lead, make_site

pytestmark = pytest.mark.django_db

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def crm() -> Connection:
    return make_connection(needs_approval=True, daily_limit=3)


@pytest.fixture
def ready(crm: Connection) -> Callable[..., Lead]:
    """Make leads of the connection's organization that may be exported."""
    site = make_site(organization=crm.organization)
    return lambda **changes: make_ready_lead(contact=make_contact(site=site), **changes)


def propose(crm: Connection, *leads: Lead) -> list[int]:
    return list(record_exports(crm.pk, [Chosen(lead.pk, "x") for lead in leads], 7, NOW).exports.values())


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_what_is_approved_leaves_and_says_who_let_it(crm: Connection, ready: Callable[..., Lead]) -> None:
    lead, other = ready(), ready()
    one, _two = propose(crm, lead, other)
    assert approve([one], "Zoé", TOMORROW.replace(hour=1) - timedelta(hours=5)).done == [one]
    export = Export.objects.get(pk=one)
    assert (export.status, export.decided_by, export.due_at is None) == ("en_file", "Zoé", False)
    assert (fresh(lead).status, fresh(other).status) == ("exporte", "a_exporter")
    assert taken(crm, NOW) == 2
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_id) == ("export.approuver", "Zoé", one)
    assert entry.organization_id == crm.organization_id
    assert approve([one], "Zoé", NOW).done == []
    assert AuditEntry.objects.count() == 1


def test_a_late_approval_takes_a_place_of_its_own_day(crm: Connection, ready: Callable[..., Lead]) -> None:
    old = propose(crm, ready(), ready(), ready())
    Connection.objects.update(needs_approval=False)
    record_exports(crm.pk, [Chosen(ready().pk, "x"), Chosen(ready().pk, "x")], 7, TOMORROW)
    outcome = approve(old, "Zoé", TOMORROW)
    assert outcome.done == old[:1]
    assert outcome.refused == dict.fromkeys(old[1:], "Limite du jour atteinte")
    assert taken(crm, TOMORROW) == 3
    assert Export.objects.filter(day=TOMORROW.date()).count() == 3
    assert Export.objects.filter(status="a_approuver").count() == 2


def test_what_became_unsuitable_is_not_let_go(crm: Connection, ready: Callable[..., Lead]) -> None:
    lead, other = ready(), ready()
    ids = propose(crm, lead, other)
    lead.contact.opted_out_at = NOW
    lead.contact.save()
    outcome = approve(ids, "Zoé", NOW)
    assert outcome.done == ids[1:]
    assert outcome.refused == {ids[0]: "Contact désinscrit"}
    Connection.objects.update(is_active=False)
    assert approve(ids, "Zoé", NOW).refused == {ids[0]: "La connexion n'est plus active"}


def test_a_refusal_gives_the_place_back_and_keeps_the_lead_for_a_person(
    crm: Connection, ready: Callable[..., Lead]
) -> None:
    lead = ready()
    (export_id,) = propose(crm, lead)
    assert reject([export_id], "déjà client", "Zoé", NOW) == 1
    export = Export.objects.get()
    assert (export.status, export.decided_by, export.error) == ("refuse", "Zoé", "Refusé par Zoé : déjà client")
    assert taken(crm, NOW) == 0
    kept = fresh(lead)
    assert (kept.status, kept.export_after, kept.delay_reason) == (
        "a_exporter", FOR_A_PERSON, "Refusé par Zoé : déjà client",
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("export.refuser", "déjà client")
    assert reject([export_id], "", "Zoé", NOW) == 0
    assert release([lead.pk], "Zoé", NOW) == 1
    assert fresh(lead).export_after is None
    assert release([lead.pk], "Zoé", NOW) == 0
    assert propose(crm, lead)


def test_only_what_is_proposed_is_approved_or_refused(crm: Connection, ready: Callable[..., Lead]) -> None:
    exports = [
        make_export(lead=ready(), connection=crm, status=s) for s in ("en_file", "en_cours", "exporte", "echoue")
    ]
    ids = [export.pk for export in exports]
    assert approve(ids, "Zoé", NOW).done == []
    assert reject(ids, "", "Zoé", NOW) == 0
    assert [Export.objects.get(pk=pk).status for pk in ids] == ["en_file", "en_cours", "exporte", "echoue"]


def test_a_failed_export_is_tried_again_on_a_place_of_the_day(crm: Connection, ready: Callable[..., Lead]) -> None:
    lead = ready()
    record_exports(crm.pk, [Chosen(lead.pk, "x")], 7, NOW, actor="Zoé")
    Export.objects.update(status="echoue", due_at=None, attempts=6, error="HTTP 400")
    (export,) = Export.objects.all()
    assert retry([export.pk], "Max", NOW).done == [export.pk]
    assert taken(crm, NOW) == 1
    export.refresh_from_db()
    assert (export.status, export.attempts, export.error, export.due_at) == ("en_file", 0, "", NOW)
    Export.objects.update(status="echoue")
    assert retry([export.pk], "Max", TOMORROW).done == [export.pk]
    assert (taken(crm, NOW), taken(crm, TOMORROW)) == (1, 1)
    Export.objects.update(status="echoue")
    newer = make_export(lead=lead, connection=crm, status="en_file")
    assert retry([export.pk], "Max", TOMORROW).refused == {export.pk: "Déjà exporté depuis"}
    newer.delete()
    twin = make_export(lead=lead, connection=crm, status="echoue", due_at=None)
    outcome = retry([export.pk, twin.pk], "Max", TOMORROW)
    assert outcome.done == [export.pk]
    assert outcome.refused == {twin.pk: "Déjà exporté depuis"}


# --- by hand ---


def test_a_person_exports_at_once_whatever_the_hour_and_without_approval(
    crm: Connection, ready: Callable[..., Lead]
) -> None:
    night = NOW.replace(hour=2)
    lead = ready(export_after=FOR_A_PERSON, delay_reason="À vérifier")
    assert export_now([lead.pk], "Zoé", night).done == [lead.pk]
    export = Export.objects.get()
    assert (export.status, export.decided_by, export.reason) == ("en_file", "Zoé", "Demandé par Zoé")
    assert export.run_id is None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.actor) == ("lead.exporter", lead.pk, "Zoé")


def test_a_person_is_held_to_the_same_guardrails_and_hears_why(crm: Connection, ready: Callable[..., Lead]) -> None:
    out = make_ready_lead(contact=make_contact(site=make_site(organization=crm.organization), opted_out_at=NOW))
    low, new, aside = ready(score=10), ready(status="nouveau", quality="", score=None), ready(status="ecarte")
    cold, wanting = ready(quality="FROID", score=60), ready(quality="FROID", score=55, interests=["chatbot"])
    best, good, alone = ready(score=95), ready(score=90), make_ready_lead()
    ids = [lead.pk for lead in (out, low, new, aside, cold, wanting, good, best, alone)]
    Connection.objects.update(daily_limit=2)
    outcome = export_now(ids, "Zoé", NOW)
    assert set(Export.objects.values_list("lead_id", flat=True)) == {best.pk, good.pk}
    assert outcome.refused == {
        out.pk: "Contact désinscrit", low.pk: "Score de 10 sur 100, sous le minimum de 30",
        new.pk: "Pas encore classé", aside.pk: "Écarté par une personne",
        cold.pk: "Sans intérêt précis : à suivre plutôt qu'à exporter", wanting.pk: "Limite du jour atteinte",
        alone.pk: "Aucune connexion CRM active",
    }  # fmt: skip
    assert export_now([best.pk], "Zoé", NOW).refused == {best.pk: "Déjà exporté"}
    export_now([wanting.pk], "Zoé", TOMORROW)
    assert Export.objects.get(lead=wanting).reason == "Demandé par Zoé, intérêt : chatbot"


@pytest.mark.django_db(transaction=True)
def test_people_and_exporters_at_once_stay_within_the_limit(crm: Connection, ready: Callable[..., Lead]) -> None:
    leads = [ready() for _n in range(12)]
    old = propose(crm, *leads[:3])
    at_once = Barrier(8)

    def work(n: int) -> Any:
        try:
            at_once.wait()
            if n % 4 == 0:
                return export_now([lead.pk for lead in leads[3:]], "Zoé", TOMORROW)
            if n % 4 == 1:
                return approve(old, "Max", TOMORROW)
            if n % 4 == 2:
                return reject(old[:1], "", "Léa", TOMORROW)
            return record_exports(crm.pk, [Chosen(lead.pk, "x") for lead in leads], 7, TOMORROW)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    live = Export.objects.exclude(status__in=["refuse", "retire"])
    assert live.filter(day=TOMORROW.date()).count() == taken(crm, TOMORROW) <= 3
    assert live.filter(day=NOW.date()).count() <= taken(crm, NOW) <= 3
