"""Every change in the admin leaves an entry: who, what, before, after. Of people it says what changed, not to what."""

import pytest
from django.urls import reverse

from accounts.models import ApiKey, AuditEntry, Membership, Role, Site, User
from communications.models import SendingRules
from crm.models import Contact
from tests.acts.admin.conftest import signed_in
from tests.make import make_contact, make_execution, make_organization, make_site

pytestmark = pytest.mark.django_db


def form_of(client, url):
    """Return what a browser would send back of a page's form, unchanged."""
    page = client.get(url)
    form = page.context["adminform"].form
    found = {}
    for bound in form:
        value = bound.value()
        name = bound.html_name
        if hasattr(bound.field.widget, "decompress"):
            for n, part in enumerate(bound.field.widget.decompress(value)):
                found[f"{name}_{n}"] = part or ""
        elif value is True:
            found[name] = "on"
        elif value not in (None, False):
            found[name] = ",".join(map(str, value)) if isinstance(value, list) else value
    for formset in page.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        found |= {management.add_prefix(name): value for name, value in management.initial.items()}
        for inline in formset.formset.initial_forms:
            found |= {b.html_name: b.value() or "" for b in inline}
    return found


def change(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def entries(**about):
    return list(AuditEntry.objects.filter(**about).order_by("id"))


def test_a_setting_is_told_from_what_to_what():
    site = make_site(business_name="Avant")
    client = signed_in(site.organization, Role.OWNER)
    form = form_of(client, change(site)) | {"business_name": "Après"}
    assert client.post(change(site), form).status_code == 302
    (entry,) = entries(target_kind="site")
    assert entry.before == {"business_name": "Avant"}
    assert entry.after == {"business_name": "Après"}
    assert (entry.action, entry.target_id, entry.organization) == ("site.modifier", site.pk, site.organization)
    assert entry.actor == User.objects.get().username


def test_saving_without_a_change_leaves_nothing():
    site = make_site()
    client = signed_in(site.organization, Role.OWNER)
    assert client.post(change(site), form_of(client, change(site))).status_code == 302
    assert entries() == []


def test_of_a_person_only_which_fields_changed():
    contact = make_contact(name="Zoé Durand", email="zoe@example.com")
    client = signed_in(contact.organization)
    form = form_of(client, change(contact)) | {"name": "Léa Petit", "email": "lea@example.com"}
    assert client.post(change(contact), form).status_code == 302
    assert Contact.objects.get().name == "Léa Petit"
    (entry,) = entries(target_kind="contact")
    assert set(entry.after) >= {"name", "email"}
    everything = str(AuditEntry.objects.values().get())
    for word in ("Zoé", "Léa", "example.com"):
        assert word not in everything


def test_what_is_added_and_deleted_is_told():
    organization = make_organization()
    client = signed_in(organization, Role.OWNER)
    url = reverse("admin:communications_sendingrules_add")
    form = form_of(client, url) | {"organization": organization.pk, "weekday_from": "09:00", "weekday_until": "18:00"}
    answer = client.post(url, form)
    assert answer.status_code == 302, answer.context["errors"]
    rules = SendingRules.objects.get()
    client.post(reverse("admin:communications_sendingrules_delete", args=[rules.pk]), {"post": "yes"})
    made, gone = entries(target_kind="regles_envoi")
    assert (made.action, gone.action) == ("regles_envoi.creer", "regles_envoi.supprimer")
    assert made.after["weekday_from"] == gone.before["weekday_from"] == "09:00:00"
    assert made.organization == gone.organization == organization


def test_keys_made_and_revoked_are_told_without_the_key():
    site = make_site()
    client = signed_in(site.organization, Role.OWNER)
    page = client.post(reverse("admin:accounts_apikey_add"), {"site": site.pk, "name": "serveur", "kind": "secret"})
    plain, key = page.context["plain"], ApiKey.objects.get()
    client.post(reverse("admin:accounts_apikey_act", args=["revoquer"]), {"ids": key.pk})
    made, revoked = entries(target_kind="cle")
    assert (made.action, revoked.action) == ("cle.creer", "cle.revoquer")
    assert revoked.before == {"revoked_at": None}
    assert revoked.after["revoked_at"]
    everything = str(list(AuditEntry.objects.values()))
    assert plain not in everything
    assert key.digest not in everything


def test_members_changed_below_a_person_are_told(boss):
    organization = make_organization()
    user = User.objects.create_user("zoe", is_staff=True)
    member = Membership.objects.create(user=user, organization=organization, role=Role.READER)
    form = form_of(boss, change(user))
    role = next(name for name, value in form.items() if name.endswith("-role"))
    assert boss.post(change(user), form | {role: Role.OWNER}).status_code == 302
    (entry,) = entries(target_kind="membre")
    assert (entry.before, entry.after) == ({"role": "reader"}, {"role": "owner"})
    assert (entry.target_id, entry.organization) == (member.pk, organization)


def test_a_changed_password_is_told_without_it(boss, settings):
    user = User.objects.create_user("zoe", is_staff=True)
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    boss.post(url, {"password1": "tout-autre-chose-9", "password2": "tout-autre-chose-9"})
    (entry,) = entries(target_kind="utilisateur", action="utilisateur.modifier")
    assert entry.after == {"password": "•••"}
    own = {"old_password": "tout-autre-chose-9", "new_password1": "encore-autre-8", "new_password2": "encore-autre-8"}
    boss.logout()
    boss.force_login(User.objects.get(username="zoe"))
    assert boss.post(reverse("admin:password_change"), own).status_code == 302
    (entry,) = entries(action="utilisateur.mot_de_passe")
    assert (entry.actor, entry.target) == ("zoe", "zoe")


def test_an_act_that_records_itself_is_recorded_once():
    execution = make_execution()
    client = signed_in(execution.organization)
    client.post(reverse("admin:workflows_execution_act", args=["pause"]), {"ids": execution.pk, "raison": "congés"})
    (entry,) = entries()
    assert (entry.action, entry.reason) == ("pause", "congés")


@pytest.mark.parametrize(
    "kind", ["workflows_execution", "workflows_workflow", "accounts_site", "accounts_organization"]
)
def test_a_stop_says_why_or_is_none(kind):
    execution = make_execution()
    client = signed_in(execution.organization, Role.OWNER)
    row = {"workflows_execution": execution, "workflows_workflow": execution.workflow, "accounts_site": execution.site,
           "accounts_organization": execution.organization}[kind]  # fmt: skip
    act = reverse(f"admin:{kind}_act", args=["arret"])
    for reason in ("", "   "):
        answer = client.post(act, {"ids": row.pk, "raison": reason})
        assert "Dites pourquoi" in answer.content.decode()
        execution.refresh_from_db()
        assert execution.status != "arretee"
    client.post(act, {"ids": row.pk, "raison": "le client a déménagé"})
    execution.refresh_from_db()
    assert execution.status == "arretee"
    assert "le client a déménagé" in [entry.reason for entry in entries()]


def test_an_emergency_stop_says_why_or_is_none(boss):
    url = reverse("admin:workflows_workflow_emergency")
    answer = boss.post(url, {"raison": ""})
    assert "Dites pourquoi" in answer.content.decode()
    assert entries(action="pause") == []
    boss.post(url, {"raison": "fuite de données"})
    assert entries(action="pause")[0].reason == "fuite de données"


def test_the_log_reads_as_before_and_after_and_links_to_what_it_is_about():
    site = make_site(business_name="Avant")
    client = signed_in(site.organization, Role.OWNER)
    client.post(change(site), form_of(client, change(site)) | {"business_name": "Après"})
    page = client.get(change(entries()[0])).content.decode()
    assert change(site) in page
    for text in ("nom de l&#x27;entreprise", "Avant", "Après"):
        assert text in page
    actor = entries()[0].actor
    for query, found in (("action=site.modifier", 1), ("action=site.creer", 0), ("target_kind=site", 1),
                         (f"actor={actor}", 1), ("actor=personne", 0), ("action=n'importe", 0)):  # fmt: skip
        answer = client.get(reverse("admin:accounts_auditentry_changelist") + f"?{query}")
        assert answer.context["cl"].result_count == found, query


def test_what_is_about_the_platform_is_for_superusers(boss):
    AuditEntry.objects.create(at="2026-03-10T10:00Z", actor="x", action="pause", target_kind="plateforme")
    entry = entries()[0]
    assert boss.get(change(entry)).status_code == 200
    owner = signed_in(make_organization(), Role.OWNER)
    assert owner.get(change(entry)).status_code == 302
    assert owner.get(reverse("admin:accounts_auditentry_changelist")).context["cl"].result_count == 0


def test_nobody_changes_the_log(boss):
    AuditEntry.objects.create(at="2026-03-10T10:00Z", actor="x", action="pause", target_kind="plateforme")
    url = change(entries()[0])
    assert boss.post(url, {"actor": "y"}).status_code == 403
    assert boss.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert boss.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    assert entries()[0].actor == "x"


def test_a_form_that_fails_leaves_nothing():
    site = make_site()
    client = signed_in(site.organization, Role.OWNER)
    answer = client.post(change(site), form_of(client, change(site)) | {"business_name": ""})
    assert answer.status_code == 200
    assert entries() == []
    assert Site.objects.get().business_name == site.business_name
