"""DBOS Transact: three steps a workflow, a row each, 16 threads. Prints how many steps a second."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS
from psycopg_pool import ConnectionPool

url, count = sys.argv[1], int(sys.argv[2])
DBOS(config={"name": "peer", "system_database_url": url.replace("/berinia?", "/dbos?")})
pool = ConnectionPool(url, min_size=4, max_size=16, kwargs={"autocommit": True})


@DBOS.step()
def step(execution: int, number: int) -> None:
    with pool.connection() as connection:
        connection.execute("INSERT INTO peer_step (execution, number) VALUES (%s, %s)", [execution, number])


@DBOS.workflow()
def workflow(execution: int) -> None:
    for number in range(1, 4):
        step(execution, number)


DBOS.launch()
workflow(0)
begun = time.perf_counter()
with ThreadPoolExecutor(16) as threads:
    list(threads.map(workflow, range(1, count + 1)))
print(3 * count / (time.perf_counter() - begun))
DBOS.destroy()
