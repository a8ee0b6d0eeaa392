"""Sites, organizations and everything are paused and resumed from the admin, with their counts and a reason."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Platform
from tests.make import make_execution, make_site

pytestmark = pytest.mark.django_db
EMERGENCY = "admin:workflows_workflow_emergency"


def act(kind, name):
    return reverse(f"admin:{kind}_act", args=[name])


@pytest.mark.parametrize("kind", ["accounts_site", "accounts_organization"])
def test_a_level_is_paused_with_its_count_and_resumed_with_a_choice(boss, kind):
    execution = make_execution(due_at=timezone.now() - timedelta(hours=1))
    row = execution.site if kind == "accounts_site" else execution.organization
    page = boss.get(act(kind, "pause"), {"ids": row.pk, "page": "1"}).content.decode()
    assert "1 exécution est concernée." in page
    assert "1 d'entre elles sont en retard." in page.replace("&#x27;", "'")
    boss.post(act(kind, "pause"), {"ids": row.pk, "raison": "congés"})
    row.refresh_from_db()
    assert row.is_paused
    boss.post(act(kind, "reprise"), {"ids": row.pk, "reprise": "etaler", "duree": "3600"})
    row.refresh_from_db()
    execution.refresh_from_db()
    assert not row.is_paused
    assert execution.due_at > timezone.now() + timedelta(minutes=50)
    assert [e.reason for e in AuditEntry.objects.order_by("id")] == ["congés", ""]


def test_a_resume_without_its_choice_asks_again_and_changes_nothing(boss):
    site = make_site(is_paused=True)
    for answers in ({}, {"reprise": "etaler", "duree": ""}, {"reprise": "n'importe"}):
        answer = boss.post(act("accounts_site", "reprise"), {"ids": site.pk, **answers})
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()
    site.refresh_from_db()
    assert site.is_paused


def test_a_level_is_not_paused_by_editing_its_row(boss):
    site = make_site()
    page = boss.get(reverse("admin:accounts_site_change", args=[site.pk])).content.decode()
    assert 'name="is_paused"' not in page


def test_the_emergency_stop_is_given_and_lifted(boss):
    make_execution()
    assert "1 exécution est concernée." in boss.get(reverse(EMERGENCY)).content.decode()
    boss.post(reverse(EMERGENCY), {"raison": "fuite de données"})
    assert Platform.objects.get().is_paused
    page = boss.get(reverse("admin:index")).content.decode()
    assert page.count("Arrêt d&#x27;urgence") >= 2
    boss.post(reverse(EMERGENCY), {"reprise": "sauter"})
    assert not Platform.objects.get().is_paused
    assert [(e.action, e.organization) for e in AuditEntry.objects.order_by("id")] == [
        ("pause", None), ("reprise", None),
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["owner", "operator"])
def test_only_who_runs_the_house_stops_everything(client, django_user_model, role):
    site = make_site()
    person = django_user_model.objects.create_user("camille", password="un-long-mot-de-passe", is_staff=True)
    Membership.objects.create(user=person, organization=site.organization, role=role)
    client.force_login(person)
    assert client.post(reverse(EMERGENCY), {"raison": ""}).status_code == 403
    assert not Platform.objects.filter(is_paused=True).exists()
    client.post(act("accounts_site", "pause"), {"ids": site.pk})
    site.refresh_from_db()
    assert site.is_paused  # an operator may stop what is theirs
    log = client.get(reverse("admin:accounts_auditentry_changelist")).content.decode()
    assert site.slug in log


def test_the_audit_log_shows_only_ones_own_and_is_never_edited(client, django_user_model, boss):
    mine, other = make_site(), make_site()
    for site in (mine, other):
        boss.post(act("accounts_site", "pause"), {"ids": site.pk})
    person = django_user_model.objects.create_user("camille", password="un-long-mot-de-passe", is_staff=True)
    Membership.objects.create(user=person, organization=mine.organization, role="owner")
    client.force_login(person)
    log = client.get(reverse("admin:accounts_auditentry_changelist")).content.decode()
    assert mine.slug in log
    assert other.slug not in log
    entry = AuditEntry.objects.get(organization=mine.organization)
    page = client.get(reverse("admin:accounts_auditentry_change", args=[entry.pk]))
    assert page.status_code == 200
    assert client.post(reverse("admin:accounts_auditentry_change", args=[entry.pk]), {}).status_code == 403
    assert client.get(reverse("admin:accounts_auditentry_add")).status_code == 403


def test_the_command_counts_stops_and_lifts(capsys):
    make_execution()
    call_command("emergency_stop", "--preview")
    assert "1 exécutions en route" in capsys.readouterr().out
    assert not Platform.objects.filter(is_paused=True).exists()
    call_command("emergency_stop", "--reason", "essai")
    assert Platform.objects.get().is_paused
    with pytest.raises(CommandError):
        call_command("emergency_stop")
    with pytest.raises(CommandError, match="--over"):
        call_command("emergency_stop", "--lift", "--restart", "etaler")
    call_command("emergency_stop", "--lift", "--restart", "etaler", "--over", "1h")
    assert not Platform.objects.get().is_paused
    with pytest.raises(CommandError):
        call_command("emergency_stop", "--lift")
