"""The pages of exports: each decision beside what came of it, and people's word, within their own organization."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from agents import crm_load
from agents.exporting import decide_next
from agents.models import AgentRun
from crm.export import FOR_A_PERSON, Chosen, record_exports
from crm.models import Connection, Export, Lead
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_connection, make_contact, make_export, make_organization, make_ready_lead, make_site

pytestmark = pytest.mark.django_db

MORNING = NOW - timedelta(minutes=90)  # 9:30 in Paris
LIST = "admin:crm_export_changelist"


@pytest.fixture
def crm() -> Connection:
    return make_connection(needs_approval=True, daily_limit=7, capacity=5)


def lead_of(crm: Connection, name: str, **changes: Any) -> Lead:
    site = make_site(organization=crm.organization)
    return make_ready_lead(contact=make_contact(site=site, name=name), **changes)


def page(client: Client, export: Export) -> str:
    return client.get(reverse("admin:crm_export_change", args=[export.pk])).content.decode()


def act(client: Client, name: str, *exports: Export, **answers: str) -> Any:
    given = {"ids": ",".join(str(export.pk) for export in exports), **answers}
    return client.post(reverse("admin:crm_export_act", args=[name]), given, follow=True)


def status(export: Export) -> str:
    return Export.objects.get(pk=export.pk).status


def test_the_list_shows_decisions_and_what_came_of_them(boss: Client, crm: Connection) -> None:
    lead = lead_of(crm, "Jeanne Lenoir", stage="demo")
    make_export(lead=lead, connection=crm, status="exporte", external_id="HS-77", found="customer", reason="Très chaud")
    failed = make_export(lead=lead_of(crm, "Paul Roux"), connection=crm, status="echoue", error="HTTP 400")
    text = boss.get(reverse(LIST)).content.decode()
    for words in ("Jeanne Lenoir", "CHAUD", "Très chaud", "démonstration · n° HS-77 · customer", "HTTP 400", "exporté"):
        assert words in text
    for query, found in (
        ("status__exact=echoue", 1), (f"q={failed.contact.email}", 1), (f"q={failed.pk}", 1), ("par=personne", 2),
        ("par=agent", 0), (f"connexion={crm.pk}", 2), ("connexion=0", 0), ("connexion=x", 0),
        ("quality__exact=FROID", 0),
    ):  # fmt: skip
        assert boss.get(f"{reverse(LIST)}?{query}").context["cl"].result_count == found, query


def test_above_the_list_stands_how_the_connection_does(crm: Connection) -> None:
    now = timezone.now()
    for n in range(4):
        make_export(lead=lead_of(crm, f"P{n}", stage="qualified"), connection=crm, status="exporte")
    record_exports(crm.pk, [Chosen(lead_of(crm, "X").pk, "x"), Chosen(lead_of(crm, "Y").pk, "x")], None, now)
    make_connection()
    found = signed_in(crm.organization, Role.READER).get(reverse(LIST))
    (state,) = found.context["states"]
    assert (state.exported_today, state.pending, state.load, state.proposed) == (2, 4, "élevée", 2)
    text = found.content.decode()
    for words in ("2 / 7", "4 / 5", "élevée"):
        assert words in text
    assert len(signed_in().get(reverse(LIST)).context["states"]) == 2


def test_what_waits_far_above_the_capacity_is_not_counted_to_its_end(
    boss: Client, crm: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crm_load, "MOST", 11)
    for n in range(13):
        make_export(lead=lead_of(crm, f"P{n}", stage="qualified"), connection=crm, status="exporte")
    assert "11+ / 5" in boss.get(reverse(LIST)).content.decode()


def test_the_page_of_an_export_shows_the_whole_decision_beside_the_outcome(boss: Client, crm: Connection) -> None:
    hot = lead_of(crm, "Jeanne Lenoir", sector="plombier")
    cold = lead_of(crm, "Paul Roux", quality="FROID", score=50)
    decide_next(now=MORNING)
    export = Export.objects.get()
    Export.objects.update(status="exporte", external_id="42")
    Lead.objects.filter(pk=hot.pk).update(stage="won")
    text = page(boss, export)
    run = AgentRun.objects.get()
    for words in (
        "La décision de l", "Regroupement", "par secteur" if "SECTEUR" in str(run.output) else "par qualité",
        "de la limite quotidienne (1 sur 7 avec lui)", "règles", "Aucun modèle", "Paul Roux", "Après vérification",
        "Sans intérêt précis", "gagné · n° 42", reverse("admin:agents_agentrun_change", args=[run.pk]),
        reverse("admin:crm_lead_change", args=[cold.pk]),
    ):  # fmt: skip
        assert words.replace("'", "&#x27;") in text, words


def test_a_persons_export_and_one_whose_run_is_gone_have_pages_too(boss: Client, crm: Connection) -> None:
    for run_id in (None, 10**12):
        export = make_export(lead=lead_of(crm, "Jeanne"), connection=crm, run_id=run_id)
        assert "La décision de l" not in page(boss, export)
    decide_next(now=MORNING)
    strangers = AgentRun.objects.create(
        organization=make_site().organization, agent="crm_exporter", output={"export_decision": 1}, created_at=NOW
    )
    Export.objects.filter(pk=export.pk).update(run_id=strangers.pk)
    assert "La décision de l" not in page(boss, export)


def test_what_a_model_wrote_is_shown_escaped(boss: Client, crm: Connection) -> None:
    lead_of(crm, "Jeanne Lenoir")
    decide_next(now=MORNING)
    run, nasty = AgentRun.objects.get(), "<script>alert(1)</script>"
    run.output["export_decision"]["batching_strategy"]["explication"] = nasty
    run.guarded = [nasty]
    run.save()
    Export.objects.update(reason=nasty, error=nasty, found=nasty)
    for text in (page(boss, Export.objects.get()), boss.get(reverse(LIST)).content.decode()):
        assert nasty not in text
        assert "&lt;script&gt;alert(1)" in text


def test_people_who_work_with_leads_approve_and_refuse_and_it_is_written_down(crm: Connection) -> None:
    leads = [lead_of(crm, f"P{n}") for n in range(2)]
    record_exports(crm.pk, [Chosen(lead.pk, "x") for lead in leads], 7, timezone.now())
    one, two = Export.objects.order_by("pk")
    stranger, reader = signed_in(make_site().organization, Role.OWNER), signed_in(crm.organization, Role.READER)
    for client in (stranger, reader):
        act(client, "approuver", one)
        act(client, "refuser", two, raison="x")
    assert (status(one), status(two)) == ("a_approuver", "a_approuver")
    sales = signed_in(crm.organization, Role.SALES)
    assert (
        "le lead part vers le CRM"
        in sales.get(f"{reverse('admin:crm_export_act', args=['approuver'])}?ids={one.pk}").content.decode()
    )
    act(sales, "approuver", one)
    assert status(one) == "en_file"
    act(sales, "refuser", two)
    assert status(two) == "a_approuver"  # without a reason nothing is refused
    act(sales, "refuser", two, raison="déjà client")
    assert status(two) == "refuse"
    assert Lead.objects.get(pk=two.lead_id).delay_reason.endswith(": déjà client")
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"export.approuver", "export.refuser"}


def test_what_may_not_go_says_why(crm: Connection) -> None:
    leads = [lead_of(crm, f"P{n}") for n in range(2)]
    record_exports(crm.pk, [Chosen(lead.pk, "x") for lead in leads], 7, timezone.now())
    one, two = Export.objects.order_by("pk")
    one.contact.opted_out_at = NOW
    one.contact.save()
    client = signed_in(crm.organization, Role.OPERATOR)
    assert "Contact désinscrit" in act(client, "approuver", one).content.decode()
    act(client, "approuver", one, two)
    assert (status(one), status(two)) == ("a_approuver", "en_file")
    assert "Contact désinscrit" in page(client, one)


def test_a_failed_export_is_tried_again(crm: Connection) -> None:
    failed = make_export(lead=lead_of(crm, "P"), connection=crm, status="echoue", due_at=None)
    client = signed_in(crm.organization, Role.SALES)
    assert "Réessayer" in page(client, failed)
    assert "Approuver" not in page(client, failed)
    act(client, "reessayer", failed)
    assert status(failed) == "en_file"


def test_exports_stay_within_their_organization(boss: Client, crm: Connection) -> None:
    other = make_export(lead=make_ready_lead(site=make_site(organization=make_organization(name="Autre SARL"))))
    own = make_export(lead=lead_of(crm, "P"), connection=crm)
    client = signed_in(crm.organization, Role.OWNER)
    found = client.get(reverse(LIST))
    assert found.context["cl"].result_count == 1
    assert "Autre SARL" not in found.content.decode()
    assert "Autre SARL" in boss.get(reverse(LIST)).content.decode()
    assert client.get(f"{reverse(LIST)}?connexion={other.connection_id}").context["cl"].result_count == 0
    assert client.get(reverse("admin:crm_export_change", args=[own.pk])).status_code == 200
    assert client.get(reverse("admin:crm_export_change", args=[other.pk])).status_code == 302
    assert client.get(reverse("admin:crm_export_add")).status_code == 403
    assert client.get(reverse("admin:crm_export_delete", args=[own.pk])).status_code == 403


def test_a_lead_is_exported_by_hand_or_given_back_to_the_exporter(crm: Connection) -> None:
    lead, cold = lead_of(crm, "P", export_after=FOR_A_PERSON), lead_of(crm, "Q", quality="FROID", export_after=NOW)
    stranger, sales = signed_in(make_site().organization, Role.OWNER), signed_in(crm.organization, Role.SALES)
    export, release = (reverse("admin:crm_lead_act", args=[name]) for name in ("exporter", "liberer"))
    stranger.post(export, {"ids": lead.pk})
    stranger.post(release, {"ids": lead.pk})
    assert not Export.objects.exists()
    assert Lead.objects.get(pk=lead.pk).export_after == FOR_A_PERSON
    assert "Exporter maintenant" in sales.get(reverse("admin:crm_lead_change", args=[lead.pk])).content.decode()
    sales.post(export, {"ids": lead.pk})
    assert Export.objects.get().status == "en_file"
    refused = sales.post(export, {"ids": cold.pk}, follow=True).content.decode()
    assert "Sans intérêt précis" in refused
    sales.post(release, {"ids": cold.pk})
    assert Lead.objects.get(pk=cold.pk).export_after is None
