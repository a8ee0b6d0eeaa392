"""Email over SMTP, to any mail server: RFC 5321, with the codes of RFC 3463.

What ends before the text was sent has not gone out. What ends after it may have; SMTP cannot be asked, and sends a
repeat again, with the same Message-ID.
"""

import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from communications.faults import Fault
from communications.providers.base import Draft, Outgoing, Provider, Receipt, Refusal, UndeliverableError
from communications.providers.smtp_server import Connections, Server

ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})\b")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
LONGEST_LINE = 998


class WholeLines(EmailPolicy):
    """Folds nothing that need not be: the library would write long links as encoded words, which nobody follows."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it is sent."""
        line = f"{name}: {value}"
        if line.isascii() and len(line) <= LONGEST_LINE and line.isprintable():
            return line.encode() + b"\r\n"
        return super().fold_binary(name, value)


POLICY = WholeLines(linesep="\r\n", cte_type="7bit")


class Smtp(Provider):
    """One mail server."""

    name: ClassVar[str] = "smtp"
    channels: ClassVar[tuple[str, ...]] = ("email",)
    repeat_safe: ClassVar[bool] = False
    made_from: ClassVar[tuple[str, ...]] = ("SMTP_URL", "PUBLIC_URL", "DELIVERY_TIMEOUT_SECONDS")
    rate_setting: ClassVar[str] = "SMTP_RATE_PER_SECOND"
    rank: ClassVar[int] = 1  # only where nothing else carries email

    # Enhanced codes (RFC 3463) where there is one, else replies (RFC 5321, 4954). All 4xx: PACE, other 5xx: MESSAGE.
    faults: ClassVar[Mapping[str, Fault]] = {
        "5.1.1": Fault.ADDRESS,  # no such mailbox
        "5.1.2": Fault.ADDRESS,  # no such domain
        "5.1.3": Fault.ADDRESS,  # not an address
        "5.1.6": Fault.ADDRESS,  # moved, nobody knows where
        "5.1.10": Fault.ADDRESS,  # the domain takes no mail
        "5.2.1": Fault.ADDRESS,  # the mailbox is closed
        "530": Fault.ACCOUNT,  # log in first
        "534": Fault.ACCOUNT,
        "535": Fault.ACCOUNT,  # wrong user or password
        "538": Fault.ACCOUNT,
        "550": Fault.ADDRESS,  # these three only in answer to RCPT, and without an enhanced code
        "551": Fault.ADDRESS,
        "553": Fault.ADDRESS,
    }
    of_recipient: ClassVar[frozenset[str]] = frozenset({"550", "551", "553"})

    def __init__(self, server: Server) -> None:
        self.connections = Connections(server)

    @classmethod
    def is_configured(cls) -> bool:
        return bool(settings.SMTP_URL)

    @classmethod
    def from_settings(cls) -> "Smtp":
        own_name = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
        return cls(Server.read(settings.SMTP_URL, settings.DELIVERY_TIMEOUT_SECONDS, own_name))

    def payload(self, draft: Draft) -> dict[str, Any]:
        body: dict[str, Any] = {
            "from": _one_line(draft.sender), "to": _one_line(draft.to), "subject": _one_line(draft.subject),
            "html": draft.html, "text": draft.text,
        }  # fmt: skip
        if draft.reply_to:
            body["reply_to"] = _one_line(draft.reply_to)
        if draft.headers:
            body["headers"] = {_header_name(name): _one_line(value) for name, value in draft.headers.items()}
        return body

    def send(self, outgoing: Outgoing) -> Receipt:
        message_id = message_id_of(outgoing)
        try:
            content = written_out(outgoing.payload, message_id, outgoing.attempted_at)
            sender, to = (parseaddr(outgoing.payload[name])[1] for name in ("from", "to"))
            f"{sender}{to}".encode("ascii")
        except (ValueError, LookupError, MessageError) as error:
            raise Refusal(Fault.MESSAGE, code=type(error).__name__, detail="cannot be written out") from None
        self._hand_over(sender, to, content)
        return Receipt(message_id)

    def _hand_over(self, sender: str, to: str, content: bytes) -> None:
        """Take a connection and send. Raises Refusal."""
        try:
            with self.connections.one() as smtp:
                self._envelope(smtp, sender, to)
                self._content(smtp, content)
        except ssl.SSLCertVerificationError:
            raise Refusal(Fault.ACCOUNT, code="certificate", detail="the server's certificate is not valid") from None
        except smtplib.SMTPServerDisconnected as error:
            raise Refusal(Fault.PACE, code=type(error).__name__, detail="not reached") from None
        except smtplib.SMTPResponseException as error:  # to the greeting, EHLO, STARTTLS or AUTH
            raise self._refusal(error.smtp_code, error.smtp_error, otherwise=Fault.ACCOUNT) from None
        except smtplib.SMTPException as error:
            raise Refusal(Fault.ACCOUNT, code=type(error).__name__, detail="no STARTTLS, or no way to log in") from None
        except OSError as error:
            raise Refusal(Fault.PACE, code=type(error).__name__, detail="not reached") from None

    def _envelope(self, smtp: smtplib.SMTP, sender: str, to: str) -> None:
        """Say from whom and to whom. Raises Refusal."""
        code, text = smtp.mail(sender)
        if code != 250:
            raise self._refusal(code, text)
        code, text = smtp.rcpt(to)
        if code not in (250, 251):
            raise self._refusal(code, text, is_of_recipient=True)

    def _content(self, smtp: smtplib.SMTP, content: bytes) -> None:
        """Send the text: from here on an end without an answer leaves it open. Raises Refusal."""
        try:
            code, text = smtp.data(content)
        except smtplib.SMTPDataError as error:  # DATA was refused, so nothing was sent
            raise self._refusal(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Refusal(Fault.UNKNOWN, code=type(error).__name__, detail="no answer") from None
        if not 400 <= code < 600 and code != 250:
            raise Refusal(Fault.UNKNOWN, code="no_reply", detail="an answer that is none")
        if code != 250:
            raise self._refusal(code, text)

    def _refusal(
        self, reply: int, text: bytes | str, *, is_of_recipient: bool = False, otherwise: Fault = Fault.MESSAGE
    ) -> Refusal:
        """Say what a reply means. Its text is left out: it quotes addresses."""
        found = ENHANCED.match(text if isinstance(text, bytes) else text.encode())
        enhanced = found[1].decode() if found else ""
        code = f"{reply} {enhanced}".strip()
        if not 500 <= reply < 600:
            return Refusal(Fault.PACE, code=code)
        if str(reply) in self.of_recipient and (enhanced or not is_of_recipient):
            return Refusal(self.faults.get(enhanced, otherwise), code=code)
        return Refusal(self.faults.get(enhanced) or self.faults.get(str(reply), otherwise), code=code)


def message_id_of(outgoing: Outgoing) -> str:
    """Return the Message-ID: the same for each attempt, so that mailboxes can tell a repeat."""
    domain = parseaddr(outgoing.payload["from"])[1].rpartition("@")[2]
    return f"<{sha256(outgoing.key.encode()).hexdigest()[:32]}@{domain or 'localhost'}>"


def written_out(payload: Mapping[str, Any], message_id: str, at: datetime) -> bytes:
    """Return an email as it is sent. Raises ValueError (and what the library raises) where that cannot be done."""
    message = EmailMessage(POLICY)
    for name in ("from", "to", "reply_to"):
        if payload.get(name):
            message[name.replace("_", "-").title()] = _mailbox(payload[name])
    headers = {"Subject": payload["subject"], "Message-ID": message_id, "Date": format_datetime(at)}
    for name, value in {**headers, **payload.get("headers", {})}.items():
        message[name] = value
    message.set_content(payload["text"])
    if payload["html"]:
        message.add_alternative(payload["html"], subtype="html")
        message.set_boundary(f"part-{message_id[1:33]}")
    return message.as_bytes()


def _mailbox(text: str) -> Address:
    """Return a name and an address in parts: the library stumbles over some names that are given as text."""
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _one_line(text: str) -> str:
    """Return a text that adds no header of its own."""
    return " ".join(text.splitlines()).strip()


def _header_name(name: str) -> str:
    if not HEADER_NAME.fullmatch(name):
        raise UndeliverableError("en_tete", f"« {name} » n'est pas un nom d'en-tête.")
    return name
