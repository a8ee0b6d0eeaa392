"""Deploying a sector: what it brings, changes, costs and lacks, before the click; and what is written."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import AuditEntry, Role
from communications.models import Template
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_execution, make_organization, make_site
from workflows.deploy import deploy, publish, sectors
from workflows.models import Execution, Workflow

pytestmark = pytest.mark.django_db
DEPLOY, FRAME, DONE = (
    f"admin:workflows_workflow_{name}" for name in ("deploy", "deploy_frame", "deployed")
)  # fmt: skip


def page(client: Any, **query: Any) -> str:
    return client.get(reverse(DEPLOY), query).content.decode()


def older(workflow: Workflow) -> None:
    """Give a workflow a version as an older library had it: without its last step, at another goal."""
    document = dict(workflow.version.document)
    publish(workflow, document | {"steps": document["steps"][:-1], "exits": []}, now=NOW)


# --- choosing ------------------------------------------------------------------------------------------------


def test_the_first_step_offers_sites_and_sectors_without_script(boss: Any) -> None:
    site = make_site(phone="")
    content = page(boss, site=site.pk)
    for sector in sectors().values():
        assert sector.name in content
        assert f"?site={site.pk}&amp;secteur={sector.slug}" in content
    assert "onchange" not in content
    assert not Workflow.objects.exists()


def test_an_empty_house_leads_to_its_first_site(boss: Any) -> None:
    assert "Créer un site" in page(boss)


@pytest.mark.parametrize("query", [{"secteur": "../plombier"}, {"site": "99999999"}, {"site": "9" * 30}])
def test_a_sector_or_a_site_that_is_not_there_is_said(boss: Any, query: dict[str, str]) -> None:
    make_site()
    answer = boss.get(reverse(DEPLOY), query)
    assert answer.status_code == 404
    said = "pas de secteur" if "secteur" in query else "pas de vos organisations"
    assert said in answer.content.decode()


def test_a_site_of_others_is_neither_shown_nor_deployed_on() -> None:
    ours, theirs = make_site(), make_site(business_name="Secret & Fils")
    client = signed_in(ours.organization)
    for query in ({"site": theirs.pk}, {"site": f"{ours.pk},{theirs.pk}", "secteur": "plombier"}):
        answer = client.get(reverse(DEPLOY), query)
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()
    query = {"site": theirs.pk, "modele": "avocat/consultation_accuse", "secteur": "avocat"}
    for name in (FRAME, DONE):
        assert client.get(reverse(name), query).status_code == 404
    client.post(reverse(DEPLOY), {"site": theirs.pk, "secteur": "plombier"})
    assert not Workflow.objects.exists()


def test_who_only_reads_does_not_come_in() -> None:
    site = make_site()
    client = signed_in(site.organization, Role.READER)
    for name in (DEPLOY, FRAME, DONE):
        assert client.get(reverse(name), {"site": site.pk, "secteur": "plombier"}).status_code == 403


# --- seeing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", sorted(sectors()))
def test_each_sector_shows_its_messages_with_the_details_of_the_site(boss: Any, slug: str) -> None:
    site = make_site(business_name="Durand & Fils")
    answer = boss.get(reverse(DEPLOY), {"site": site.pk, "secteur": slug})
    content = answer.content.decode()
    assert answer.status_code == 200
    for part in answer.context["found"].brought:
        assert part.messages
        assert part.costs.most.euros > 0
        for shown in part.messages:
            assert not shown.written.error
            assert shown.step.template in content
    assert "Durand &amp; Fils" in content
    assert not Workflow.objects.exists()
    assert not Template.objects.exists()


def test_an_sms_says_its_segments_and_when_it_leaves(boss: Any) -> None:
    content = page(boss, site=make_site().pk, secteur="plombier")
    assert "Tout de suite" in content
    assert "15 min après" in content
    assert "GSM-7" in content
    assert "Commence avec" in content


def test_emails_are_frames_that_load_when_they_are_looked_at(boss: Any) -> None:
    site = make_site(business_name="Cabinet Morel")
    content = page(boss, site=site.pk, secteur="avocat")
    assert content.count('loading="lazy"') == 2
    frame = boss.get(reverse(FRAME), {"site": site.pk, "modele": "avocat/consultation_accuse"})
    assert "Cabinet Morel" in frame.content.decode()
    assert frame["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert boss.get(reverse(FRAME), {"site": site.pk, "modele": "avocat/rien"}).status_code == 404


def test_what_is_missing_leads_to_where_it_is_set(boss: Any) -> None:
    site = make_site(phone="", details={})
    content = page(boss, site=site.pk, secteur="plombier")
    form = reverse("admin:accounts_site_change", args=[site.pk])
    assert "Renseignez « telephone »" in content
    assert f"{form}#id_phone" in content
    assert f"{form}#id_details" in content
    assert "TWILIO_ACCOUNT_SID" in content


# --- redeploying -----------------------------------------------------------------------------------------------


def test_nothing_changes_is_said_and_the_button_is_quiet(boss: Any) -> None:
    site = make_site(sector="plombier")
    deploy(site, "plombier", now=NOW)
    content = page(boss, site=site.pk, secteur="plombier")
    assert "Rien ne change" in content
    assert "Déployer de nouveau quand même" in content


def test_a_diff_says_what_changes_and_who_stays_on_the_old_version(boss: Any) -> None:
    site = make_site(sector="plombier")
    deploy(site, "plombier", now=NOW)
    workflow = Workflow.objects.get(site=site)
    older(workflow)
    for _n in range(3):
        make_execution(workflow=workflow)
    Execution.objects.filter(pk=make_execution(workflow=workflow).pk).update(status="terminee", due_at=None)
    content = page(boss, site=site.pk, secteur="plombier")
    assert "Rien ne change" not in content
    assert "« avis_reserve » ajoutée" in content
    assert "Sorties : — → intervention_annulee" in content
    assert "3 personnes y sont : elles finissent avec la v2" in content


def test_ones_own_texts_stay_and_old_ones_of_the_library_follow(boss: Any) -> None:
    site = make_site(sector="plombier")
    deploy(site, "plombier", now=NOW)
    edited = Template.objects.get(name="plombier/urgence_accuse", channel="sms")
    Template.objects.filter(pk=edited.pk).update(body="Mon texte à moi, {{ contact.prenom }}.")
    answer = boss.get(reverse(DEPLOY), {"site": site.pk, "secteur": "plombier"})
    content = answer.content.decode()
    assert "Mon texte à moi, Camille." in content
    assert "votre texte, gardé" in content
    assert answer.context["found"].is_quiet


# --- doing -----------------------------------------------------------------------------------------------------


def test_one_click_deploys_and_says_what_to_do_next(boss: Any) -> None:
    site = make_site(slug="martin-lyon")
    answer = boss.post(reverse(DEPLOY), {"site": site.pk, "secteur": "artisan"}, follow=True)
    content = answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(reverse(DONE))
    assert Workflow.objects.filter(site=site).count() == len(sectors()["artisan"].workflows)
    for workflow in Workflow.objects.filter(site=site):
        assert reverse("admin:workflows_workflow_simulate", args=[workflow.pk]) in content
    assert "&quot;evenement&quot;: &quot;demande_devis&quot;" in content
    assert "&quot;urgence&quot;: &quot;haute&quot;" in content
    assert "martin-lyon" in content


def test_the_audit_log_has_the_versions_of_before_and_after(boss: Any) -> None:
    site = make_site()
    boss.post(reverse(DEPLOY), {"site": site.pk, "secteur": "plombier"})
    older(Workflow.objects.get(site=site))
    for _n in range(2):
        boss.post(reverse(DEPLOY), {"site": site.pk, "secteur": "plombier"})
    entries = AuditEntry.objects.filter(action="deploiement", target_id=site.pk).order_by("pk")
    assert [(entry.before, entry.after) for entry in entries] == [
        ({"urgence-24h": None}, {"urgence-24h": 1}), ({"urgence-24h": 2}, {"urgence-24h": 3}), ({}, {}),
    ]  # fmt: skip
    assert {entry.actor for entry in entries} == {boss.get(reverse("admin:index")).wsgi_request.user.username}
    assert {entry.organization_id for entry in entries} == {site.organization_id}
    assert LogEntry.objects.filter(object_id=str(site.pk)).count() == 3


def test_several_sites_are_deployed_at_once(boss: Any) -> None:
    sites = [make_site(), make_site()]
    form = {"action": "deploy_sector", "index": "0", "_selected_action": [site.pk for site in sites]}
    lead = boss.post(reverse("admin:accounts_site_changelist"), form)
    chosen = boss.get(lead["Location"])
    assert {site.pk for site in chosen.context["sites"]} == {site.pk for site in sites}
    ids = chosen.context["ids"]
    assert "Déployer sur 2 sites" in page(boss, site=ids, secteur="coach")
    done = boss.post(reverse(DEPLOY), {"site": ids, "sector": "coach"}, follow=True)
    assert done.status_code == 200
    assert Workflow.objects.filter(sector="coach").values("site").distinct().count() == 2


def test_an_unknown_sector_is_refused_and_changes_nothing(boss: Any) -> None:
    site = make_site()
    answer = boss.post(reverse(DEPLOY), {"site": site.pk, "sector": "../plombier"}, follow=True)
    assert "pas de secteur" in answer.content.decode()
    assert not Workflow.objects.exists()
    assert make_organization().sites.count() == 0
