"""The places that a connection has on a day: taken under a lock, given back by what does not leave.

Whoever locks several kinds of rows does so in this order: connection, contacts, leads, day, exports.
"""

from collections.abc import Sequence
from datetime import date, datetime

from berinia.clock import is_zone, zone
from berinia.rows import fetch
from crm.models.transfer import Connection, ExportDay

HOME = "Europe/Paris"
# What has not left yet does not leave, and its place is free again: on the day that it counted on.
WITHDRAW = """
WITH gone AS (
    UPDATE exports_leads SET status = %(status)s, due_at = NULL, error = %(error)s, decided_by = %(actor)s
    WHERE {which} AND status = ANY(%(waiting)s) RETURNING connection_id, day, lead_id
), freed AS (
    UPDATE compteurs_export c SET count = greatest(c.count - g.n, 0)
    FROM (SELECT connection_id, day, count(*) AS n FROM gone GROUP BY 1, 2) AS g
    WHERE c.connection_id = g.connection_id AND c.day = g.day
)
SELECT lead_id FROM gone ORDER BY 1
"""
OF_LEADS = WITHDRAW.format(which="lead_id = ANY(%(ids)s)")
OF_EXPORTS = WITHDRAW.format(which="id = ANY(%(ids)s)")
WAITING = ["a_approuver", "en_file"]


def zone_name(connection: Connection) -> str:
    """Return the zone by whose clock a connection counts; the house's where it names none that exists."""
    return connection.timezone if is_zone(connection.timezone) else HOME


def today(connection: Connection, now: datetime) -> date:
    """Return the day that it is where the connection is."""
    return now.astimezone(zone(zone_name(connection))).date()


def lock_day(connection: Connection, now: datetime) -> ExportDay:
    """Return the connection's counter of today, locked until the transaction ends."""
    day = today(connection, now)
    ExportDay.objects.bulk_create([ExportDay(connection=connection, day=day)], ignore_conflicts=True)
    return ExportDay.objects.select_for_update().get(connection=connection, day=day)


def taken(connection: Connection, now: datetime) -> int:
    """Return how many of today's places are taken."""
    count = ExportDay.objects.filter(connection=connection, day=today(connection, now)).values_list("count", flat=True)
    return count.first() or 0


def withdraw_of_leads(lead_ids: Sequence[int]) -> list[int]:
    """Take back what waits to be exported of leads (locked); return which. Their places are free again."""
    return _withdraw(OF_LEADS, lead_ids, "retire", "", "", WAITING)


def withdraw(
    export_ids: Sequence[int], status: str, *, error: str = "", actor: str = "", waiting: Sequence[str] = WAITING
) -> list[int]:
    """Take back exports that stand at one of these statuses; return their leads. Their places are free again."""
    return _withdraw(OF_EXPORTS, export_ids, status, error, actor, waiting)


def _withdraw(
    statement: str, ids: Sequence[int], status: str, error: str, actor: str, waiting: Sequence[str]
) -> list[int]:
    given = {
        "ids": list(ids), "status": status, "error": error[:300], "actor": actor[:150], "waiting": list(waiting),
    }  # fmt: skip
    return [row.lead_id for row in fetch(statement, given)]
