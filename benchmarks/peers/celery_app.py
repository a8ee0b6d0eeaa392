"""One Celery task per step, each with its row: how such an engine is usually written."""

import os
from pathlib import Path

import psycopg
from celery import Celery

from berinia import embedded

FOLDER = Path(os.environ["DATA_DIR"])
app = Celery("peer", broker=embedded.redis_url(FOLDER))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_acks_late=True, task_default_queue="peer")
STEPS = 3
_connection: psycopg.Connection | None = None


def connection() -> psycopg.Connection:
    global _connection
    if _connection is None:
        _connection = psycopg.connect(embedded.database_url(FOLDER), autocommit=True)
    return _connection


@app.task
def step(execution: int, number: int) -> None:
    """Record the step, move the execution, and go on with the next."""
    with connection().transaction():
        connection().execute("UPDATE peer_execution SET at = %s WHERE id = %s", [number, execution])
        connection().execute("INSERT INTO peer_step (execution, number) VALUES (%s, %s)", [execution, number])
    if number < STEPS:
        step.delay(execution, number + 1)
