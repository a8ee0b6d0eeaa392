"""HTTP on a fixed pool of threads, under an ASGI server.

Django's own ASGI handler hops to a thread and back for every middleware, and makes a thread for every
request: 300 events a second in one process, where this does more than twice as many. What needs
the event loop (WebSockets) stands beside it in asgi.py.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 2_000_000  # bytes of a body; the rest goes to a temporary file
AT_ONCE = 65_536  # bytes of an answer that are sent in one piece


@dataclass(slots=True)
class Threads:
    """An ASGI application that runs a WSGI application. Each thread takes a connection to the database."""

    app: Application
    pool: ThreadPoolExecutor

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is answered here, not {scope['type']}")
        with SpooledTemporaryFile(IN_MEMORY) as body:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                body.write(message.get("body", b""))
                more = message.get("more_body", False)
            body.seek(0)
            answer = _Answer(asyncio.get_running_loop(), send)
            await answer.loop.run_in_executor(self.pool, answer.run, self.app, environ(scope, body))
            await answer.finish()


@dataclass(slots=True)
class _Answer:
    """One answer: made in a thread, sent by the event loop. `rest` is what remains to be sent."""

    loop: asyncio.AbstractEventLoop
    send: Send
    start: Message | None = None
    rest: bytes = b""

    def run(self, app: Application, request: dict[str, Any]) -> None:
        chunks = app(request, self._started)
        try:
            self._send_chunks(iter(chunks))
        finally:
            if hasattr(chunks, "close"):
                chunks.close()  # this is where Django gives its connection back

    async def finish(self) -> None:
        """Send what the thread left: mostly all of the answer."""
        await self._send_all([*self._take_start(), {"type": "http.response.body", "body": self.rest}])

    def _send_chunks(self, chunks: Iterator[bytes]) -> None:
        gathered = b""
        for chunk in chunks:
            gathered += chunk
            if len(gathered) >= AT_ONCE:
                self._pass_on({"type": "http.response.body", "body": gathered, "more_body": True})
                gathered = b""
        self.rest = gathered

    def _started(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.start = {"type": "http.response.start", "status": int(status[:3]), "headers": pairs}

    def _pass_on(self, message: Message) -> None:
        """Have the event loop send a message, the start of the answer before the first, and wait for it."""
        sending = self._send_all([*self._take_start(), message])
        asyncio.run_coroutine_threadsafe(sending, self.loop).result()

    def _take_start(self) -> list[Message]:
        start, self.start = self.start, None
        return [] if start is None else [start]

    async def _send_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            await self.send(message)


def environ(scope: Message, body: IO[bytes]) -> dict[str, Any]:
    """Return a request in the form that WSGI gives it (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:  # it would pass for another header, written with a hyphen
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        found[key] = f"{found[key]}{joint}{value}" if key in found else value
    return found
