"""What the fake providers share: a threaded HTTP server, faults on demand, and a look inside.

Faults are taken from a queue, one per call: `429`, `500`, `503_html`, `drop` (the connection ends, nothing was
taken), `accept_then_drop` (taken, and then the connection ends), `hang`, `slow:0.05`. Tests put them in through
`fake.faults`, other processes through `POST /_faults`; `GET /_messages` shows what was taken.
"""

import json
import socket
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

HANG_SECONDS = 30.0


class Call:
    """One request as it came in."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Answer:
    """What goes back."""

    def __init__(self, status: int, content: Any = None, headers: dict[str, str] | None = None) -> None:
        self.status, self.content, self.headers = status, content, headers or {}


class Fake:
    """A server on a free loopback port; `with Fake() as fake:` runs it."""

    name: ClassVar[str]

    def __init__(self, port: int = 0) -> None:
        self.lock = threading.RLock()
        self.faults: deque[str] = deque()
        self.calls: list[Call] = []
        self.connections = 0
        self.messages: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self.server = _Server(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Any:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, call: Call) -> Answer:
        """Answer as the provider would."""
        raise NotImplementedError

    def too_many(self) -> Answer:
        """The provider's 429."""
        raise NotImplementedError

    def broken(self) -> Answer:
        """The provider's 500."""
        raise NotImplementedError

    def accepted(self) -> list[dict[str, Any]]:
        """What was really taken, each once."""
        with self.lock:
            return list(self.messages)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # header and body in one write

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with fake.lock:
                fake.connections += 1

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:  # noqa: N802
            self._serve()

        do_POST = do_GET  # noqa: N815

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            if call.path.startswith("/_"):
                self._write(_inside(fake, call))
                return
            with fake.lock:
                fake.calls.append(call)
                fault = fake.faults.popleft() if fake.faults and call.method == "POST" else ""
            if fault.startswith("slow:"):
                time.sleep(float(fault.removeprefix("slow:")))
            if fault == "hang":
                fake.closing.wait(HANG_SECONDS)
            if fault in ("drop", "hang"):
                self._drop()
                return
            if fault in ("429", "500", "503_html"):
                html = Answer(503, "<html>unavailable</html>", {"Content-Type": "text/html"})
                self._write({"429": fake.too_many, "500": fake.broken, "503_html": lambda: html}[fault]())
                return
            with fake.lock:
                answer = fake.answer(call)
            if fault == "accept_then_drop":
                self._drop()
                return
            self._write(answer)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _write(self, answer: Answer) -> None:
            is_text = isinstance(answer.content, str)
            data = answer.content.encode() if is_text else json.dumps(answer.content).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


def _inside(fake: Fake, call: Call) -> Answer:
    with fake.lock:
        if call.path == "/_faults":
            fake.faults.extend(json.loads(call.body)["faults"])
        elif call.path == "/_reset":
            fake.faults.clear()
            fake.messages.clear()
        return Answer(200, {"messages": fake.messages, "faults": list(fake.faults)})


def serve(fake: Fake) -> None:
    """Run a fake until the process ends: `python -m tests.fakes.resend 9001`."""
    print(f"{fake.name}: {fake.url}", flush=True)
    fake.server.serve_forever()
