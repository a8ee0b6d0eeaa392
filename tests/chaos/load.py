"""The load: a site that reports its events over HTTP, one by one and in batches, until each is accepted.

It does what a good client does: a request that ended in an error of the connection, a 5xx or a 429 is sent
again under the same idempotency keys. Some that were accepted are sent once more for no reason at all.
"""

import http.client
import json
import queue
import random
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.chaos.journal import Asked, Journal
from tests.chaos.village import Ask

CLIENTS = 6
WAITING = 60  # requests; when so many wait, the system is asked for no more than it takes
SHARE_OF_BATCHES = 0.5  # of the events
LARGEST_BATCH = 25
SHARE_OF_REPEATS = 0.03  # of the requests that were accepted
AGAIN = (0.2, 1.0)  # seconds until a request is tried again
PATIENCE_SECONDS = 120.0  # for what is still not accepted when all was asked


class Load:
    """Sends what a life brings, at its times; `journal.asked` has what became of it."""

    def __init__(self, port: int, site_key: str, journal: Journal, seed: int) -> None:
        self.port, self.journal = port, journal
        self.headers = {"Authorization": f"Bearer {site_key}", "Content-Type": "application/json"}
        self.chance = random.Random(f"load/{seed}")
        self.requests: queue.Queue[list[tuple[Ask, Asked]] | None] = queue.Queue(WAITING)
        self.give_up_at = float("inf")
        self.retries = 0
        self.unexpected: list[str] = []

    def run(self, asks: Iterable[Ask], seconds: float) -> None:
        """Send what comes within so many seconds; return when all of it is accepted or given up."""
        clients = [threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        begun, gathered, size = time.monotonic(), [], 0
        for ask in asks:
            time.sleep(max(0.0, begun + ask.at - time.monotonic()))
            if time.monotonic() > begun + seconds:
                break
            asked = Asked(ask.key, ask.name, ask.person, ask.data, datetime.now(UTC))
            self.journal.asked.append(asked)
            if gathered or self.chance.random() < SHARE_OF_BATCHES / (LARGEST_BATCH / 2):
                size = size or self.chance.randint(2, LARGEST_BATCH)
                gathered.append((ask, asked))
                if len(gathered) >= size:
                    self.requests.put(gathered)
                    gathered, size = [], 0
            else:
                self.requests.put([(ask, asked)])
        if gathered:
            self.requests.put(gathered)
        self.give_up_at = time.monotonic() + PATIENCE_SECONDS
        for _ in clients:
            self.requests.put(None)
        for client in clients:
            client.join()

    def _client(self, number: int) -> None:
        chance = random.Random(f"client/{number}")
        connection: http.client.HTTPConnection | None = None
        while (request := self.requests.get()) is not None:
            times = 1 + (chance.random() < SHARE_OF_REPEATS)
            while times and time.monotonic() < self.give_up_at:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
                refused = self._send(connection, request)
                if not refused:
                    times -= 1
                    continue
                connection.close()
                connection = None
                self.retries += 1
                for _ask, asked in request:
                    asked.refusals.append(refused)
                time.sleep(chance.uniform(*AGAIN))

    def _send(self, connection: http.client.HTTPConnection, request: Sequence[tuple[Ask, Asked]]) -> str:
        """Send one request and note its answer. Returns why it has to be sent again, or nothing."""
        path, body, headers = self._written(request)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            with connection.getresponse() as answer:
                status, content = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        if status >= 500 or status == 429:
            return str(status)
        if status != 202:
            self.unexpected.append(f"{status} {content[:300]!r}")
            return f"{status}!"
        said = json.loads(content)
        for (_ask, asked), event_id in zip(request, said.get("ids") or [said["id"]], strict=True):
            asked.ids.append(int(event_id))
            asked.accepted_at = asked.accepted_at or datetime.now(UTC)
        return ""

    def _written(self, request: Sequence[tuple[Ask, Asked]]) -> tuple[str, Any, dict[str, str]]:
        if len(request) == 1:
            ask = request[0][0]
            return "/api/events", ask.document(), self.headers | {"Idempotency-Key": ask.key}
        body = {"evenements": [ask.document() | {"cle": ask.key} for ask, _asked in request]}
        return "/api/events/batch", body, self.headers
