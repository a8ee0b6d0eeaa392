"""Pages: every page of the admin and every GET of the API, with a million executions behind it (quick: 100,000).

As the owner of the organization that has the most, and as a superuser; through the whole of Django, without the
network. `python -m benchmarks.pages` asks again of a database that is filled already (DATA_DIR), and prints all.
"""

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from benchmarks.figures import Figure, at_most, seen

ROWS, QUICK_ROWS = 1_000_000, 100_000
TARGET_MS = 200
TIMES = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """How long an address took, in milliseconds; `work` is what processors did for it, here and in PostgreSQL.

    Where others use the machine, `work` says what would be measured without them.
    """

    who: str
    address: str
    work: float
    median: float
    worst: float
    status: int


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    """Fill the database, ask for every page, print those that took too long."""
    from django.core.management import call_command
    from django.db import connection

    rows = QUICK_ROWS if quick else ROWS
    call_command("generate", "--executions", str(rows), "--organizations", "3", "--full", "--yes", stdout=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
    return figures(list(ask()), rows)


def figures(answered: list[Answered], rows: int) -> list[Figure]:
    """Return what came of it, and print what is above the target."""
    pages = [a for a in answered if a.who != "api"]
    calls = [a for a in answered if a.who == "api"]
    print(table([a for a in answered if a.median > TARGET_MS or a.status >= 500]), file=sys.stderr)
    all_worst = sorted(a.worst for a in answered)
    behind = f"with {rows:,} executions behind it"
    return [
        at_most(f"slowest of {len(pages)} admin pages {behind} (median of {TIMES})", _most(pages), TARGET_MS, "ms"),
        at_most(f"slowest of {len(calls)} API reads {behind} (median of {TIMES})", _most(calls), TARGET_MS, "ms"),
        at_most("pages that failed", sum(a.status >= 500 for a in answered), 0, ""),
        seen("all pages, median", statistics.median(a.median for a in answered), "ms"),
        seen("all pages, worst single answer of 95 in 100", all_worst[int(len(all_worst) * 0.95) - 1], "ms"),
    ]


def _most(answered: list[Answered]) -> float:
    return max((a.median for a in answered), default=0)


def table(answered: list[Answered]) -> str:
    """Return the slowest first."""
    ordered = sorted(answered, key=lambda a: -a.median)
    return "\n".join(
        f"{a.median:7.0f} ms (worst {a.worst:5.0f}, work {a.work:4.0f})  {a.status} {a.who:10} {a.address}"
        for a in ordered
    )


def ask() -> Iterator[Answered]:
    """Ask for every address, as each of the people: TIMES, or once where the first answer took half the target."""
    from django.test import Client
    from django.urls import get_resolver

    from accounts.models import ApiKey, Membership, Role, Site, User
    from benchmarks.addresses import Pages, api_addresses
    from berinia.garbage import collect_seldom
    from workflows.generate import SLUG

    logging.getLogger("berinia.access").setLevel(logging.WARNING)
    get_resolver().url_patterns  # noqa: B018 - like asgi.py
    collect_seldom()
    site = Site.objects.select_related("organization").get(slug=f"{SLUG}-1")
    for who, is_superuser in (("owner", False), ("superuser", True)):
        user, _new = User.objects.get_or_create(
            username=f"banc-{who}", defaults={"is_staff": True, "is_superuser": is_superuser}
        )
        if not is_superuser:
            Membership.objects.get_or_create(user=user, organization=site.organization, defaults={"role": Role.OWNER})
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(user)
        for address, form in Pages(client).all():
            yield _timed(who, address, _asking(client, address, form))
    _key, plain = ApiKey.issue(site, name="banc")
    caller = Client(raise_request_exception=False, SERVER_NAME="localhost", HTTP_AUTHORIZATION=f"Bearer {plain}")
    for address in api_addresses(site, caller):
        yield _timed("api", address, _asking(caller, address, ""))


def _asking(client: object, address: str, form: str) -> Callable[[], int]:
    if form:
        path, data = address.partition("#")[0], dict(parse_qsl(form))
        return lambda: client.post(path, data).status_code  # type: ignore[attr-defined]
    return lambda: client.get(address).status_code  # type: ignore[attr-defined]


def _timed(who: str, address: str, request: Callable[[], int]) -> Answered:
    worked = _worked()
    first, status = _took(request)
    took = [first]
    # Asking three thousand addresses six times each takes half an hour: what is fast at once is not asked again.
    if first >= TARGET_MS / 2:
        worked = _worked()
        took = [_took(request)[0] for _n in range(TIMES)]
    work = 1000 * (_worked() - worked) / len(took)
    return Answered(who, address, work, statistics.median(took), max(took), status)


def _took(request: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    status = request()
    return 1000 * (time.perf_counter() - began), status


def _worked() -> float:
    """Return the seconds of a processor that this process and its server's process have used."""
    from django.db import connection

    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(") ")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Ask of the database that is there, and print every address with its time."""
    import django

    django.setup()
    answered = []
    for one in ask():
        answered.append(one)
        print(table([one]), flush=True)
    for figure in figures(answered, 0):
        print(figure)


if __name__ == "__main__":
    main()
