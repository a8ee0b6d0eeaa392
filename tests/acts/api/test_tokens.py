"""Users' tokens: who gets one, how it is renewed and ends, and what it opens."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import AuditEntry, Membership, Role, User
from tests.acts.api.conftest import Api
from tests.make import make_key, make_lead, make_organization, make_site, make_workflow

PASSWORD = "un mot de passe assez long"


def _member(organization: Any, role: str = Role.OPERATOR, **changes: Any) -> User:
    fields = {"username": f"personne-{User.objects.count()}", "is_staff": True, "password": PASSWORD}
    user = User.objects.create_user(**fields | changes)
    if organization is not None:
        Membership.objects.create(user=user, organization=organization, role=role)
    return user


def _token(user: User) -> str:
    return tokens.issue(user, timezone.now(), has_factor=False).access


@pytest.fixture
def door(db) -> Api:
    """Somebody who has nothing but a name and a password."""
    return Api(make_site(), None)


def _sign_in(door: Api, user: User, **changes: Any) -> Any:
    return door.post("/api/auth/token", {"username": user.username, "password": PASSWORD} | changes)


def test_a_name_and_a_password_give_a_token_that_opens_the_api(door):
    user = _member(door.site.organization)
    answer = _sign_in(door, user)
    assert (answer.status_code, answer.json()["type"], answer["Cache-Control"]) == (200, "Bearer", "no-store")
    caller = Api(door.site, answer.json()["access"])
    assert caller.get("/api/workflows").status_code == 200
    assert AuditEntry.objects.filter(action="connexion", actor=user.username).exists()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "faux"}, 401, "identifiants_invalides"),
        ({"username": "personne"}, 401, "identifiants_invalides"),
        ({"password": 3}, 422, None),
        ({"plus": 1}, 422, None),
    ],
)
def test_who_gets_none_is_told_why(door, changes, status, code):
    answer = _sign_in(door, _member(door.site.organization), **changes)
    assert answer.status_code == status
    assert code in (None, answer.json()["error"])


def test_who_may_not_sign_in_to_the_admin_gets_none(door):
    for stranger in (_member(None), _member(door.site.organization, is_staff=False)):
        assert _sign_in(door, stranger).json()["error"] == "sans_organisation"
    assert _sign_in(door, _member(door.site.organization, is_active=False)).status_code == 401


def test_who_guesses_has_to_wait(door, settings):
    user = _member(door.site.organization)
    for _n in range(settings.AXES_FAILURE_LIMIT):
        answer = _sign_in(door, user, password="faux")
    assert (answer.status_code, answer.json()["error"]) == (429, "trop_d_essais")
    assert _sign_in(door, user).status_code == 429


def test_a_token_ends_with_the_password_the_user_and_the_time(door):
    user = _member(door.site.organization)
    old = tokens.issue(user, timezone.now() - timedelta(hours=1), has_factor=False).access
    token = _token(user)
    forged = jwt.encode({**jwt.decode(token, options={"verify_signature": False}), "sub": "1"}, "x" * 40)
    refresh = tokens.issue(user, timezone.now(), has_factor=False).refresh
    for wrong in (old, forged, refresh, token + "x", "a.b.c"):
        answer = Api(door.site, wrong).get("/api/workflows")
        assert (answer.status_code, answer.json()["error"]) == (401, "jeton_invalide")
    user.set_password("un tout autre mot de passe")
    user.save()
    assert Api(door.site, token).get("/api/workflows").status_code == 401
    token = _token(user)
    assert Api(door.site, token).get("/api/workflows").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Api(door.site, token).get("/api/workflows").status_code == 401


def test_a_refresh_token_serves_once_and_a_second_time_ends_the_family(door):
    first = _sign_in(door, _member(door.site.organization)).json()
    second = door.post("/api/auth/refresh", {"refresh": first["refresh"]}).json()
    assert Api(door.site, second["access"]).get("/api/workflows").status_code == 200
    for used in (first["refresh"], second["refresh"], second["access"]):
        assert door.post("/api/auth/refresh", {"refresh": used}).status_code == 401


def test_who_signs_out_cannot_renew(door):
    pair = _sign_in(door, _member(door.site.organization)).json()
    assert door("DELETE", "/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 204
    assert door.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 401


def test_a_site_is_named_and_one_of_others_is_not_there(door):
    make_site(organization=door.site.organization)
    other, caller = make_site(), Api(door.site, _token(_member(door.site.organization)))
    assert caller.get("/api/workflows").json()["error"] == "site_requis"
    assert caller.get(f"/api/workflows?siteId={door.site.slug}").status_code == 200
    assert caller.get("/api/workflows", X_Site_Id=door.site.slug).status_code == 200
    answers = [caller.get(f"/api/workflows?siteId={name}") for name in (other.slug, "personne", "a%00b")]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    boss = Api(door.site, _token(_member(None, is_superuser=True)))
    assert boss.get(f"/api/workflows?siteId={other.slug}").status_code == 200


def _acts(site: Any) -> dict[str, tuple[str, str, Any]]:
    lead, workflow = make_lead(site=site), make_workflow(site=site)
    event = {"evenement": "visite", "contactData": {"email": "zoe@example.com"}, "donnees": {}}
    return {
        "read": ("GET", "/api/workflows", None),
        "lead": ("POST", f"/api/leads/{lead.pk}", {"etape": "contacte"}),
        "note": ("POST", f"/api/contacts/{lead.contact_id}/notes", {"texte": "Rappeler demain."}),
        "event": ("POST", "/api/events", event),
        "pause": ("POST", "/api/workflows", {"action": "pause", "workflowId": workflow.slug}),
    }


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.READER, {"read"}),
        (Role.SALES, {"read", "lead", "note", "event"}),
        (Role.OPERATOR, {"read", "lead", "note", "event", "pause"}),
        (Role.OWNER, {"read", "lead", "note", "event", "pause"}),
    ],
)
def test_a_role_may_do_what_it_may_in_the_admin(door, role, may):
    caller = Api(door.site, _token(_member(door.site.organization, role)))
    answers = {name: caller(*act) for name, act in _acts(door.site).items()}
    refused = {name for name, answer in answers.items() if answer.status_code == 403}
    assert refused == answers.keys() - may, {name: answer.content for name, answer in answers.items()}
    assert all(a.status_code in (200, 201, 202, 409, 422) for name, a in answers.items() if name in may)
    assert all(a.json()["error"] == "interdit" for name, a in answers.items() if name not in may)


def test_what_is_done_is_written_down_under_the_persons_name(door):
    user = _member(door.site.organization)
    workflow = make_workflow(site=door.site)
    answer = Api(door.site, _token(user)).post("/api/workflows", {"action": "pause", "workflowId": workflow.slug})
    assert answer.status_code == 200, answer.content
    assert AuditEntry.objects.get(action="pause").actor == user.username


def test_a_persons_calls_are_counted(door, settings):
    settings.API_THROTTLE_PER_MINUTE = 2
    caller = Api(door.site, _token(_member(door.site.organization)))
    assert [caller.get("/api/workflows").status_code for _n in range(3)][-1] == 429
    assert Api(door.site, make_key(door.site)).get("/api/workflows").status_code == 200


def test_pages_of_listed_origins_may_read_the_answers(door, settings):
    settings.LIVE_ORIGINS = ["https://app.example.fr"]
    page, other = {"Origin": "https://app.example.fr"}, {"Origin": "https://ailleurs.example"}
    before = Client().options("/api/workflows", headers=page)
    assert (before.status_code, before["Access-Control-Allow-Origin"]) == (204, "https://app.example.fr")
    assert "Authorization" in before["Access-Control-Allow-Headers"]
    caller = Api(door.site, _token(_member(door.site.organization)))
    answer = caller.get("/api/workflows", **page)
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.fr"
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Origin" not in caller.get("/api/workflows", **other)
    event = {"evenement": "visite", "contactData": {"email": "zoe@example.com"}, "donnees": {}}
    assert caller.post("/api/events", event, **page).status_code == 202


def test_the_document_names_both_ways_in(db):
    document = Client().get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).content.decode()
    assert "jeton_utilisateur" in document
    assert "/api/auth/token" in document


def test_another_organizations_member_reads_nothing(door):
    caller = Api(door.site, _token(_member(make_organization())))
    assert caller.get(f"/api/leads?siteId={door.site.slug}").status_code == 404
