"""Signing in: who guesses waits, who has a second factor gives it, and sessions end when they should."""

import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import AuditEntry, Authenticator, Membership, Role, User
from accounts.sessions import SEEN, remove_expired
from tests.make import make_organization

pytestmark = pytest.mark.django_db
PASSWORD = "un-long-mot-de-passe"
LOGIN, INDEX = "/admin/login/", "/admin/"
CODE = "/admin/login/code/"
SETUP = "/admin/second-facteur/"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def zoe():
    return User.objects.create_user("zoe", password=PASSWORD, is_staff=True, is_superuser=True)


def login(client, password=PASSWORD, username="zoe", **more):
    return client.post(LOGIN, {"username": username, "password": password}, **more)


def is_in(client):
    return client.get(INDEX).status_code == 200


def code_of(device, steps=0):
    device.refresh_from_db()
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift + steps):06d}"


def used(device):
    """Let the next code be taken at once: time does not pass in a test."""
    Authenticator.objects.filter(pk=device.pk).update(
        last_t=-1, throttling_failure_timestamp=None, throttling_failure_count=0
    )


def enrolled(user):
    device = second_factor.begin(user)
    _device, codes = second_factor.confirm(user, code_of(device), now=timezone.now())
    used(device)
    return device, codes


# Throttling


def test_after_some_wrong_passwords_even_the_right_one_waits(client, zoe, settings):
    for n in range(settings.AXES_FAILURE_LIMIT):
        answer = login(client, "faux")
        assert answer.status_code == (429 if n == settings.AXES_FAILURE_LIMIT - 1 else 200)
    answer = login(client)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "Réessayez dans 15 minutes" in answer.content.decode()
    assert not is_in(client)
    assert is_in_from(client, "203.0.113.9")  # from elsewhere its owner still comes in


def is_in_from(client, address):
    elsewhere = Client(REMOTE_ADDR=address)
    login(elsewhere)
    return is_in(elsewhere)


def test_the_wait_ends(client, zoe, settings):
    for _n in range(settings.AXES_FAILURE_LIMIT):
        login(client, "faux")
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1))
    login(client)
    assert is_in(client)


def test_a_success_begins_the_count_anew(client, zoe, settings):
    for _round in range(2):
        for _n in range(settings.AXES_FAILURE_LIMIT - 1):
            assert login(client, "faux").status_code == 200
        assert login(client).status_code == 302


def test_many_names_from_one_address_close_it_and_a_success_does_not_open_it(client, zoe, settings):
    settings.AXES_FAILURE_LIMIT = 1
    for n in range(10):
        login(client, "faux", username=f"nom-{n}")
    User.objects.create_user("autre", password=PASSWORD, is_staff=True)
    assert login(client, username="autre").status_code == 429


def test_neither_the_name_nor_the_password_is_logged_or_kept(client, zoe, caplog):
    login(client, "mot-de-passe-tapé")
    login(client, "faux", username="mot-de-passe-au-mauvais-endroit")
    assert "mot-de-passe" not in caplog.text
    assert "zoe" not in caplog.text
    attempts = AccessAttempt.objects.all()
    assert not [a for a in attempts if "mot-de-passe" in a.post_data]
    assert "mauvais" not in str(list(AuditEntry.objects.values()))


def test_strange_names_are_wrong_names(client, zoe):
    for name in ("x" * 5000, "a\0b", ""):
        assert login(client, username=name).status_code == 200


def test_an_api_call_that_waits_is_told_so_in_json(rf, settings):
    from accounts.login_guard import refused

    answer = refused(rf.post("/api/auth/token"), None)
    assert answer.status_code == 429
    assert b'"error": "trop_d_essais"' in answer.content


# The audit log


def test_who_came_left_and_failed_is_in_the_audit_log(client, zoe, settings):
    login(client, "faux")
    login(client)
    client.post("/admin/logout/")
    assert not is_in(client)
    found = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "target", "target_id"))
    assert found == [
        ("connexion.echec", "anonyme", "zoe", zoe.pk),
        ("connexion", "zoe", "zoe", zoe.pk),
        ("connexion.fin", "zoe", "zoe", zoe.pk),
    ]
    assert client.get("/admin/logout/").status_code == 405


