"""A mail server on loopback that refuses by recipient, asks for a password, and can leave in the middle.

Faults, one a message, from a queue or from `weather`, in the words of `server` where they fit: `429` (a 450 to RCPT),
`refuse:550:5.1.1` (to RCPT), `refuse_mail:…`, `refuse_data:…` (to the text), `500` and `503_html` (an answer that is
none), `drop` and `hang` (after the text, which is not taken), `accept_then_drop`, `accept_then_hang`, `drop_early`
(before the text), `slow:0.05`.
"""

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.fakes.server import HANG_SECONDS, Call

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it tells every line of every conversation
MAGIC = {
    "inconnu": "550 5.1.1 <{to}>: user unknown",
    "plein": "452 4.2.2 <{to}>: mailbox full",
    "bloque": "550 5.7.1 <{to}>: blocked",
    "ancien": "550 no such user {to}",
    "ferme": "550 5.2.1 <{to}>: mailbox disabled",
}
TLS = Path(__file__).parent / "tls"
USER, PASSWORD = "berinia@salon.fr", "mot de passe/@:"


class FakeSmtp:
    """`with FakeSmtp() as fake:` runs it. `tls`: "" for none, "starttls", or "smtps"."""

    name: ClassVar[str] = "smtp"
    breaches: ClassVar[list[str]] = []

    def __init__(self, port: int = 0, tls: str = "") -> None:
        self.port, self.tls = port, tls
        self.faults: deque[str] = deque()
        self.weather: Callable[[Call], str] = lambda call: ""
        self.messages: list[dict[str, Any]] = []
        self.commands: list[str] = []
        self.connections = 0
        self.lock = threading.RLock()
        self.loop = asyncio.new_event_loop()

    def __enter__(self) -> "FakeSmtp":
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    @property
    def url(self) -> str:
        """What SMTP_URL has to be to get here."""
        scheme = "smtps" if self.tls == "smtps" else "smtp"
        return f"{scheme}://berinia%40salon.fr:mot%20de%20passe%2F%40%3A@127.0.0.1:{self.port}"

    def accepted(self) -> list[dict[str, Any]]:
        """What was really taken, each once."""
        with self.lock:
            return list(self.messages)

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.faults.clear()
            self.messages.clear()

    def close_connections(self) -> None:
        """End all connections from this side, as servers do after some time."""

        async def close() -> None:
            for transport in list(self._transports):
                transport.abort()

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        self._transports: list[Any] = []
        context = _context() if self.tls else None
        server = self.loop.run_until_complete(
            self.loop.create_server(
                self._protocol, "127.0.0.1", self.port, ssl=context if self.tls == "smtps" else None
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def _protocol(self) -> SMTP:
        with self.lock:
            self.connections += 1
        is_starttls = self.tls == "starttls"
        return _Connection(
            _Handler(self), fake=self, authenticator=_authenticate, auth_required=True, auth_require_tls=is_starttls,
            tls_context=_context() if is_starttls else None, require_starttls=is_starttls, loop=self.loop,
            hostname="mail.exemple.fr",
        )  # fmt: skip

    def fault(self) -> str:
        """Return the fault of the message that begins."""
        with self.lock:
            return self.faults.popleft() if self.faults else self.weather(Call("MAIL", "/", {}, b""))


class _Connection(SMTP):
    def __init__(self, *args: Any, fake: FakeSmtp, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fake = fake

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.fake._transports.append(transport)


class _Handler:
    """What is done at each stage of a message."""

    def __init__(self, fake: FakeSmtp) -> None:
        self.fake, self.fault = fake, ""

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.fault = self.fake.fault()
        if refused := self._refused("refuse_mail:"):
            return refused
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.fault == "drop_early":
            return _leave(server)
        if self.fault == "429":
            return "450 4.7.1 too many, later"
        magic = MAGIC.get(address.partition("@")[0], "").format(to=address)
        if refused := self._refused("refuse:") or magic:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if refused := self._refused("refuse_data:"):
            return refused
        if self.fault in ("500", "503_html"):
            return "<html>unavailable</html>"
        if self.fault.startswith("slow:"):
            await asyncio.sleep(float(self.fault.removeprefix("slow:")))
        if self.fault not in ("drop", "hang"):
            with self.fake.lock:
                self.fake.messages.append(_read(envelope))
        if self.fault.endswith("hang"):
            await asyncio.sleep(HANG_SECONDS)
        return _leave(server) if self.fault.endswith(("drop", "hang")) else "250 2.0.0 taken"

    def _refused(self, prefix: str) -> str:
        if not self.fault.startswith(prefix):
            return ""
        _, reply, enhanced = self.fault.split(":")
        return f"{reply} {enhanced} refused"


def _leave(server: SMTP) -> str:
    server.transport.abort()
    return "421 bye"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_known = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=is_known, handled=False)


def _read(envelope: Envelope) -> dict[str, Any]:
    assert isinstance(envelope.content, bytes)
    message: Any = message_from_bytes(envelope.content, policy=default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    return {
        "id": message["Message-ID"], "key": message["Message-ID"], "from": envelope.mail_from, "to": envelope.rcpt_tos,
        "subject": message["Subject"], "headers": message.items(), "text": parts.get("text/plain", ""),
        "html": parts.get("text/html", ""), "content": envelope.content,
    }  # fmt: skip


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return context
