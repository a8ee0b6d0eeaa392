"""Ingest over HTTP, one web process: single events, batches, and the time an event takes at 100 a second."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from benchmarks.figures import Figure, at_least, at_most
from benchmarks.system import System, event, percentile

CLIENTS = 8


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    singles, batches, paced = (1_000, 10, 300) if quick else (6_000, 60, 1_500)
    with System() as system:
        took = at_100_a_second(system, paced)
        single = singles_per_second(system, singles)
        batch = batched_per_second(system, batches)
    return [
        at_least("ingest over HTTP, single events", single, 600, "events/s"),
        at_least("ingest over HTTP, batches of 500", batch, 10_000, "events/s"),
        at_most("ingest at 100 a second, p99", 1000 * percentile(took, 0.99), 50, "ms"),
    ]


def post(session: requests.Session, url: str, body: object) -> float:
    begun = time.perf_counter()
    session.post(url, json=body, timeout=30).raise_for_status()
    return time.perf_counter() - begun


def singles_per_second(system: System, count: int) -> float:
    """Several clients with their connections kept. The name starts nothing: what is measured is ingest."""

    bodies = [json.dumps(event(1_000_000 + n, "visite")) for n in range(count)]
    headers = {**system.headers, "Content-Type": "application/json"}

    def client(first: int) -> None:
        # http.client takes a third of the time of requests: the machine is the server's, not the client's.
        connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=30)
        for body in bodies[first::CLIENTS]:
            connection.request("POST", "/api/events", body, headers)
            with connection.getresponse() as answer:
                assert answer.status == 202, answer.read()
                answer.read()

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return count / (time.perf_counter() - begun)


def batched_per_second(system: System, count: int) -> float:
    bodies = [{"evenements": [event(2_000_000 + 500 * b + n, "visite") for n in range(500)]} for b in range(count)]

    def client(first: int) -> None:
        session = requests.Session()
        session.headers.update(system.headers)
        for body in bodies[first::2]:
            post(session, system.url + "/api/events/batch", body)

    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(client, range(2)))
    return 500 * count / (time.perf_counter() - begun)


def at_100_a_second(system: System, count: int) -> list[float]:
    took = []
    begun = time.perf_counter()
    for n in range(count):
        time.sleep(max(0.0, begun + n / 100 - time.perf_counter()))
        took.append(post(system.session, system.url + "/api/events", event(3_000_000 + n, "visite")))
    return took
