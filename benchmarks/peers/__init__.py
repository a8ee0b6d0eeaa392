"""How others move a step, measured in the same run, on the same servers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from benchmarks.figures import Figure, at_least, seen
from berinia import embedded

TABLES = """
DROP TABLE IF EXISTS peer_step, peer_execution;
CREATE TABLE peer_execution (id int PRIMARY KEY, at int NOT NULL DEFAULT 0);
CREATE TABLE peer_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, execution int NOT NULL, number int NOT NULL);
"""
WORKER = (
    "-m celery -A benchmarks.peers.celery_app worker -Q peer -c 2 --loglevel ERROR --without-gossip --without-mingle"
)


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    executions = 500 if quick else 2_000
    celery, dbos = celery_per_step(executions), dbos_steps(executions // 2)
    ours = results.get("steps")
    figures = [
        seen("peer: one Celery task per step, Redis, two worker processes", celery, "steps/s"),
        seen("peer: DBOS Transact 3.4, three steps a workflow, 16 threads", dbos, "steps/s"),
    ]
    if ours:
        figures.append(at_least("against one Celery task per step", ours / celery, 20, "×"))
        figures.append(at_least("against DBOS Transact", ours / dbos, 40, "×"))
    return figures


def celery_per_step(executions: int) -> float:
    folder = Path(os.environ["DATA_DIR"])
    quiet = subprocess.DEVNULL
    worker = subprocess.Popen([sys.executable, *WORKER.split()], start_new_session=True, stdout=quiet, stderr=quiet)
    try:
        with psycopg.connect(embedded.database_url(folder), autocommit=True) as connection:
            connection.execute(TABLES)
            connection.execute("INSERT INTO peer_execution (id) SELECT generate_series(0, %s::int)", [executions])
            from benchmarks.peers.celery_app import step

            step.delay(0, 1)
            _wait(connection, 3)
            begun = time.perf_counter()
            for n in range(1, executions + 1):
                step.delay(n, 1)
            _wait(connection, 3 + 3 * executions)
            return 3 * executions / (time.perf_counter() - begun)
    finally:
        worker.terminate()
        worker.wait(30)


def _wait(connection: psycopg.Connection, rows: int) -> None:
    deadline = time.monotonic() + 120
    while connection.execute("SELECT count(*) FROM peer_step").fetchone() != (rows,):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the peer did not take {rows} steps")
        time.sleep(0.05)


def dbos_steps(workflows: int) -> float:
    url = embedded.database_url(Path(os.environ["DATA_DIR"]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
    command = [sys.executable, "-m", "benchmarks.peers.dbos_app", url, str(workflows)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.strip().splitlines()[-1])
