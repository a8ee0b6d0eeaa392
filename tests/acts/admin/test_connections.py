"""Connections to CRMs: keys go in and never come out, and what cannot work is said before anything goes there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Organization, Role
from crm.models import Connection, Export, Lead
from crm.models.transfer import ExportDay
from crm.sealing import seal, unseal
from tests.acts.admin.conftest import signed_in
from tests.cards import SECRET, HubSpotPlace, place
from tests.make import NOW, make_connection, make_export, make_lead, make_organization

pytestmark = pytest.mark.django_db
ADD, LIST = "admin:crm_connection_add", "admin:crm_connection_changelist"
KEY = HubSpotPlace.secret


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def owner(organization: Organization) -> Client:
    return signed_in(organization, Role.OWNER)


@pytest.fixture
def crm(settings: Any) -> Iterator[Any]:
    with place("hubspot", settings) as found:
        yield found


def given(organization: Organization, **changes: Any) -> dict[str, Any]:
    return {
        "organization": organization.pk, "connector": "hubspot", "is_active": "on", "address": "", "key": KEY,
        "options": "{}", "daily_limit": 50, "capacity": 100, "score_floor": 30, "opens_at": "09:00",
        "closes_at": "18:00", "days": ["1", "2", "5"], "timezone": "Europe/Paris",
    } | changes  # fmt: skip


def url(connection: Connection, page: str = "change") -> str:
    return reverse(f"admin:crm_connection_{page}", args=[connection.pk])


def act(client: Client, name: str, connection: Connection) -> Any:
    return client.post(reverse("admin:crm_connection_act", args=[name]), {"ids": connection.pk, "page": 1}, follow=True)


def errors(response: Any) -> dict[str, Any]:
    return dict(response.context["adminform"].form.errors)


# --- the form -------------------------------------------------------------------------------------------------


def test_a_key_is_sealed_and_never_shown_again(owner: Client, organization: Organization) -> None:
    assert owner.post(reverse(ADD), given(organization)).status_code == 302
    connection = Connection.objects.get()
    assert KEY not in connection.secret
    assert unseal(connection.secret) == KEY
    assert connection.days == [1, 2, 5]
    page = owner.get(url(connection)).content.decode()
    assert KEY not in page
    assert connection.secret not in page
    assert "enregistrée (••••••••)" in page
    assert KEY not in owner.get(reverse(LIST)).content.decode()
    assert KEY not in str(list(AuditEntry.objects.values()))


def test_the_form_says_what_each_crm_needs(owner: Client) -> None:
    page = owner.get(reverse(ADD)).content.decode()
    for word in ("HubSpot", "application privée", "Pipedrive", "Jeton API", "whsec_", "une adresse", "CRM intégré"):
        assert word in page


def test_an_empty_key_keeps_the_one_that_is_there_and_mends_what_waited(
    owner: Client, organization: Organization
) -> None:
    connection = make_connection(
        organization=organization, connector="hubspot", secret=seal(KEY), error="HTTP 401", blocked_until=NOW
    )
    assert owner.post(url(connection), given(organization, key="", daily_limit=7)).status_code == 302
    connection.refresh_from_db()
    assert (unseal(connection.secret), connection.daily_limit) == (KEY, 7)
    assert (connection.error, connection.blocked_until) == ("", None)
    entry = AuditEntry.objects.get(action="connexion.modifier")
    assert "daily_limit" in entry.details["champs"]


def test_other_hours_count_at_once(owner: Client, organization: Organization) -> None:
    connection = make_connection(organization=organization, decide_at=NOW + timedelta(days=3))
    assert owner.post(url(connection), given(organization, connector="integre", opens_at="06:00")).status_code == 302
    connection.refresh_from_db()
    assert connection.decide_at is None


def test_another_crm_does_not_get_the_key_of_the_one_before(owner: Client, organization: Organization) -> None:
    connection = make_connection(organization=organization, connector="hubspot", secret=seal(KEY))
    response = owner.post(url(connection), given(organization, connector="pipedrive", key=""))
    assert "key" in errors(response)
    assert owner.post(url(connection), given(organization, connector="integre", key="")).status_code == 302
    connection.refresh_from_db()
    assert connection.secret == ""


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"key": ""}, "key", "application privée"),
        ({"key": "clé accentuée"}, "key", "accent"),
        ({"connector": "webhook", "key": SECRET}, "address", "https"),
        ({"connector": "webhook", "key": "secret", "address": "https://1.1.1.1/x"}, "key", "whsec_"),
        ({"connector": "webhook", "key": SECRET, "address": "http://1.1.1.1/x"}, "address", "https"),
        ({"connector": "webhook", "key": SECRET, "address": "https://127.0.0.1/x"}, "address", "publique"),
        ({"connector": "webhook", "key": SECRET, "address": "https://169.254.169.254/x"}, "address", "publique"),
        ({"connector": "webhook", "key": SECRET, "address": "https://[::1]/x"}, "address", "publique"),
        ({"options": '{"x": 1}'}, "options", "inconnu"),
        ({"options": "[1]"}, "options", "objet"),
        ({"options": "{"}, "options", ""),
        ({"connector": "integre", "options": '{"a": 1}'}, "options", "réglage"),
        ({"connector": "inventé"}, "connector", ""),
        ({"opens_at": "18:00", "closes_at": "09:00"}, "closes_at", "après"),
        ({"timezone": "Europe/Atlantide"}, "timezone", "fuseau"),
        ({"days": []}, "days", ""),
        ({"days": ["8"]}, "days", ""),
        ({"daily_limit": 10_001}, "daily_limit", ""),
        ({"daily_limit": -1}, "daily_limit", ""),
        ({"capacity": 0}, "capacity", ""),
        ({"score_floor": 101}, "score_floor", ""),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(
    owner: Client, organization: Organization, changes: dict[str, Any], field: str, word: str
) -> None:
    response = owner.post(reverse(ADD), given(organization, **changes))
    assert response.status_code == 200
    assert word in str(errors(response)[field])
    assert KEY not in response.content.decode()
    assert not Connection.objects.exists()


def test_an_organization_has_one_active_connection(owner: Client, organization: Organization) -> None:
    make_connection(organization=organization)
    assert "is_active" in errors(owner.post(reverse(ADD), given(organization)))
    assert owner.post(reverse(ADD), given(organization, is_active="")).status_code == 302


# --- who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SALES, Role.READER])
def test_only_owners_change_where_leads_go(organization: Organization, role: Role) -> None:
    connection = make_connection(organization=organization, connector="hubspot", secret=seal(KEY))
    client = signed_in(organization, role)
    page = client.get(url(connection))
    assert page.status_code == 200
    assert 'name="key"' not in page.content.decode()
    assert client.post(url(connection), given(organization, key="autre")).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse("admin:crm_connection_act", args=["tester"]), {"ids": connection.pk}).status_code == 403
    connection.refresh_from_db()
    assert unseal(connection.secret) == KEY


def test_nobody_sees_or_uses_another_organization_s_connection(owner: Client, crm: HubSpotPlace) -> None:
    theirs = make_connection(connector="hubspot", secret=seal(KEY))
    make_export(connection=theirs, lead=make_lead(), status="exporte", found="absent", exported_at=NOW)
    assert owner.get(url(theirs)).status_code == 302
    assert str(theirs.organization) not in owner.get(reverse(LIST)).content.decode()
    assert owner.get(reverse("admin:crm_connection_download", args=[theirs.pk, "csv"])).status_code == 404
    for name in ("tester", "rapprocher", "reprendre"):
        act(owner, name, theirs)
    assert crm.fake.calls == []
    assert Export.objects.get().status == "exporte"


def test_a_connection_is_not_made_for_another_organization(owner: Client) -> None:
    assert "organization" in errors(owner.post(reverse(ADD), given(make_organization())))


def test_a_connection_that_has_exported_is_not_deleted(owner: Client, organization: Organization) -> None:
    connection = make_connection(organization=organization)
    export = make_export(connection=connection, lead=make_lead())
    assert owner.post(url(connection, "delete"), {"post": "yes"}).status_code == 403
    export.delete()
    assert owner.post(url(connection, "delete"), {"post": "yes"}).status_code == 302


# --- how it does ----------------------------------------------------------------------------------------------


def test_the_list_shows_how_many_left_today_and_what_is_wrong(owner: Client, organization: Organization) -> None:
    connection = make_connection(organization=organization, daily_limit=40, error="HTTP 401")
    today = timezone.now().astimezone(timezone.get_fixed_timezone(60)).date()
    for day, count in ((today, 12), (today - timedelta(days=2), 30)):
        ExportDay.objects.create(connection=connection, day=day, count=count)
    ExportDay.objects.get_or_create(connection=connection, day=today + timedelta(days=1), defaults={"count": 12})
    page = owner.get(reverse(LIST)).content.decode()
    assert "12 / 40" in page
    assert "en erreur" in page


def test_a_test_of_the_connection_calls_and_says_what_came_of_it(
    owner: Client, organization: Organization, crm: HubSpotPlace
) -> None:
    connection = make_connection(organization=organization, connector="hubspot", secret=seal(KEY), error="HTTP 401")
    assert "1 ligne concernée" in act(owner, "tester", connection).content.decode()
    connection.refresh_from_db()
    assert connection.error == ""
    assert [call.method for call in crm.fake.calls] == ["GET"]
    Connection.objects.update(secret=seal("pat-eu1-faux-jeton"))
    page = act(owner, "tester", connection).content.decode()
    assert "HTTP 401" in page
    assert "faux-jeton" not in page
    Connection.objects.update(secret="abîmé")
    assert "saisissez-la" in act(owner, "tester", connection).content.decode()


def test_reconciling_and_taking_back_from_the_page(
    owner: Client, organization: Organization, crm: HubSpotPlace
) -> None:
    connection = make_connection(organization=organization, connector="hubspot", secret=seal(KEY))
    lead = make_lead(quality="CHAUD", score=80, status="exporte", exported_at=NOW)
    Lead.objects.update(organization=organization)
    make_export(connection=connection, lead=lead, status="exporte", external_id="777", exported_at=NOW)
    act(owner, "rapprocher", connection)
    assert Export.objects.get().found == "absent"
    asked = owner.get(reverse("admin:crm_connection_act", args=["reprendre"]), {"ids": connection.pk, "page": 1})
    assert "dont 1 absents" in asked.content.decode()
    act(owner, "reprendre", connection)
    lead.refresh_from_db()
    assert lead.status == "a_exporter"
    Connection.objects.update(connector="fichier")
    assert "ne dit pas" in act(owner, "rapprocher", connection).content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exported_leads_are_downloaded_and_that_is_written_down(organization: Organization, kind: str) -> None:
    connection = make_connection(organization=organization, connector="fichier")
    lead = make_lead(company='=HYPERLINK("http://mal.fr")')
    make_export(connection=connection, lead=lead, status="exporte", exported_at=NOW)
    client = signed_in(organization, Role.OPERATOR)
    assert f"leads.{kind}" in client.get(url(connection)).content.decode()
    answer = client.get(reverse("admin:crm_connection_download", args=[connection.pk, kind]))
    assert answer.status_code == 200
    assert f'filename="leads-{connection.pk}.{kind}"' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    if kind == "csv":
        assert "'=HYPERLINK" in answer.content.decode()
        assert "+33612345678" in answer.content.decode()
    assert AuditEntry.objects.get(action="export.telecharger").organization_id == organization.pk
    assert client.get(reverse("admin:crm_connection_download", args=[connection.pk, "pdf"])).status_code == 404


@pytest.mark.parametrize("role", [Role.SALES, Role.READER])
def test_those_who_do_not_run_things_get_no_file(organization: Organization, role: Role) -> None:
    connection = make_connection(organization=organization, connector="fichier")
    client = signed_in(organization, role)
    assert "leads.csv" not in client.get(url(connection)).content.decode()
    assert client.get(reverse("admin:crm_connection_download", args=[connection.pk, "csv"])).status_code == 403
