"""A trial goes to whom it says, once, marked, and never when nothing may go."""

from typing import Any

import pytest

from accounts.models import AuditEntry, Platform, User
from berinia.redis_client import connected
from communications.models import Message, Template
from communications.reader import Reader, find_reader
from communications.suppress import suppress
from communications.trial import MOST, Trial, TrialError, send_trial
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_site, make_template

pytestmark = pytest.mark.django_db
MINE = "06 98 76 54 32"


@pytest.fixture
def person(db: None) -> User:
    user = User.objects.create_user("zoe", email="zoe@example.com")
    connected().delete(f"berinia:trial:{user.pk}")
    return user


@pytest.fixture
def email() -> Template:
    return make_template()


@pytest.fixture
def sms() -> Template:
    return make_template(channel="sms", subject="", body="Bonjour {{ contact.prenom }}, être à l’heure")


def reader_of(template: Template, term: str = "") -> Reader:
    make_site(organization=template.organization)
    found = find_reader(template.organization_id, None, term, None)
    assert found is not None
    return found


def refusal(*args: Any) -> str:
    with pytest.raises(TrialError) as caught:
        send_trial(*args, NOW)
    return str(caught.value)


def test_an_email_goes_to_ones_own_mailbox_marked(email: Template, person: User, resend: FakeResend) -> None:
    trial = send_trial(email, reader_of(email), "+33612345678", person, NOW)
    (sent,) = resend.accepted()
    assert (sent["to"], sent["subject"]) == (["zoe@example.com"], "[Essai] Bonjour")
    assert "Bonjour Camille, ici Plomberie Martin." in sent["html"]
    assert (trial.to, trial.provider, trial.is_sandbox) == ("zoe@example.com", "resend", False)
    assert not Message.objects.exists()


def test_an_sms_goes_to_the_phone_that_was_typed(sms: Template, person: User, twilio: FakeTwilio) -> None:
    trial = send_trial(sms, reader_of(sms), MINE, person, NOW)
    (sent,) = twilio.accepted()
    assert (sent["to"], sent["from"], sent["body"]) == (
        "+33698765432", "PlombMartin", "[Essai] Bonjour Camille, etre à l'heure",
    )  # fmt: skip
    assert trial.receipt == sent["sid"]


def test_a_trial_reads_as_for_the_contact_and_never_goes_to_them(
    sms: Template, person: User, twilio: FakeTwilio
) -> None:
    site = make_site(organization=sms.organization)
    contact = make_contact(site=site, name="Jean Dupont", phone="+33611111111")
    found = find_reader(sms.organization_id, site.pk, str(contact.pk), None)
    assert found is not None
    send_trial(sms, found, MINE, person, NOW)
    (sent,) = twilio.accepted()
    assert sent["to"] == "+33698765432"
    assert "Bonjour Jean" in sent["body"]


def test_who_tried_what_is_written_down_without_an_address(sms: Template, person: User) -> None:
    trial = send_trial(sms, reader_of(sms), MINE, person, NOW)
    assert trial == Trial("+33698765432", "sandbox", trial.receipt)
    assert trial.is_sandbox
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == ("zoe", "essai_message", sms.pk)
    assert "33698765432" not in str(vars(entry))


def test_nothing_goes_out_during_an_emergency_stop(sms: Template, person: User, twilio: FakeTwilio) -> None:
    Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    assert "arrêt d'urgence" in refusal(sms, reader_of(sms), MINE, person).lower()
    assert not twilio.accepted()


def test_a_phone_that_opted_out_stays_closed(sms: Template, person: User, twilio: FakeTwilio) -> None:
    reader = reader_of(sms)
    suppress(sms.organization_id, "sms", "+33698765432", "opt_out", NOW)
    assert "plus rien recevoir" in refusal(sms, reader, MINE, person)
    make_contact(site=reader.site, phone="+33611111111", opted_out_at=NOW)
    assert "plus rien recevoir" in refusal(sms, reader, "06 11 11 11 11", person)
    assert not twilio.accepted()


def test_there_are_ten_an_hour_for_each_person(sms: Template, person: User) -> None:
    reader = reader_of(sms)
    for _n in range(MOST):
        send_trial(sms, reader, MINE, person, NOW)
    assert "par heure" in refusal(sms, reader, MINE, person)
    assert 0 < int(connected().ttl(f"berinia:trial:{person.pk}")) <= 3_600  # type: ignore[arg-type]
    other = User.objects.create_user("jean")
    connected().delete(f"berinia:trial:{other.pk}")
    send_trial(sms, reader, MINE, other, NOW)


def test_what_is_in_the_way_is_said(email: Template, sms: Template, person: User, resend: FakeResend) -> None:
    assert "numéro" in refusal(sms, reader_of(sms), "12", person)
    broken = make_template(channel="sms", body="{{ rien }}")
    assert "rien" in refusal(broken, reader_of(broken), MINE, person)
    chat = make_template(channel="whatsapp", body="Bonjour")
    assert "24 h" in refusal(chat, reader_of(chat), MINE, person)
    person.email = ""
    assert "adresse email" in refusal(email, reader_of(email), "", person)
    assert not resend.accepted()
    assert not AuditEntry.objects.exists()


def test_a_refusal_and_a_silence_are_told_apart(email: Template, person: User, resend: FakeResend) -> None:
    reader = reader_of(email)
    resend.faults.append("accept_then_drop")
    assert "peut-être parti" in refusal(email, reader, "", person)
    resend.faults.append("500")
    assert "resend" in refusal(email, reader, "", person)
    assert len(resend.calls) >= 2