def test_a_lock_out_is_recorded_once_in_the_log_of_the_persons_organization(client, settings):
    organization = make_organization()
    user = User.objects.create_user("zoe", password=PASSWORD, is_staff=True)
    Membership.objects.create(user=user, organization=organization, role=Role.OWNER)
    for _n in range(settings.AXES_FAILURE_LIMIT + 5):
        login(client, "faux")
    entries = AuditEntry.objects.filter(action="connexion.blocage")
    assert [entry.organization for entry in entries] == [organization]
    assert AuditEntry.objects.filter(action="connexion.echec").count() == settings.AXES_FAILURE_LIMIT


# The second factor


def test_it_is_set_up_with_a_code_and_its_recovery_codes_are_shown_once(client, zoe):
    login(client)
    assert "Configurer" in client.get(SETUP).content.decode()
    page = client.post(SETUP, {"acte": "commencer", "password": PASSWORD}, follow=True).content.decode()
    assert "<svg" in page
    assert "viewBox" in page  # drawn whole, whatever its size on the page
    device = Authenticator.objects.get(user=zoe)
    assert second_factor.secret_of(device) in page
    assert not second_factor.has_second_factor(zoe)
    wrong = client.post(SETUP, {"acte": "confirmer", "code": "000000"})
    assert "pas le bon" in wrong.content.decode()
    used(device)
    page = client.post(SETUP, {"acte": "confirmer", "code": code_of(device)})
    codes = page.context["codes"]
    assert len(set(codes)) == 10
    assert all(code in page.content.decode() for code in codes)
    assert "no-store" in page["Cache-Control"]
    assert second_factor.has_second_factor(zoe)
    assert not [t for t in StaticToken.objects.values_list("token", flat=True) if t in "".join(codes).replace("-", "")]
    assert codes[0] not in client.get(SETUP).content.decode()
    assert is_in(client)
    assert AuditEntry.objects.filter(action="second_facteur.activer", actor="zoe").count() == 1


def test_what_the_database_holds_makes_no_codes(client, zoe, settings):
    device, _codes = enrolled(zoe)
    right = code_of(device)
    stolen = TOTPDevice.objects.get(pk=device.pk)
    assert stolen.key
    assert f"{totp(stolen.bin_key):06d}" != right
    settings.CREDENTIALS_KEY = "another"
    assert not second_factor.is_code_right(zoe, right)
    settings.CREDENTIALS_KEY = settings.SECRET_KEY
    used(device)
    assert second_factor.is_code_right(zoe, right)


def test_only_who_has_one_is_asked_for_a_code(client, zoe):
    assert login(client).url == INDEX
    device, _codes = enrolled(zoe)
    other = Client()
    answer = other.post(f"{LOGIN}?next=/admin/crm/contact/", {"username": "zoe", "password": PASSWORD})
    assert answer.url.startswith(CODE)
    assert not is_in(other)
    assert other.get(CODE).status_code == 200
    answer = other.post(answer.url, {"code": code_of(device), "next": "/admin/crm/contact/"})
    assert answer.url == "/admin/crm/contact/"
    assert is_in(other)
    assert AuditEntry.objects.get(action="connexion", details__second_facteur=True).target_id == zoe.pk


def test_a_session_with_the_password_alone_is_nobodys(client, zoe):
    client.force_login(zoe)
    assert is_in(client)
    enrolled(zoe)
    assert not is_in(client)
    assert client.post("/admin/accounts/organization/add/", {}).status_code == 302
    assert not second_factor.is_complete(zoe, client.session)


def test_a_code_works_once(client, zoe):
    device, _codes = enrolled(zoe)
    code = code_of(device)
    assert second_factor.is_code_right(zoe, code)
    Authenticator.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert not second_factor.is_code_right(zoe, code)


