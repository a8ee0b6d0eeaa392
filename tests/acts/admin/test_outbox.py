"""The outbox's parts with how many are in each, dead letters by reason, and all of a filter sent again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from communications.models import Message
from communications.outbox import Tab, outbox
from tests.acts.admin.conftest import signed_in
from tests.make import make_contact, make_message, make_site

pytestmark = pytest.mark.django_db
LIST = "admin:communications_message_changelist"
FOUND = "admin:communications_message_replay_found"


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def mixed(site):
    """Return the messages of a site by what they are."""
    contact, later = make_contact(site=site), timezone.now() + timedelta(hours=3)
    said = {
        "ready": {"status": "queued", "due_at": timezone.now()},
        "deferred": {"status": "queued", "due_at": later, "reason": "hors_horaires"},
        "sent": {"status": "sent"},
        "opened": {"status": "opened"},
        "bounced": {"status": "bounced"},
        "no_number": {"status": "failed", "reason": "address"},
        "no_number_too": {"status": "failed", "reason": "address"},
        "late": {"status": "suppressed", "reason": "trop_tard"},
    }
    return {name: make_message(contact=contact, **fields) for name, fields in said.items()}


def found(client, query):
    page = client.get(f"{reverse(LIST)}?{query}")
    assert page.status_code == 200
    return {message.pk for message in page.context["cl"].result_list}


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("file", {"ready"}), ("differes", {"deferred"}), ("envoyes", {"sent"}), ("remis", {"opened"}),
        ("rejetes", {"bounced"}), ("echoues", {"no_number", "no_number_too", "late"}),
    ],
)  # fmt: skip
def test_each_part_shows_its_own_and_says_how_many(boss, site, mixed, tab, names):
    assert found(boss, f"envoi={tab}") == {mixed[name].pk for name in names}
    for sites in (None, [site.pk]):
        assert outbox(sites, timezone.now()).counts[Tab(tab)] == len(names)


def test_dead_letters_are_counted_by_reason_with_what_to_do(boss, mixed):
    text = boss.get(f"{reverse(LIST)}?envoi=echoues").content.decode()
    (first, second) = outbox(None, timezone.now()).dead
    assert ((first.reason, first.count), (second.reason, second.count)) == (("address", 2), ("trop_tard", 1))
    assert "Demandez une autre adresse au contact." in text
    assert found(boss, "envoi=echoues&raison=address") == {mixed["no_number"].pk, mixed["no_number_too"].pk}


def test_all_of_a_filter_is_replayed_after_it_was_counted(boss, mixed):
    asked = boss.get(f"{reverse(FOUND)}?envoi=echoues&raison=address")
    assert asked.context["count"] == 2
    assert not Message.objects.filter(pk=mixed["no_number"].pk, status="queued").exists()
    boss.post(asked.context["action"], {"ids": asked.context["ids"]})
    states = dict(Message.objects.values_list("pk", "status"))
    assert states[mixed["no_number"].pk] == states[mixed["no_number_too"].pk] == "queued"
    assert states[mixed["late"].pk] == "suppressed"


def test_a_member_sees_counts_and_replays_of_their_own_alone(site, mixed):
    other = make_site()
    make_message(contact=make_contact(site=other), status="failed", reason="modele")
    member = signed_in(other.organization, Role.OPERATOR)
    page = member.get(f"{reverse(LIST)}?envoi=echoues")
    assert [letters.reason for letters in page.context["dead"]] == ["modele"]
    assert member.get(f"{reverse(FOUND)}?envoi=echoues").context["count"] == 1
    reader = signed_in(other.organization, Role.READER)
    assert reader.get(f"{reverse(FOUND)}?envoi=echoues").status_code == 403
    assert "Rejouer tout" not in reader.get(f"{reverse(LIST)}?envoi=echoues").content.decode()


@pytest.mark.parametrize("query", ["envoi=autre", "raison=", "raison=x&envoi=file", "envoi=", "status__exact=zzz"])
def test_a_filter_that_is_none_is_no_error(boss, mixed, query):
    assert boss.get(f"{reverse(LIST)}?{query}").status_code in (200, 302)
    assert boss.get(f"{reverse(FOUND)}?{query}").status_code in (200, 302, 404)


def test_an_empty_outbox_says_that_nothing_is_to_do(boss):
    assert "rien à faire" in boss.get(f"{reverse(LIST)}?envoi=echoues").content.decode()


def test_the_last_answer_of_the_provider_shows_its_http_code(boss):
    message = make_message(status="failed", reason="message", detail="422 validation_error invalid from", attempts=2,
                           attempted_at=timezone.now(), to="+33612345678", provider="twilio")  # fmt: skip
    text = boss.get(reverse("admin:communications_message_change", args=[message.pk])).content.decode()
    assert "HTTP 422" in text
    assert "06\u00a012\u00a034\u00a056\u00a078" in text
