"""What people decide about leads holds until they give it back."""

from datetime import date, timedelta

import pytest

from accounts.models import AuditEntry, Membership, Role, User
from crm import decide
from crm.decide import DecisionError
from crm.leads import hear
from crm.models import Connection, Contact, Event, Export
from tests.make import NOW, make_event, make_lead

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


def test_what_a_person_classified_no_machine_classifies_again():
    lead = make_lead(classify_at=NOW)
    assert decide.set_quality([lead.pk], "CHAUD", None, "camille", "il a rappelé", LATER) == 1
    lead.refresh_from_db()
    assert (lead.quality, lead.score, lead.status, lead.reasoning) == ("CHAUD", 85, "a_exporter", "il a rappelé")
    assert (lead.decided_by, lead.classified_at, lead.classify_at) == ("person", LATER, None)
    event = Event.objects.get()
    assert event.name == "lead_classe"
    assert event.data == {"qualite": "CHAUD", "score": 85, "statut": "a_exporter", "par": "person"}
    hear([make_event(contact=lead.contact).pk], LATER + timedelta(days=1))
    lead.refresh_from_db()
    assert lead.classify_at is None
    assert Contact.objects.get().updated_at == LATER


def test_the_classification_is_given_back_to_the_machine():
    lead, other = make_lead(decided_by="person"), make_lead(decided_by="model")
    assert decide.hand_back([lead.pk, other.pk], "camille", LATER) == 1
    lead.refresh_from_db()
    assert (lead.decided_by, lead.classify_at) == ("", LATER)
    assert AuditEntry.objects.get().action == "lead.rendre"


@pytest.mark.parametrize(
    ("score", "status", "then"),
    [
        (49, "a_exporter", "a_suivre"),
        (50, "nouveau", "a_exporter"),
        (90, "ecarte", "ecarte"),
        (0, "exporte", "exporte"),
    ],
)
def test_a_score_says_what_is_done_next_unless_it_is_done(score, status, then):
    lead = make_lead(status=status)
    decide.set_quality([lead.pk], "TIÈDE", score, "camille", "", NOW)
    lead.refresh_from_db()
    assert (lead.score, lead.status) == (score, then)


@pytest.mark.parametrize(("quality", "score"), [("HOT", None), ("CHAUD", 101), ("CHAUD", -1), ("", 50)])
def test_a_quality_that_is_none_is_refused(quality, score):
    lead = make_lead()
    with pytest.raises(DecisionError, match="CHAUD, TIÈDE ou FROID"):
        decide.set_quality([lead.pk], quality, score, "camille", "", NOW)


def test_what_is_put_aside_is_taken_out_of_the_exports_and_can_be_taken_up_again():
    lead = make_lead(status="a_exporter", score=70)
    connection = Connection.objects.create(organization=lead.organization)
    shared = {"organization": lead.organization, "connection": connection, "lead": lead, "contact": lead.contact,
              "day": date(2026, 3, 10), "quality": "CHAUD", "score": 70, "created_at": NOW}  # fmt: skip
    queued = Export.objects.create(**shared, status="en_file", due_at=NOW)
    sent = Export.objects.create(**shared, status="echoue")
    assert decide.discard([lead.pk], "camille", "concurrent", LATER) == 1
    lead.refresh_from_db()
    queued.refresh_from_db()
    sent.refresh_from_db()
    assert (lead.status, queued.status, queued.due_at, sent.status) == ("ecarte", "retire", None, "echoue")
    assert decide.take_up([lead.pk], "camille", LATER) == 1
    assert decide.take_up([lead.pk], "camille", LATER) == 0
    lead.refresh_from_db()
    assert lead.status == "a_exporter"
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["lead.ecarter", "lead.reprendre"]


@pytest.mark.parametrize(
    ("known", "status"), [({}, "nouveau"), ({"score": 20}, "a_suivre"), ({"score": 80, "exported_at": NOW}, "exporte")]
)
def test_who_is_taken_up_again_is_where_they_were(known, status):
    lead = make_lead(status="ecarte", **known)
    decide.take_up([lead.pk], "camille", NOW)
    lead.refresh_from_db()
    assert lead.status == status
    assert (lead.classify_at is None) == ("score" in known)


def test_a_lead_is_given_to_somebody_of_its_organization_only():
    lead = make_lead()
    ours = User.objects.create(username="anne", is_staff=True)
    Membership.objects.create(user=ours, organization=lead.organization, role=Role.SALES)
    stranger = User.objects.create(username="luc", is_staff=True)
    with pytest.raises(DecisionError, match="luc n'est pas de cette organisation"):
        decide.assign([lead.pk], stranger, "camille", NOW)
    assert decide.assign([lead.pk], ours, "camille", NOW) == 1
    lead.refresh_from_db()
    assert lead.owner == ours
    decide.assign([lead.pk], None, "camille", NOW)
    lead.refresh_from_db()
    assert lead.owner is None
