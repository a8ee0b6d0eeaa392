"""What the fake providers share: a threaded HTTP server, faults on demand, and a look inside.

Faults are taken from a queue, one per call, or from `fake.weather`: `429`, `500`, `503_html`,
`refuse:409:some_code` (nothing was taken),
`drop` (nothing was taken, the connection ends), `accept_then_drop` (taken, and then it ends), `hang`,
`accept_then_hang`, `slow:0.05`, `cut` (the answer ends in its middle), `drip` (it comes byte by byte).
Tests put them in through `fake.faults`, other processes through `POST /_faults`;
`GET /_messages` shows what was taken, `POST /_reset` forgets it.
"""

import argparse
import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
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
    faulty: ClassVar[frozenset[str]] = frozenset({"POST"})  # the methods that faults befall
    document: ClassVar[str] = ""  # what the provider publishes about itself, under `openapi/`

    def __init__(self, port: int = 0) -> None:
        self.lock = threading.RLock()
        self.faults: deque[str] = deque()
        self.weather: Callable[[Call], str] = lambda call: ""  # the fault of a call for which none is queued
        self.calls: list[Call] = []
        self.connections = 0
        self.contract: Any = None  # what requests and answers are held against: that takes milliseconds each
        self.breaches: list[str] = []
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

    def arrived(self, call: Call) -> Answer | None:
        """A call has come in; an answer given here is given at once."""

    def left(self, call: Call) -> None:
        """A call that came in has been dealt with, whether its answer gets home or not."""

    def too_many(self) -> Answer:
        """The provider's 429."""
        raise NotImplementedError

    def broken(self) -> Answer:
        """The provider's 500."""
        raise NotImplementedError

    def refusal(self, status: int, code: str) -> Answer:
        """An error of the provider's own kind."""
        raise NotImplementedError

    def keep_to_the_document(self) -> None:
        """From now on note in `breaches` what of calls and answers is not as the provider's document says."""
        from tests.fakes.contract import contract

        self.contract = contract(self.document)

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.faults.clear()
            self.calls.clear()
            self.messages.clear()

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

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            if call.path.startswith("/_"):
                self._write(_inside(fake, call))
                return
            with fake.lock:
                fake.calls.append(call)
                fault = _fault(fake, call) if call.method in fake.faulty else ""
            answer = fake.arrived(call) or self._dealt_with(call, fault)
            if fault.endswith("hang"):
                fake.closing.wait(HANG_SECONDS)
            if fault.endswith(("drop", "hang")):
                self._drop()
                return
            self._write(answer, fault)

        def _dealt_with(self, call: Call, fault: str) -> Answer:
            try:
                if fault.startswith("slow:"):
                    time.sleep(float(fault.removeprefix("slow:")))
                answer = self._answer(call, fault)
                if fake.contract:
                    fake.breaches += fake.contract.breaches(call, answer)
                return answer
            finally:
                fake.left(call)

        def _answer(self, call: Call, fault: str) -> Answer:
            if refused := _refused(fake, fault):
                return refused
            if fault in ("drop", "hang"):
                return Answer(500)
            with fake.lock:
                return fake.answer(call)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _write(self, answer: Answer, fault: str = "") -> None:
            is_text = isinstance(answer.content, str)
            data = answer.content.encode() if is_text else json.dumps(answer.content).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if fault == "drip":
                self._drip(data)
                return
            self.wfile.write(data[: len(data) // 2] if fault == "cut" else data)
            if fault == "cut":
                self.wfile.flush()
                self._drop()

        def _drip(self, data: bytes) -> None:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if fake.closing.wait(0.05):
                    break

    return Handler


def _fault(fake: Fake, call: Call) -> str:
    return fake.faults.popleft() if fake.faults else fake.weather(call)


def _refused(fake: Fake, fault: str) -> Answer | None:
    """Return the answer that a fault makes of a call, if it makes one."""
    if fault.startswith("refuse:"):
        _, status, code = fault.split(":")
        return fake.refusal(int(status), code)
    if fault == "503_html":
        return Answer(503, "<html>unavailable</html>", {"Content-Type": "text/html"})
    return {"429": fake.too_many, "500": fake.broken}[fault]() if fault in ("429", "500") else None


def _inside(fake: Fake, call: Call) -> Answer:
    with fake.lock:
        if call.path == "/_faults":
            fake.faults.extend(json.loads(call.body)["faults"])
        elif call.path == "/_reset":
            fake.reset()
        return Answer(200, {"messages": list(fake.messages), "faults": list(fake.faults)})


def arguments() -> argparse.ArgumentParser:
    """Return what every fake understands when it runs by itself: `python -m tests.fakes.resend --port 9001`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    return parser


def serve(fake: Fake) -> None:
    """Run a fake until the process ends."""
    print(f"{fake.name}: {fake.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        fake.server.serve_forever()
