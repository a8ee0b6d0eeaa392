"""What only SMTP does: replies at each stage, TLS that has to be, kept connections, the email written out here."""

import logging
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.providers import Draft, Fault, Outgoing, Refusal, UndeliverableError, provider_named, smtp_server
from communications.providers.smtp import Smtp, message_id_of, written_out
from communications.providers.smtp_server import Server
from tests.fakes.smtp import PASSWORD, TLS, USER, FakeSmtp

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
LINK = "<https://app.exemple.fr/u/" + "a" * 120 + ">"
DRAFT = Draft(
    7, 1, "zoe@exemple.fr", '"Salon Zoé, fils" <rdv@salon.fr>', "Votre rendez-vous à l'été " * 6, "<p>Été</p>",
    "Été\n.\n", reply_to="contact@salon.fr",
    headers={"List-Unsubscribe": LINK, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)  # fmt: skip


def outgoing(number: int = 7, **changes: Any) -> Outgoing:
    return Outgoing(f"message/{number}", number, provider_named("smtp").payload(replace(DRAFT, **changes)), NOW)


def refused(smtp: FakeSmtp, *faults: str, **changes: Any) -> Refusal:
    smtp.faults.extend(faults)
    with pytest.raises(Refusal) as caught:
        provider_named("smtp").send(outgoing(**changes))
    return caught.value


# --- the email ------------------------------------------------------------------------------------------------


def test_an_email_arrives_as_it_was_written(smtp: FakeSmtp) -> None:
    receipt = provider_named("smtp").send(outgoing())
    taken = smtp.accepted()[0]
    assert (taken["from"], taken["to"], taken["id"]) == ("rdv@salon.fr", ["zoe@exemple.fr"], receipt.id)
    assert taken["subject"] == DRAFT.subject.strip()
    assert (taken["text"], taken["html"].strip()) == (DRAFT.text.replace("\n", "\r\n"), DRAFT.html)
    headers = dict(taken["headers"])
    assert headers["From"] == '"Salon Zoé, fils" <rdv@salon.fr>'
    assert headers["Reply-To"] == "contact@salon.fr"
    assert headers["Date"] == "Tue, 10 Mar 2026 10:00:00 +0000"
    assert headers["Content-Type"].startswith("multipart/alternative")


def test_the_link_to_unsubscribe_is_never_folded_or_encoded(smtp: FakeSmtp) -> None:
    """The library would write a long one as encoded words; mailboxes then find no link in it."""
    provider_named("smtp").send(outgoing())
    raw = smtp.accepted()[0]["content"]
    assert f"\r\nList-Unsubscribe: {LINK}\r\n".encode() in raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?\S+\?=", raw))


def test_a_repeat_has_the_same_message_id_and_the_same_bytes() -> None:
    smtp = Smtp(Server.read("smtp://localhost", 1))
    first = Outgoing("message/7", 7, smtp.payload(DRAFT), NOW)
    assert message_id_of(first) == message_id_of(replace(first, attempted_at=datetime.now(UTC)))
    assert message_id_of(first) != message_id_of(replace(first, key="message/8"))
    assert message_id_of(first).endswith("@salon.fr>")
    assert written_out(first.payload, "<a@b>", NOW) == written_out(first.payload, "<a@b>", NOW)


LINES = st.text(alphabet=st.sampled_from("aé\r\n\x0b\x0c\x1c\x85\u2028:, <>@\"'="), max_size=40)


@given(LINES, LINES, LINES)
def test_no_text_adds_a_header(name: str, subject: str, value: str) -> None:
    evil = "\r\nBcc: mal@mal.fr\r\n\r\nmal"
    smtp = Smtp(Server.read("smtp://localhost", 1))
    draft = replace(
        DRAFT, sender=f'"{name}{evil}" <rdv@salon.fr>', subject=subject + evil, headers={"X-Note": value + evil}
    )
    payload = smtp.payload(draft)
    for text in (payload["from"], payload["subject"], payload["headers"]["X-Note"]):
        assert len(text.splitlines()) == 1
    try:
        raw = written_out(payload, "<a@b>", NOW)
    except (ValueError, LookupError):  # also a way to add none; `send` makes a refusal of it
        return
    read = message_from_bytes(raw, policy=default)
    assert set(read.keys()) <= {
        "From", "To", "Subject", "Message-ID", "Date", "Reply-To", "X-Note", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert not re.search(rb"^bcc:", raw, re.MULTILINE | re.IGNORECASE)


def test_a_header_s_name_is_a_name() -> None:
    with pytest.raises(UndeliverableError):
        Smtp(Server.read("smtp://localhost", 1)).payload(replace(DRAFT, headers={"X\r\nBcc": "a"}))


def test_an_address_that_smtp_cannot_write_fails_its_message(smtp: FakeSmtp) -> None:
    assert refused(smtp, to="zoé@exemple.fr").fault is Fault.MESSAGE
    assert smtp.connections == 0


# --- what replies mean ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "meaning", "code"),
    [
        ("inconnu@exemple.fr", Fault.ADDRESS, "550 5.1.1"),
        ("ancien@exemple.fr", Fault.ADDRESS, "550"),
        ("ferme@exemple.fr", Fault.ADDRESS, "550 5.2.1"),
        ("plein@exemple.fr", Fault.PACE, "452 4.2.2"),
        ("bloque@exemple.fr", Fault.MESSAGE, "550 5.7.1"),  # what we say or who we are, not the address
    ],
)
def test_what_a_recipient_s_refusal_means(smtp: FakeSmtp, recipient: str, meaning: Fault, code: str) -> None:
    refusal = refused(smtp, to=recipient)
    assert (refusal.fault, refusal.code) == (meaning, code)


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("refuse_mail:451:4.3.0", Fault.PACE),
        ("refuse_mail:550:5.7.1", Fault.MESSAGE),  # this sender may not
        ("refuse_mail:530:5.7.0", Fault.ACCOUNT),
        ("refuse:421:4.7.0", Fault.PACE),
        ("refuse:450:4.2.0", Fault.PACE),
        ("refuse:551:5.1.6", Fault.ADDRESS),
        ("refuse:553:5.1.3", Fault.ADDRESS),
        ("refuse:554:5.7.1", Fault.MESSAGE),
        ("refuse_data:451:4.3.0", Fault.PACE),
        ("refuse_data:550:5.1.1", Fault.ADDRESS),
        ("refuse_data:550:5.7.1", Fault.MESSAGE),
        ("refuse_data:552:5.3.4", Fault.MESSAGE),
        ("refuse_data:554:5.6.0", Fault.MESSAGE),
        ("drop_early", Fault.PACE),  # the text was not sent
        ("drop", Fault.UNKNOWN),
    ],
)
def test_what_a_reply_means_at_each_stage(smtp: FakeSmtp, fault: str, meaning: Fault) -> None:
    assert refused(smtp, fault).fault is meaning
    assert smtp.accepted() == []


