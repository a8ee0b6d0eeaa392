"""Owners see to the members of their own organization, and cannot become more than its owners."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role, User
from tests.acts.admin.conftest import signed_in
from tests.make import make_organization

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/membership/add/"


@pytest.fixture
def ours():
    return make_organization(name="Nous")


@pytest.fixture
def owner(ours):
    return signed_in(ours, Role.OWNER, username="patronne")


def member(organization, role=Role.SALES, username="zoe", **changes):
    user = User.objects.create_user(**{"username": username, "is_staff": True} | changes)
    return Membership.objects.create(user=user, organization=organization, role=role)


def change(row, page="change"):
    return reverse(f"admin:accounts_membership_{page}", args=[row.pk])


def roles(organization):
    return dict(Membership.objects.filter(organization=organization).values_list("user__username", "role"))


def test_an_owner_lets_somebody_in_with_a_password_for_the_first_sign_in(owner, ours, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    answer = owner.post(ADD, {"organization": ours.pk, "username": "zoe", "role": "sales"})
    plain = answer.context["plain"]
    assert plain in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert roles(ours) == {"patronne": "owner", "zoe": "sales"}
    assert plain not in str(list(AuditEntry.objects.values()))
    assert set(AuditEntry.objects.values_list("action", "target_kind")) == {
        ("membre.creer", "membre"), ("utilisateur.creer", "utilisateur"),
    }  # fmt: skip
    zoe = Client()
    zoe.post("/admin/login/", {"username": "zoe", "password": plain})
    assert zoe.get("/admin/").url == "/admin/password_change/"
    assert zoe.get("/admin/crm/contact/").url == "/admin/password_change/"
    own = {"old_password": plain, "new_password1": "tout-autre-chose-9", "new_password2": "tout-autre-chose-9"}
    assert zoe.post("/admin/password_change/", own).status_code == 302
    assert zoe.get("/admin/").status_code == 200
    user = User.objects.get(username="zoe")
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_an_owner_lets_in_who_has_an_account(owner, ours):
    member(make_organization(), username="zoe")
    answer = owner.post(ADD, {"organization": ours.pk, "username": "zoe", "role": "operator"})
    assert answer.status_code == 302
    assert roles(ours)["zoe"] == "operator"
    assert User.objects.count() == 2
    assert owner.post(ADD, {"organization": ours.pk, "username": "zoe", "role": "owner"}).status_code == 200


@pytest.mark.parametrize("changes", [{"is_superuser": True}, {"is_active": False}, {"is_staff": False}])
def test_accounts_that_are_the_houses_to_see_to_are_not_let_in(owner, ours, changes):
    User.objects.create_user(**{"username": "maison", "is_staff": True} | changes)
    answer = owner.post(ADD, {"organization": ours.pk, "username": "maison", "role": "reader"})
    assert "pas disponible" in answer.content.decode()
    assert roles(ours) == {"patronne": "owner"}


def test_nobody_is_let_into_another_organization(owner, ours):
    theirs = make_organization(name="Eux")
    answer = owner.post(ADD, {"organization": theirs.pk, "username": "patronne", "role": "owner"})
    assert answer.context["adminform"].form.errors["organization"]
    assert roles(theirs) == {}


def test_an_owner_changes_roles_and_removes(owner, ours):
    zoe = member(ours)
    assert owner.post(change(zoe), {"role": "owner"}).status_code == 302
    assert roles(ours)["zoe"] == "owner"
    owner.post(change(zoe, "delete"), {"post": "yes"})
    assert roles(ours) == {"patronne": "owner"}
    assert User.objects.filter(username="zoe").exists()
    found = AuditEntry.objects.filter(target_kind="membre").order_by("id")
    assert [(e.action, e.before, e.after) for e in found] == [
        ("membre.modifier", {"role": "sales"}, {"role": "owner"}),
        ("membre.supprimer", {"user_id": zoe.user_id, "organization_id": ours.pk, "role": "owner"},
         {"user_id": None, "organization_id": None, "role": None}),
    ]  # fmt: skip


def test_whose_membership_it_is_stays(owner, ours):
    zoe = member(ours)
    other = User.objects.create_user("autre", is_staff=True)
    owner.post(change(zoe), {"role": "reader", "user": other.pk, "organization": make_organization().pk})
    zoe.refresh_from_db()
    assert (zoe.user.username, zoe.organization, zoe.role) == ("zoe", ours, "reader")


def test_the_last_owner_stays_owner(owner, ours):
    me = Membership.objects.get(user__username="patronne")
    answer = owner.post(change(me), {"role": "reader"})
    assert "dernier propriétaire" in answer.content.decode()
    answer = owner.post(change(me, "delete"), {"post": "yes"}, follow=True)
    assert "dernier propriétaire" in answer.content.decode()
    assert roles(ours) == {"patronne": "owner"}
    member(ours, Role.OWNER)
    assert owner.post(change(me), {"role": "reader"}).status_code == 302


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SALES, Role.READER])
def test_others_only_look(ours, role):
    zoe = member(ours)
    client = signed_in(ours, role)
    assert client.get(change(zoe)).status_code == 200
    assert client.post(change(zoe), {"role": "owner"}).status_code == 403
    assert client.post(change(zoe, "delete"), {"post": "yes"}).status_code == 403
    assert client.post(ADD, {"organization": ours.pk, "username": "x", "role": "owner"}).status_code == 403
    own = Membership.objects.get(user_id=int(client.session["_auth_user_id"]))
    assert client.post(change(own), {"role": "owner"}).status_code == 403


def test_an_owner_of_one_organization_is_nobody_in_another(owner):
    theirs = make_organization(name="Eux")
    zoe = member(theirs)
    assert owner.get(change(zoe)).status_code == 302
    assert owner.post(change(zoe), {"role": "owner"}).status_code == 302
    assert owner.post(change(zoe, "delete"), {"post": "yes"}).status_code == 302
    assert roles(theirs) == {"zoe": "sales"}
    assert "zoe" not in owner.get(reverse("admin:accounts_membership_changelist")).content.decode()


def test_the_houses_own_people_are_not_an_owners_to_change(owner, ours):
    chief = member(ours, Role.OPERATOR, "chef", is_superuser=True)
    assert owner.post(change(chief), {"role": "reader"}).status_code == 403
    assert owner.post(change(chief, "delete"), {"post": "yes"}).status_code == 403
    assert roles(ours)["chef"] == "operator"


def test_an_owner_sees_no_accounts(owner):
    for page in ("changelist", "add"):
        assert owner.get(reverse(f"admin:accounts_user_{page}")).status_code == 403