def test_a_wrong_code_makes_the_next_one_wait(zoe):
    device, codes = enrolled(zoe)
    assert not second_factor.is_code_right(zoe, "000000")
    assert not second_factor.is_code_right(zoe, code_of(device))
    assert not second_factor.is_code_right(zoe, "faux-code")
    assert not second_factor.is_code_right(zoe, codes[0])


def test_each_recovery_code_works_once_however_it_is_typed(client, zoe):
    _device, codes = enrolled(zoe)
    login(client)
    answer = client.post(CODE, {"code": f" {codes[0].upper()} "})
    assert answer.status_code == 302
    assert is_in(client)
    assert second_factor.codes_left(zoe) == 9
    assert not second_factor.is_code_right(zoe, codes[0])


def test_a_code_is_of_its_person_only(zoe):
    device, codes = enrolled(zoe)
    other = User.objects.create_user("autre", password=PASSWORD)
    enrolled(other)
    assert not second_factor.is_code_right(other, codes[0])
    used(device)
    assert second_factor.is_code_right(zoe, codes[0])


def test_wrong_codes_count_as_wrong_passwords(client, zoe, settings):
    device, _codes = enrolled(zoe)
    login(client)
    for n in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post(CODE, {"code": "000000"})
        assert answer.status_code == (429 if n == settings.AXES_FAILURE_LIMIT - 1 else 200)
    used(device)
    assert client.post(CODE, {"code": code_of(device)}).status_code == 429
    assert not is_in(client)


@pytest.mark.parametrize("change", ["late", "password", "inactive", "nobody"])
def test_the_code_counts_only_soon_after_the_right_password(client, zoe, change):
    device, _codes = enrolled(zoe)
    if change != "nobody":
        login(client)
    if change == "late":
        session = client.session
        session["password_right"] = {**session["password_right"], "at": time.time() - 301}
        session.save()
    if change == "password":
        zoe.set_password("un-autre-mot-de-passe")
        zoe.save()
    if change == "inactive":
        User.objects.update(is_active=False)
    assert client.post(CODE, {"code": code_of(device)}).url.startswith(LOGIN)
    assert not is_in(client)


def test_it_is_turned_off_with_a_code_only(client, zoe):
    device, _codes = enrolled(zoe)
    login(client)
    client.post(CODE, {"code": code_of(device)})
    client.post(SETUP, {"acte": "desactiver", "code": "000000"})
    assert second_factor.has_second_factor(zoe)
    used(device)
    client.post(SETUP, {"acte": "desactiver", "code": code_of(device)})
    assert not second_factor.has_second_factor(zoe)
    assert second_factor.codes_left(zoe) == 0
    assert is_in(client)
    assert AuditEntry.objects.filter(action="second_facteur.desactiver").count() == 1


def test_new_recovery_codes_kill_the_old_ones(client, zoe):
    device, old = enrolled(zoe)
    login(client)
    client.post(CODE, {"code": code_of(device)})
    used(device)
    new = client.post(SETUP, {"acte": "codes", "code": code_of(device)}).context["codes"]
    assert second_factor.is_code_right(zoe, new[0])
    assert not second_factor.is_code_right(zoe, old[1])


def test_an_enrolment_is_not_begun_over_one_that_counts(client, zoe):
    device, _codes = enrolled(zoe)
    login(client)
    client.post(CODE, {"code": code_of(device)})
    client.post(SETUP, {"acte": "commencer", "password": PASSWORD})
    assert Authenticator.objects.get(user=zoe).pk == device.pk


