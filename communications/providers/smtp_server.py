"""A mail server: where it is, how it is spoken to, and the connections to it that are kept.

Nothing goes over a network in clear: TLS from the start (smtps://) or STARTTLS, which a server has to offer unless it
is on this machine. A connection serves one message at a time, so each thread that sends takes one for itself.
"""

import contextlib
import ipaddress
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import certifi

from communications.faults import Fault
from communications.providers.base import Refusal

MOST_MESSAGES = 100  # over one connection: servers end it at some number
SURE_SECONDS, LONGEST_IDLE_SECONDS = 1.0, 20.0  # without a word: after the one it is asked for, after the other ended


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is, and who we are to it."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    is_tls: bool
    timeout: float
    own_name: str | None = None

    @classmethod
    def read(cls, url: str, timeout: float, own_name: str | None = None) -> "Server":
        """Return the server of an address: smtp://user:password@host:587 or smtps://…:465."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(
            parts.hostname or "", parts.port or (465 if is_tls else 587), user, password, is_tls, timeout, own_name
        )

    @property
    def is_here(self) -> bool:
        """Tell whether the server is on this machine."""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    def connect(self) -> smtplib.SMTP:
        """Return a connection that is ready to send. Raises OSError and smtplib.SMTPException."""
        if self.is_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, self.own_name, timeout=self.timeout, context=_context()
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, self.own_name, timeout=self.timeout)
        try:
            if not self.is_tls and not self.is_here:
                connection.starttls(context=_context())
            connection.ehlo_or_helo_if_needed()
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _context() -> ssl.SSLContext:
    """Return what certificates are checked with: the machine's authorities and the usual ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(slots=True)
class Kept:
    """A connection, and how long it may still serve."""

    smtp: smtplib.SMTP
    messages: int = 0
    used_at: float = 0.0

    def is_alive(self) -> bool:
        """Tell whether the server still speaks to us; a connection of just now is not asked."""
        silence = time.monotonic() - self.used_at
        return silence < SURE_SECONDS or (silence < LONGEST_IDLE_SECONDS and self.says_yes("NOOP"))

    def says_yes(self, command: str) -> bool:
        """Tell whether the server answers a command with 250."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            return self.smtp.docmd(command)[0] == 250
        return False


class Connections:
    """Connections to one server that are not in use just now; the latest used is taken first."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.idle: list[Kept] = []
        self.lock = threading.Lock()

    @contextlib.contextmanager
    def one(self) -> Iterator[smtplib.SMTP]:
        """Lend a connection; afterwards it is kept, also after a refusal that leaves it usable."""
        kept = self._take() or Kept(self.server.connect())
        try:
            yield kept.smtp
        except Refusal as refused:
            if refused.fault is Fault.UNKNOWN or not kept.says_yes("RSET"):
                kept.smtp.close()
            else:
                self._keep(kept)
            raise
        except BaseException:
            kept.smtp.close()
            raise
        self._keep(kept)

    def _take(self) -> Kept | None:
        while True:
            with self.lock:
                if not self.idle:
                    return None
                kept = self.idle.pop()
            if kept.is_alive():
                return kept
            kept.smtp.close()

    def _keep(self, kept: Kept) -> None:
        kept.messages, kept.used_at = kept.messages + 1, time.monotonic()
        if kept.messages < MOST_MESSAGES:
            with self.lock:
                self.idle.append(kept)
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            kept.smtp.quit()
