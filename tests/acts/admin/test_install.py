"""« Installer sur le site »: the script with its key, forms to start from, what arrives, whom it turned away."""

import json

import pytest
from django.urls import reverse

from accounts.keys import KeyKind
from accounts.models import ApiKey, AuditEntry, Role
from accounts.refused import note_refused, refused_origins
from berinia.redis_client import connected
from tests.acts.admin.conftest import signed_in
from tests.make import make_contact, make_event, make_execution, make_site, make_workflow

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://boutique.example"


@pytest.fixture
def site():
    for name in connected().scan_iter("berinia:origins:refused:*"):
        connected().delete(name)
    return make_site()


@pytest.fixture
def owner(site):
    return signed_in(site.organization, Role.OWNER)


def address(site):
    return f"{reverse('admin:accounts_site_install')}?site={site.pk}"


def test_the_key_is_in_the_script_once_and_nowhere_after(owner, site):
    page = owner.post(address(site), {"site": site.pk, "acte": "cle"})
    plain = page.context["plain"]
    assert ApiKey.objects.valid(plain).get().site == site
    assert f"data-cle=&quot;{plain}&quot;" in page.content.decode().replace('"', "&quot;")
    assert "no-store" in page["Cache-Control"]
    assert plain not in owner.get(address(site)).content.decode()
    entry = AuditEntry.objects.get(action="cle_creee")
    assert (entry.organization_id, plain in json.dumps(entry.after)) == (site.organization_id, False)


def test_a_reader_sees_the_page_and_makes_no_key(site):
    reader = signed_in(site.organization, Role.READER)
    assert reader.get(address(site)).status_code == 200
    assert reader.post(address(site), {"site": site.pk, "acte": "cle"}).status_code == 403
    assert not ApiKey.objects.exists()


def test_nothing_of_another_organization_is_shown_or_done(site):
    make_event(contact=make_contact(site=site, name="Jean Secret"))
    other = make_site()
    stranger = signed_in(other.organization, Role.OWNER)
    page = stranger.get(address(site))
    assert page.context["site"] is None
    assert "Jean Secret" not in page.content.decode()
    assert stranger.post(address(site), {"site": site.pk, "acte": "cle"}).status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("wanted", ["", "x", "-1", "9" * 30, "0"])
def test_a_site_that_is_none_is_no_error(owner, wanted):
    assert owner.get(reverse("admin:accounts_site_install"), {"site": wanted}).status_code == 200


def test_forms_are_those_that_start_something(owner, site):
    make_workflow(site=site)
    page = owner.get(address(site))
    (example,) = page.context["examples"]
    assert (example.event, example.workflows) == ("appel_urgence", ["Urgence 24h/24"])
    assert 'data-berinia="appel_urgence"' in example.html
    assert 'name="probleme"' in example.html


def test_what_arrived_says_whom_it_is_from_and_what_it_started(owner, site):
    workflow = make_workflow(site=site)
    contact = make_contact(site=site, name="Jean Dupont")
    event = make_event(contact=contact)
    execution = make_execution(contact=contact, workflow=workflow, event_id=event.pk)
    make_event(contact=contact, name="email.delivered")
    make_event(name="appel_urgence")  # of another site
    page = owner.get(address(site))
    (arrival,) = page.context["arrivals"]
    assert (arrival.event, list(arrival.started)) == (event, [execution])
    text = page.content.decode()
    assert "Jean Dupont" in text
    assert reverse("admin:workflows_execution_change", args=[execution.pk]) in text


def test_no_more_queries_for_twenty_events_than_for_one(owner, site, django_assert_max_num_queries):
    for _ in range(20):
        make_event(contact=make_contact(site=site))
    owner.get(address(site))
    with django_assert_max_num_queries(24):
        owner.get(address(site))


def test_silence_says_where_to_look(owner, site):
    assert "Rien reçu pour l" in owner.get(address(site)).content.decode()


def test_a_refused_origin_is_shown_and_let_in(owner, site):
    key, _plain = ApiKey.issue(site, KeyKind.PUBLISHABLE)
    note_refused(site.pk, ELSEWHERE)
    assert f"{ELSEWHERE} n" in owner.get(address(site)).content.decode()
    owner.post(address(site), {"site": site.pk, "acte": "origine", "origine": ELSEWHERE, "cle": key.pk})
    key.refresh_from_db()
    assert key.origins == [
        "https://plomberie-martin.example.com", "https://www.plomberie-martin.example.com", ELSEWHERE,
    ]  # fmt: skip
    assert refused_origins(site.pk) == []
    entry = AuditEntry.objects.get(action="origine_autorisee")
    assert (entry.before, entry.after) == ({"origins": []}, {"origins": key.origins})


def test_only_an_origin_and_a_key_of_the_site_are_taken(owner, site):
    key, _plain = ApiKey.issue(site, KeyKind.PUBLISHABLE)
    other, _plain = ApiKey.issue(make_site(), KeyKind.PUBLISHABLE)
    for origin, number in (
        ("https://x.example/page", key.pk),
        ("null", key.pk),
        (ELSEWHERE, other.pk),
        (ELSEWHERE, "x"),
    ):
        owner.post(address(site), {"site": site.pk, "acte": "origine", "origine": origin, "cle": number})
    assert not ApiKey.objects.exclude(origins=[]).exists()


def test_a_site_leads_to_its_page(owner, site):
    assert address(site) in owner.get(reverse("admin:accounts_site_change", args=[site.pk])).content.decode()
