"""What a control is about: everything, an organization, a site, a workflow or chosen executions; and how much it is."""

from collections.abc import Collection
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import Organization, Site
from berinia.rows import fetch
from workflows.models import Workflow

MOST = 5_000  # further than this nobody counts one by one

COUNT_EXECUTIONS = """
SELECT count(*) FILTER (WHERE status IN ('en_attente', 'en_cours')) AS active,
    count(*) FILTER (WHERE status = 'en_pause') AS paused, count(*) FILTER (WHERE status = 'echouee') AS failed,
    count(*) FILTER (WHERE status <> 'echouee' AND due_at <= %(now)s) AS overdue
FROM (SELECT e.status, e.due_at FROM executions_workflow e
      WHERE e.status IN ('en_attente', 'en_cours', 'en_pause', 'echouee') AND {where} LIMIT %(most)s) AS found
"""
# Each status in a branch of its own, by name: each has an index, no index has both.
MESSAGES = "SELECT m.due_at FROM messages m WHERE m.status = '{status}' AND {where}"
COUNT_MESSAGES = """
SELECT count(*) AS messages, count(*) FILTER (WHERE due_at <= %(now)s) AS overdue
FROM ({branches} LIMIT %(most)s) AS found
"""


class Level(StrEnum):
    """How much a control reaches."""

    EVERYTHING = "plateforme"
    ORGANIZATION = "organisation"
    SITE = "site"
    WORKFLOW = "workflow"
    EXECUTIONS = "executions"


COLUMNS = {
    Level.ORGANIZATION: "organization_id = %(id)s",
    Level.SITE: "site_id = %(id)s",
    Level.WORKFLOW: "workflow_id = %(id)s",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which executions: all that is given holds. `ids` None means any; instants are UTC, `started_before` excluded."""

    ids: tuple[int, ...] | None = None
    site_id: int | None = None
    workflow_id: int | None = None
    status: str | None = None
    step: str | None = None
    started_from: datetime | None = None
    started_before: datetime | None = None
    site_ids: tuple[int, ...] | None = None  # those that a person may steer


CONDITIONS = {
    "ids": "e.id = ANY(%(ids)s)",
    "site_id": "e.site_id = %(site_id)s",
    "workflow_id": "e.workflow_id = %(workflow_id)s",
    "status": "e.status = %(status)s",
    "step": "e.at IN (%(step)s, %(step)s || '.issue')",
    "started_from": "e.started_at >= %(started_from)s",
    "started_before": "e.started_at < %(started_before)s",
    "site_ids": "e.site_id = ANY(%(site_ids)s)",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A level and its object. `organization_id`: in whose audit log it is written (None: the platform's)."""

    level: Level
    id: int | None = None
    organization_id: int | None = None
    name: str = ""
    chosen: Chosen | None = None

    @classmethod
    def everything(cls) -> "Scope":
        """Return the scope of the emergency stop."""
        return cls(Level.EVERYTHING, name="plateforme")

    @classmethod
    def of(cls, row: Organization | Site | Workflow) -> "Scope":
        """Return the scope of an organization, a site or a workflow."""
        match row:
            case Organization():
                return cls(Level.ORGANIZATION, row.pk, row.pk, row.name)
            case Site():
                return cls(Level.SITE, row.pk, row.organization_id, row.slug)
        return cls(Level.WORKFLOW, row.pk, row.organization_id, row.name)

    @classmethod
    def executions(cls, ids: Collection[int]) -> "Scope":
        """Return the scope of these executions."""
        return cls(Level.EXECUTIONS, chosen=Chosen(ids=tuple(ids)))

    @classmethod
    def matching(cls, chosen: Chosen) -> "Scope":
        """Return the scope of the executions for which all of this holds."""
        return cls(Level.EXECUTIONS, chosen=chosen)

    def where(self) -> tuple[str, dict[str, Any]]:
        """Return a condition on executions (`e`) and its parameters."""
        if self.chosen is None:
            return self._level("e")
        given = {name: value for name, value in asdict(self.chosen).items() if value is not None}
        for name in given.keys() & {"ids", "site_ids"}:
            given[name] = list(given[name])
        return " AND ".join([CONDITIONS[name] for name in given] or ["TRUE"]), given

    def _level(self, row: str) -> tuple[str, dict[str, Any]]:
        """Return the condition that a row (`e` or `m`) is within the level."""
        if self.level is Level.EVERYTHING:
            return "TRUE", {}
        return f"{row}.{COLUMNS[self.level]}", {"id": self.id}

    def messages(self) -> tuple[str, dict[str, Any]]:
        """Return a condition on messages (`m`) and its parameters."""
        if self.chosen is None:
            return self._level("m")
        where, params = self.where()
        return f"m.execution_id IN (SELECT e.id FROM executions_workflow e WHERE {where})", params  # noqa: S608


@dataclass(frozen=True, slots=True)
class Preview:
    """What a control would meet: executions by state, of them those whose instant has passed, and messages.

    Counted up to MOST: `is_capped` says that there is more.
    """

    active: int
    paused: int
    failed: int
    overdue: int
    messages: int
    messages_overdue: int

    @property
    def held(self) -> int:
        """How many executions could move, or could were they not paused."""
        return self.active + self.paused

    @property
    def executions(self) -> int:
        """How many executions were counted."""
        return self.active + self.paused + self.failed

    @property
    def is_capped(self) -> bool:
        """Tell whether there may be more than was counted."""
        return self.executions >= MOST or self.messages >= MOST


def preview(*scopes: Scope, now: datetime) -> Preview:
    """Count what is in scopes, of one level and apart, before anything is done to them: up to MOST in all."""
    found = Preview(0, 0, 0, 0, 0, 0)
    for scope in scopes:
        executions = _count_executions(scope, now, MOST - found.executions)
        messages = _count_messages(scope, now, MOST - found.messages)
        found = Preview(*map(sum, zip(astuple(found), executions + messages, strict=True)))
    return found


def _count_executions(scope: Scope, now: datetime, most: int) -> tuple[int, int, int, int]:
    """Return how many are active, paused, failed; and how many are overdue."""
    if not most:
        return 0, 0, 0, 0
    where, params = scope.where()
    (found,) = fetch(COUNT_EXECUTIONS.format(where=where), params | {"now": now, "most": most})
    return found.active, found.paused, found.failed, found.overdue


def _count_messages(scope: Scope, now: datetime, most: int) -> tuple[int, int]:
    """Return how many wait, and how many of them are overdue."""
    if not most:
        return 0, 0
    where, params = scope.messages()
    # What is held is held with its execution; only what is queued is found without naming executions.
    statuses = ("queued",) if scope.chosen is None else ("queued", "held")
    branches = " UNION ALL ".join(MESSAGES.format(status=status, where=where) for status in statuses)
    (found,) = fetch(COUNT_MESSAGES.format(branches=branches), params | {"now": now, "most": most})
    return found.messages, found.overdue
