"""The buttons of the law: everything as a file, and its end, by those who run things."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role, User
from communications.models import Message
from crm.models import Contact
from tests.acts.admin.conftest import signed_in
from tests.acts.workflows.person import NAME, SECRETS, make_person, places_of
from tests.make import make_contact, make_message, make_site

pytestmark = pytest.mark.django_db
ACT = reverse("admin:crm_contact_act", args=["effacement"])
CHANGELIST = reverse("admin:crm_contact_changelist")


def export_of(contact):
    return reverse("admin:crm_contact_export", args=[contact.pk])


def change(contact):
    return reverse("admin:crm_contact_change", args=[contact.pk])


def test_everything_is_handed_out_as_a_file_and_that_is_written_down():
    zoe = make_person()
    client = signed_in(zoe.organization)
    assert export_of(zoe) in client.get(change(zoe)).content.decode()
    answer = client.get(export_of(zoe))
    assert answer["Content-Disposition"] == f'attachment; filename="rgpd-contact-{zoe.pk}.json"'
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(answer.content)["contact"]["nom"] == NAME
    assert AuditEntry.objects.get(action="rgpd.export").actor == "personne-1"


def test_a_selection_is_handed_out_in_lines():
    zoe = make_person()
    other = make_contact(site=zoe.site)
    form = {"action": "export_people", "_selected_action": [zoe.pk, other.pk]}
    answer = signed_in(zoe.organization).post(CHANGELIST, form)
    found = [json.loads(line)["contact"]["id"] for line in answer.content.decode().splitlines()]
    assert found == [zoe.pk, other.pk]
    assert AuditEntry.objects.filter(action="rgpd.export").count() == 2


def test_an_erasure_says_what_goes_asks_for_a_word_and_leaves_no_trace():
    zoe = make_person(opted_out_at=None)
    client = signed_in(zoe.organization)
    page = client.get(ACT, {"ids": zoe.pk, "page": "1"})
    text = page.content.decode()
    for said in ("messages : 2", "événements : ", "sans le nom de la personne", "Twilio", "Écrivez « effacer »"):
        assert said in text, said
    again = client.post(ACT, {"ids": zoe.pk, "confirmation": "oui"})
    assert list(again.context["form"].errors) == ["confirmation"]
    assert Contact.objects.filter(pk=zoe.pk).exists()
    form = {"ids": zoe.pk, "page": "1", "confirmation": " Effacer ", "raison": f"{NAME} l'a écrit"}
    answer = client.post(ACT, form)
    assert answer.url == CHANGELIST
    assert places_of(*SECRETS) == {}
    assert "1 ligne concernée" in client.get(CHANGELIST).content.decode()
    entry = AuditEntry.objects.get(action="rgpd.effacement")
    assert entry.actor == "personne-1"
    assert not LogEntry.objects.exclude(object_repr="").exists()


def test_a_selection_is_erased_and_who_opted_out_is_said_to_stay_closed(boss, now):
    people = [make_contact(opted_out_at=now), make_contact()]
    ids = ",".join(str(p.pk) for p in people)
    assert "1 personne est désinscrite" in boss.get(ACT, {"ids": ids}).content.decode()
    boss.post(ACT, {"ids": ids, "confirmation": "effacer"})
    assert not Contact.objects.exists()


def test_an_address_of_somebody_erased_is_still_found_as_closed(boss, now):
    zoe = make_contact(email="zoe@example.com", opted_out_at=now)
    boss.post(ACT, {"ids": zoe.pk, "confirmation": "effacer"})
    page = boss.get(reverse("admin:communications_suppression_changelist"), {"q": " Zoe@Example.com"})
    assert [(row.channel, row.address) for row in page.context["cl"].result_list] == [("email", "")]


def test_what_is_on_its_way_is_said_and_nothing_goes(boss):
    zoe = make_person()
    make_message(contact=zoe, execution=None, step="", status="sending")
    answer = boss.post(ACT, {"ids": zoe.pk, "page": "1", "confirmation": "effacer"}, follow=True)
    assert "en cours d&#x27;envoi" in answer.content.decode()
    assert Message.objects.count() == 3


@pytest.mark.parametrize("role", [Role.SALES, Role.READER])
def test_only_those_who_run_things_erase_and_hand_out(role):
    zoe = make_person()
    client = signed_in(zoe.organization, role)
    page = client.get(change(zoe)).content.decode()
    assert "Effacer la personne" not in page
    assert export_of(zoe) not in page
    assert "export_people" not in client.get(CHANGELIST).content.decode()
    assert client.get(ACT, {"ids": zoe.pk}).status_code == 403
    assert client.post(ACT, {"ids": zoe.pk, "confirmation": "effacer"}).status_code == 403
    assert client.get(export_of(zoe)).status_code == 403
    assert Contact.objects.exists()


def test_another_organization_erases_and_sees_nothing():
    zoe = make_person()
    client = signed_in(make_site().organization, Role.OWNER)
    assert client.get(export_of(zoe)).status_code == 404
    assert client.get(ACT, {"ids": zoe.pk}).context["count"] == 0
    client.post(ACT, {"ids": zoe.pk, "confirmation": "effacer"})
    answer = client.post(CHANGELIST, {"action": "export_people", "_selected_action": [zoe.pk]})
    assert zoe.email not in answer.content.decode()
    assert Contact.objects.get() == zoe


def test_a_member_of_two_organizations_acts_only_where_the_role_allows():
    mine, theirs = make_person(), make_contact()
    client = signed_in(mine.organization, Role.OPERATOR)
    Membership.objects.create(user=User.objects.latest("pk"), organization=theirs.organization, role=Role.READER)
    client.post(ACT, {"ids": f"{mine.pk},{theirs.pk}", "confirmation": "effacer"})
    assert list(Contact.objects.all()) == [theirs]
    assert client.get(export_of(theirs)).status_code == 404
