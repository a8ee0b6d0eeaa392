"""A real web server in a thread, and people who open sockets to it."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import redis
import uvicorn
from channels.routing import ProtocolTypeRouter
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import Membership, Organization, Role, User
from berinia.live import tell
from berinia.threads import Threads

PATIENCE = 10.0
_marks = count()


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """A Redis in which nobody looks at anything yet, and publishers who ask each time."""
    store: redis.Redis = redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    for key in store.scan_iter("berinia:live*"):
        store.delete(key)
    monkeypatch.setattr(tell, "KNOWN_FOR_SECONDS", 0.0)
    monkeypatch.setattr(tell, "FIGURES_SECONDS", 0.0)
    monkeypatch.setattr(tell, "_known", tell._Known())
    yield store
    store.close()


@dataclass
class Socket:
    """One open socket."""

    connection: ClientConnection

    def send(self, kind: str, payload: Any = None, **more: Any) -> None:
        self.connection.send(json.dumps({"type": kind, "payload": payload or {}} | more))

    def next(self, *kinds: str) -> dict[str, Any]:
        """Return the next message of one of these types; others are passed over."""
        deadline = time.monotonic() + PATIENCE
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(timeout=deadline - time.monotonic()))
            if message["type"] in kinds:
                return message

    def until_ack(self, kind: str, payload: Any = None) -> list[dict[str, Any]]:
        """Give a command and return what came before its answer, and that."""
        mark = str(next(_marks))
        self.send(kind, payload, id=mark)
        found = []
        while True:
            message = json.loads(self.connection.recv(timeout=PATIENCE))
            found.append(message)
            if message["type"] in ("ACK", "ERROR") and message["payload"]["id"] == mark:
                return found

    def close_code(self) -> int:
        """Return with which code the server closes."""
        with suppress(ConnectionClosed):
            while True:
                self.connection.recv(timeout=PATIENCE)
        assert self.connection.close_code is not None
        return self.connection.close_code


@pytest.fixture
def port(transactional_db: None, looking: redis.Redis) -> Iterator[int]:
    """The port of a web server."""
    from workflows.live.socket import live

    pool = ThreadPoolExecutor(2)
    app: Any = ProtocolTypeRouter({"http": Threads(get_wsgi_application(), pool), "websocket": live})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=number, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield number
    server.should_exit = True
    thread.join(PATIENCE)
    pool.submit(connections.close_all).result()


@pytest.fixture
def opened(port: int) -> Iterator[Callable[..., Socket]]:
    """Open sockets: of a client with a session, with a token, or with neither."""
    stack = ExitStack()

    def open_socket(
        client: Client | None = None, token: str = "", origin: str | None = "own", path: str = "/ws"
    ) -> Socket:
        headers = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"} if client else {}
        own = f"http://127.0.0.1:{port}"
        protocols: Any = ["berinia.v1", f"bearer.{token}"] if token else ["berinia.v1"]
        return Socket(stack.enter_context(connect(
            f"ws://127.0.0.1:{port}{path}", additional_headers=headers, subprotocols=protocols,
            origin=own if origin == "own" else origin, proxy=None,  # type: ignore[arg-type]
        )))  # fmt: skip

    with stack:
        yield open_socket


def member(organization: Organization | None, role: str = Role.OPERATOR, **changes: Any) -> User:
    """Make a person; a superuser without an organization."""
    fields = {"username": f"personne-{User.objects.count()}", "is_staff": True, "is_superuser": organization is None}
    user = User.objects.create_user(**fields | changes)
    if organization is not None:
        Membership.objects.create(user=user, organization=organization, role=role)
    return user


def client_of(user: User) -> Client:
    """Return the client of somebody who is signed in."""
    client = Client()
    client.force_login(user)
    return client
