"""The pages of duplicates: two contacts side by side, merged or told apart."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from berinia.formats import phone
from crm.models import Contact, Duplicate, Event
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_event, make_lead, make_message, make_site

pytestmark = pytest.mark.django_db
LIST = "admin:crm_duplicate_changelist"


def make_pair(site=None, **changes):
    site = site or make_site()
    first = make_contact(site=site, name="Jean Dupont", email="jean@example.com")
    second = make_contact(site=site, name="J. Dupont", email="j.dupont@example.com")
    return Duplicate.objects.create(
        **{"organization": site.organization, "site": site, "first": first, "second": second, "reason": "phone",
           "similarity": 90, "created_at": NOW} | changes
    )  # fmt: skip


def act(client, name, *pairs):
    return client.post(reverse("admin:crm_duplicate_act", args=[name]), {"ids": ",".join(str(p.pk) for p in pairs)})


def shown(client, query=""):
    return [row.pk for row in client.get(reverse(LIST) + query).context["cl"].result_list]


def test_open_pairs_are_listed_and_searched(boss):
    pair, settled = make_pair(), make_pair(state="distinct")
    make_lead(contact=pair.first, company="Chez Jean")
    text = boss.get(reverse(LIST)).content.decode()
    assert "j.dupont@example.com" in text
    assert "Chez Jean" in text
    assert shown(boss) == [pair.pk]
    assert shown(boss, "?etat=distinct") == [settled.pk]
    assert shown(boss, "?etat=tous") == [settled.pk, pair.pk]
    assert shown(boss, f"?q={pair.second.email}&site={pair.site_id}") == [pair.pk]
    assert shown(boss, "?q=nobody@example.com") == []


def test_the_two_stand_side_by_side_with_what_differs(boss):
    pair = make_pair()
    (table,) = boss.get(reverse("admin:crm_duplicate_change", args=[pair.pk])).context["tables"]
    rows = {str(row[0].text): [cell.text for cell in row[1:]] for row in table.rows}
    assert rows["nom"][:2] == ["Jean Dupont", "J. Dupont"]
    assert str(rows["nom"][2]) == "différent"
    assert rows["téléphone"] == [phone("+33612345678"), phone("+33612345678"), ""]


@pytest.mark.parametrize(("name", "kept"), [("fusionner_ancien", "first"), ("fusionner_recent", "second")])
def test_a_merge_says_what_moves_and_keeps_the_chosen_one(boss, name, kept):
    pair = make_pair()
    for contact in (pair.first, pair.second):
        make_event(contact=contact, routed_at=NOW)
        make_message(contact=contact)
    asked = boss.get(reverse("admin:crm_duplicate_act", args=[name]) + f"?ids={pair.pk}").content.decode()
    gone = pair.second if kept == "first" else pair.first
    assert f"« {gone} » (#{gone.pk}) rejoint « {getattr(pair, kept)} »" in asked
    assert "evenements : 1" in asked
    assert "Cela ne se défait pas" in asked
    assert act(boss, name, pair).status_code == 302
    assert Contact.objects.get() == getattr(pair, kept)
    assert Event.objects.filter(contact=getattr(pair, kept)).count() == 3
    assert not Duplicate.objects.exists()
    assert AuditEntry.objects.get().action == "contact.fusionner"


def test_a_chain_of_pairs_ends_as_one(boss):
    site = make_site()
    pair = make_pair(site)
    third = make_contact(site=site, email="jd@example.com")
    chained = Duplicate.objects.create(
        organization=site.organization, site=site, first=pair.second, second=third, reason="phone", similarity=80,
        created_at=NOW,
    )  # fmt: skip
    act(boss, "fusionner_ancien", pair, chained)
    assert Contact.objects.get() == pair.first


def test_what_is_on_its_way_is_waited_for_and_said(boss):
    pair = make_pair()
    make_message(contact=pair.second, status="sending", due_at=NOW)
    answer = boss.post(reverse("admin:crm_duplicate_act", args=["fusionner_ancien"]), {"ids": pair.pk}, follow=True)
    assert "réessayez dans une minute" in answer.content.decode()
    assert Contact.objects.count() == 2


def test_two_people_are_told_apart_once(boss):
    pair = make_pair()
    act(boss, "distinguer", pair)
    act(boss, "distinguer", pair)
    pair.refresh_from_db()
    assert (pair.state, pair.settled_by) == ("distinct", "personne-0")
    assert pair.settled_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == ("doublon.distinguer", {"contacts": [pair.first_id, pair.second_id]})
    act(boss, "fusionner_ancien", pair)
    assert Contact.objects.count() == 2


def test_roles_and_organizations_are_kept_apart():
    ours, theirs = make_pair(), make_pair()
    operator, sales, reader = (
        signed_in(ours.organization, role) for role in (Role.OPERATOR, Role.SALES, Role.READER)
    )  # fmt: skip
    assert shown(operator) == [ours.pk]
    act(operator, "fusionner_ancien", theirs)
    act(operator, "distinguer", theirs)
    assert act(sales, "fusionner_ancien", ours).status_code == 403
    assert act(reader, "distinguer", ours).status_code == 403
    assert Contact.objects.count() == 4
    assert set(Duplicate.objects.values_list("state", flat=True)) == {"ouvert"}
    act(sales, "distinguer", ours)
    assert set(Duplicate.objects.values_list("state", flat=True)) == {"ouvert", "distinct"}
