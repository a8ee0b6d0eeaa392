"""How busy is a CRM? What waits there, and how many of the day's places are taken."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from agents.export_plan import Charge, load_of
from agents.office import Office
from berinia.rows import fetch
from crm.models import Connection, Export
from crm.models.transfer import ExportStatus
from crm.places import taken, zone_name

# Exported, and nobody has gone on with it. Counted up to a number far above the capacity: further nothing changes.
MOST = 1_000
PENDING = """
SELECT count(*) AS n FROM (
    SELECT 1 FROM exports_leads x JOIN leads l ON l.id = x.lead_id
    WHERE x.connection_id = %s AND x.status = 'exporte' AND l.stage IN ('lead', 'qualified') LIMIT %s
) AS waiting
"""


@dataclass(frozen=True, slots=True)
class State:
    """A connection as operators look at it."""

    connection: Connection
    exported_today: int
    pending: int
    proposed: int

    @property
    def is_cut(self) -> bool:
        """Tell whether more may wait than was counted."""
        return self.pending >= most_of(self.connection)

    @property
    def load(self) -> Charge:
        """Return how busy its people are."""
        return load_of(self.pending, self.connection.capacity)


def most_of(connection: Connection) -> int:
    """Return up to how many is counted what waits there."""
    return max(MOST, 2 * connection.capacity)


def pending_of(connection: Connection) -> int:
    """Return how many exported leads nobody has worked on yet, up to `most_of`."""
    return int(fetch(PENDING, [connection.pk, most_of(connection)])[0].n)


def office_of(connection: Connection) -> Office:
    """Return when a connection's people are at work."""
    return Office(connection.opens_at, connection.closes_at, tuple(connection.days), zone_name(connection))


def states(organizations: Collection[int] | None, now: datetime, most: int = 10) -> list[State]:
    """Return how the active connections of organizations stand (None: of all), the first few."""
    found = Connection.objects.filter(is_active=True).select_related("organization").order_by("organization__name")
    if organizations is not None:
        found = found.filter(organization_id__in=organizations)
    return [_state(connection, now) for connection in found[:most]]


def _state(connection: Connection, now: datetime) -> State:
    proposed = Export.objects.filter(connection=connection, status=ExportStatus.PROPOSED).count()
    return State(connection, taken(connection, now), pending_of(connection), proposed)