def test_whoever_finds_a_session_open_sets_nothing_up_without_the_password(client, zoe, settings):
    login(client)
    for given in ({}, {"password": ""}, {"password": "faux"}):
        page = client.post(SETUP, {"acte": "commencer", **given}).content.decode()
        assert "Votre mot de passe" in page
    assert "pas le bon" in page
    assert not Authenticator.objects.exists()
    device = second_factor.begin(zoe)  # by its owner, elsewhere
    assert second_factor.secret_of(device) not in client.get(SETUP).content.decode()
    client.post(SETUP, {"acte": "confirmer", "code": code_of(device)})
    assert not second_factor.has_second_factor(zoe)
    for _n in range(settings.AXES_FAILURE_LIMIT):
        client.post(SETUP, {"acte": "commencer", "password": "faux"})
    assert client.post(SETUP, {"acte": "commencer", "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("setting", "role", "is_led"),
    [("", Role.OWNER, False), ("owners", Role.OWNER, True), ("owners", Role.READER, False),
     ("everybody", Role.READER, True)],
)  # fmt: skip
def test_who_must_have_one_is_led_to_set_it_up_before_anything_else(client, settings, setting, role, is_led):
    settings.SECOND_FACTOR = setting
    user = User.objects.create_user("zoe", password=PASSWORD, is_staff=True)
    Membership.objects.create(user=user, organization=make_organization(), role=role)
    login(client)
    answer = client.get(INDEX)
    assert answer.status_code == (302 if is_led else 200)
    assert second_factor.is_missing(user) is is_led
    if is_led:
        assert answer.url == SETUP
        assert "obligatoire" in client.get(SETUP).content.decode()
        assert client.post("/admin/crm/contact/add/", {}).url == SETUP
        client.post(SETUP, {"acte": "commencer", "password": PASSWORD})
        client.post(SETUP, {"acte": "confirmer", "code": code_of(Authenticator.objects.get(user=user))})
        assert is_in(client)


def test_a_superuser_removes_the_second_factor_of_somebody_who_lost_their_phone(client, zoe):
    client.force_login(zoe)
    other = User.objects.create_user("autre", password=PASSWORD, is_staff=True)
    enrolled(other)
    act = reverse("admin:accounts_user_act", args=["second_facteur"])
    refused = client.post(act, {"ids": other.pk, "raison": ""})
    assert refused.status_code == 200
    assert second_factor.has_second_factor(other)
    client.post(act, {"ids": other.pk, "raison": "téléphone perdu"})
    assert not second_factor.has_second_factor(other)
    entry = AuditEntry.objects.get(action="second_facteur.desactiver")
    assert (entry.actor, entry.target, entry.reason) == ("zoe", "autre", "téléphone perdu")


# Sessions


def test_every_session_ends_when_the_password_changes_but_the_one_that_changed_it(client, zoe):
    login(client)
    other = Client()
    login(other)
    form = {"old_password": PASSWORD, "new_password1": "tout-autre-chose-9", "new_password2": "tout-autre-chose-9"}
    assert client.post("/admin/password_change/", form).status_code == 302
    assert is_in(client)
    assert not is_in(other)


def test_a_session_is_prolonged_by_what_a_person_does_and_not_by_pages_that_refresh_themselves(client, zoe, settings):
    login(client)
    client.get(INDEX)
    session = client.session
    session[SEEN] = int(time.time()) - 400
    session.save()
    soon = timezone.now() + timedelta(minutes=1)
    Session.objects.update(expire_date=soon)
    client.get(INDEX, headers={"HX-Request": "true"})
    assert Session.objects.get().expire_date == soon
    client.get(INDEX)
    left = Session.objects.get().expire_date - timezone.now()
    assert left > timedelta(hours=settings.SESSION_COOKIE_AGE / 3600 - 1)


def test_the_cookie_is_out_of_reach_of_scripts_and_new_at_each_login(client, zoe):
    before = client.session
    before.save()
    client.cookies["sessionid"] = before.session_key
    login(client)
    first = client.cookies["sessionid"]
    assert first["httponly"]
    assert first["samesite"] == "Lax"
    assert int(first["max-age"]) == 12 * 3600
    assert first.value != before.session_key


def test_sessions_that_are_over_are_removed(client, zoe):
    login(client)
    assert remove_expired(timezone.now()) == 0
    assert remove_expired(timezone.now() + timedelta(hours=13)) == 1


def test_a_login_leads_nowhere_else(client, zoe):
    answer = client.post(f"{LOGIN}?next=https://evil.example/", {"username": "zoe", "password": PASSWORD})
    assert answer.url == INDEX
