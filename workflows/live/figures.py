"""The figures of the first page, reckoned once for all sockets that ask for the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from accounts.models import Site
from workflows.overview import overview

KNOWN_FOR_SECONDS = 1.0
RECKONED_AT = "calcule_le"

Organizations = frozenset[int] | None


def metrics_of(organizations: Organizations, period: str, now: datetime) -> dict[str, Any]:
    """Return the figures of a period for all sites of organizations; None: of all there are."""
    everything = Site.objects.all()
    found = everything if organizations is None else everything.filter(organization_id__in=organizations)
    return overview(list(found.values_list("pk", flat=True)), period, now).write()


def is_same(figures: dict[str, Any], shown: dict[str, Any] | None) -> bool:
    """Tell whether figures say what is shown already, apart from when they were reckoned."""
    return shown is not None and {**figures, RECKONED_AT: shown.get(RECKONED_AT)} == shown


class Board:
    """What was reckoned within the last second, by who may see it and period; several who ask at once wait for one."""

    def __init__(self, reckon: Callable[[Organizations, str], Awaitable[dict[str, Any]]]) -> None:
        self.reckon = reckon
        self._known: dict[tuple[Organizations, str], tuple[float, asyncio.Future[dict[str, Any]]]] = {}

    async def get(self, organizations: Organizations, period: str) -> dict[str, Any]:
        """Return figures that are at most a second old."""
        key, now = (organizations, period), time.monotonic()
        self._known = {name: known for name, known in self._known.items() if now - known[0] < KNOWN_FOR_SECONDS}
        if key not in self._known:
            self._known[key] = (now, asyncio.ensure_future(self.reckon(organizations, period)))
        return await asyncio.shield(self._known[key][1])
