"""Rapprocher: what CRMs still have of the leads that they took, and what is done about what they lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from agents.reconcile import Reconciled, ReconcileError, reconcile, take_back
from agents.sending import send_batch
from communications.models import Notification
from crm.models import Connection, Export, Lead
from crm.sealing import seal
from tests.cards import HubSpotPlace, place
from tests.make import NOW, make_connection, make_contact, make_export, make_lead, make_site

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def crm(settings: Any) -> Iterator[Any]:
    with place("hubspot", settings) as found:
        yield found


@pytest.fixture
def connection(crm: HubSpotPlace) -> Connection:
    """A connection to HubSpot that has taken three leads."""
    made = make_connection(connector="hubspot", secret=seal(crm.secret))
    site = make_site(organization=made.organization)
    for number in range(3):
        contact = make_contact(site=site, email=f"p{number}@exemple.fr", phone=None)
        make_export(connection=made, lead=make_lead(contact=contact, quality="CHAUD", score=80, status="a_exporter"))
    assert send_batch(now=NOW) == 3
    return made


def lose(crm: HubSpotPlace, count: int = 1) -> None:
    for id_ in list(crm.fake.store["contacts"])[:count]:
        del crm.fake.store["contacts"][id_]


def test_what_is_there_is_noted_with_the_crm_s_own_word(crm: HubSpotPlace, connection: Connection) -> None:
    next(iter(crm.fake.store["contacts"].values()))["properties"]["hs_lead_status"] = "CONNECTED"
    assert reconcile([connection.pk], "léa", LATER) == Reconciled(3, 0, 0)
    assert sorted(Export.objects.values_list("found", flat=True)) == ["CONNECTED", "NEW", "NEW"]
    assert set(Export.objects.values_list("checked_at", flat=True)) == {LATER}
    entry = AuditEntry.objects.get(action="export.rapprocher")
    assert (entry.actor, entry.target_id, entry.organization_id) == ("léa", connection.pk, connection.organization_id)
    assert entry.details == {"verifies": 3, "absents": 0, "inconnus": 0}
    assert not Notification.objects.exists()


def test_what_the_crm_has_lost_is_said(crm: HubSpotPlace, connection: Connection) -> None:
    lose(crm, 2)
    assert reconcile([connection.pk], "léa", LATER) == Reconciled(3, 2, 0)
    assert Export.objects.filter(found="absent").count() == 2
    assert "2 leads" in Notification.objects.get().title
    assert set(Export.objects.values_list("status", flat=True)) == {"exporte"}


def test_what_was_lost_is_decided_about_and_exported_again(crm: HubSpotPlace, connection: Connection) -> None:
    lose(crm, 2)
    reconcile([connection.pk], "léa", LATER)
    lost = list(Export.objects.filter(found="absent"))
    Lead.objects.filter(pk=lost[0].lead_id).update(status="ecarte")
    Lead.objects.filter(pk=lost[1].lead_id).update(score=40)
    assert take_back([connection.pk], "léa", LATER) == 2
    assert take_back([connection.pk], "léa", LATER) == 0
    assert Lead.objects.get(pk=lost[0].lead_id).status == "ecarte"
    back = Lead.objects.get(pk=lost[1].lead_id)
    assert (back.status, back.exported_at) == ("a_suivre", None)
    assert Export.objects.filter(status="retire", error__contains="absent").count() == 2
    make_export(connection=connection, lead=back, due_at=LATER)  # the exporter has decided
    assert send_batch(now=LATER) == 1
    assert len(crm.people()) == 2
    assert AuditEntry.objects.get(action="export.reprendre").details == {"leads": 2}


def test_those_that_were_not_asked_about_for_longest_come_first(crm: HubSpotPlace, connection: Connection) -> None:
    first, second, third = Export.objects.order_by("pk")
    Export.objects.filter(pk=first.pk).update(checked_at=NOW)
    Export.objects.filter(pk=second.pk).update(checked_at=NOW - timedelta(days=1))
    Export.objects.filter(pk=third.pk).update(checked_at=NOW - timedelta(days=2))
    assert reconcile([connection.pk], "léa", LATER, most=1).checked == 1
    assert [e.pk for e in Export.objects.filter(checked_at=LATER)] == [third.pk]


def test_one_that_was_never_asked_about_is_first_of_all(crm: HubSpotPlace, connection: Connection) -> None:
    Export.objects.update(checked_at=NOW - timedelta(days=9))
    new = Export.objects.latest("pk")
    Export.objects.filter(pk=new.pk).update(checked_at=None)
    reconcile([connection.pk], "léa", LATER, most=1)
    assert [e.pk for e in Export.objects.filter(checked_at=LATER)] == [new.pk]


@pytest.mark.parametrize("fault", ["500", "429", "drop", "refuse:403:NO"])
def test_a_crm_that_does_not_answer_changes_nothing_and_is_named(
    crm: HubSpotPlace, connection: Connection, fault: str
) -> None:
    crm.fake.weather = lambda call: fault
    with pytest.raises(ReconcileError):
        reconcile([connection.pk], "léa", LATER)
    assert set(Export.objects.values_list("found", "checked_at")) == {("", None)}


@pytest.mark.parametrize(
    ("connector", "word"), [("webhook", "clé"), ("fichier", "ne dit pas"), ("disparu", "n'existe plus")]
)
def test_a_connection_that_cannot_be_asked_says_so(connector: str, word: str) -> None:
    with pytest.raises(ReconcileError, match=word):
        reconcile([make_connection(connector=connector).pk], "léa", LATER)


def test_the_command_reconciles_an_organization(crm: HubSpotPlace, connection: Connection, capsys: Any) -> None:
    lose(crm)
    call_command("exports", "reconcile", connection.organization.slug)
    assert "3 vérifiés, 1 absents, 0 sans réponse" in capsys.readouterr().out
    crm.fake.weather = lambda call: "500"
    with pytest.raises(CommandError, match="HTTP 500"):
        call_command("exports", "reconcile", connection.organization.slug)
    with pytest.raises(CommandError, match="Aucune organisation"):
        call_command("exports", "reconcile", "personne")


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbfExport"), ("xlsx", b"PK")])
def test_the_command_writes_the_file(
    crm: HubSpotPlace, connection: Connection, tmp_path: Any, kind: str, begins: bytes
) -> None:
    other = make_export(status="exporte", exported_at=NOW)
    file = tmp_path / "leads"
    call_command("exports", "download", connection.organization.slug, "--format", kind, "--out", str(file))
    content = file.read_bytes()
    assert content.startswith(begins)
    if kind == "csv":
        assert content.count(b"@exemple.fr") == 3
        assert other.contact.email.encode() not in content
    assert AuditEntry.objects.get(action="export.telecharger").details == {"format": kind}
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        call_command("exports", "download", connection.organization.slug, "--out", str(tmp_path))