def test_after_a_refusal_the_connection_goes_on(smtp: FakeSmtp) -> None:
    for changes in ({"to": "inconnu@exemple.fr"}, {}, {"to": "plein@exemple.fr"}, {}):
        try:
            provider_named("smtp").send(outgoing(**changes))
        except Refusal:
            continue
    assert (len(smtp.accepted()), smtp.connections) == (2, 1)


def test_a_connection_that_ended_meanwhile_is_made_anew(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, "SURE_SECONDS", 0.0)
    provider_named("smtp").send(outgoing(1))
    smtp.close_connections()
    provider_named("smtp").send(outgoing(2))
    assert (len(smtp.accepted()), smtp.connections) == (2, 2)


def test_a_connection_carries_a_hundred_messages_at_most(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, "MOST_MESSAGES", 3)
    for n in range(7):
        provider_named("smtp").send(outgoing(n))
    assert (len(smtp.accepted()), smtp.connections) == (7, 3)


# --- where it is, and TLS -------------------------------------------------------------------------------------


def test_an_address_is_read_whole() -> None:
    fake = FakeSmtp(port=2525)
    server = Server.read(fake.url, 5)
    fake.loop.close()
    assert (server.host, server.port, server.user, server.password) == ("127.0.0.1", 2525, USER, PASSWORD)
    assert PASSWORD not in repr(server)
    assert [Server.read(url, 5).port for url in ("smtp://mail.fr", "smtps://mail.fr")] == [587, 465]
    assert [Server.read(f"smtp://{host}", 5).is_here for host in ("localhost", "[::1]", "10.0.0.1")] == [
        True,
        True,
        False,
    ]


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """mail.exemple.fr leads to this machine, and its certificate is known."""
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith("exemple.fr") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_over_a_network_everything_is_encrypted(away: None, settings: Any, tls: str) -> None:
    with FakeSmtp(tls=tls) as fake:
        settings.SMTP_URL = fake.url.replace("127.0.0.1", "mail.exemple.fr")
        provider_named("smtp").send(outgoing())
        assert len(fake.accepted()) == 1


def test_a_server_without_starttls_gets_neither_password_nor_message(away: None, settings: Any) -> None:
    with FakeSmtp() as fake:
        settings.SMTP_URL = fake.url.replace("127.0.0.1", "mail.exemple.fr")
        refusal = refused(fake)
        assert (refusal.fault, refusal.code) == (Fault.ACCOUNT, "SMTPNotSupportedError")
        assert fake.accepted() == []


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_certificate_of_somebody_else_is_not_taken(away: None, settings: Any, tls: str) -> None:
    with FakeSmtp(tls=tls) as fake:
        settings.SMTP_URL = fake.url.replace("127.0.0.1", "autre.exemple.fr")
        refusal = refused(fake)
        assert (refusal.fault, refusal.code) == (Fault.ACCOUNT, "certificate")


def test_the_password_appears_nowhere(smtp: FakeSmtp, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings.SMTP_URL = smtp.url.replace("mot%20de%20passe", "tres-secret")
    refusal = refused(smtp)
    assert (refusal.fault, refusal.code) == (Fault.ACCOUNT, "535 5.7.8")
    assert "tres-secret" not in caplog.text + repr(refusal)
