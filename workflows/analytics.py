"""Figures of a site: what its workflows achieved, summed from the hourly counters (`metriques_conversion`)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from accounts.models import Site
from berinia.clock import zone
from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.channels import CHANNELS
from workflows.deploy import Sector, sectors
from workflows.models import Workflow, WorkflowStatus
from workflows.targets import measures

PERIODS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
TOP = 5

COUNTERS = """
SELECT workflow_id, (hour AT TIME ZONE %s)::date AS day, name, sum(value)::bigint AS value
FROM metriques_conversion WHERE site_id = %s AND hour >= %s AND hour < %s GROUP BY 1, 2, 3
"""

GroupKey = TypeVar("GroupKey", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of one workflow on one day (of the site)."""

    workflow_id: int
    day: date
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of counters, and the rates that follow from them."""

    sums: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        """Return a counter: 0 where nothing was counted."""
        return self.sums.get(name, 0)

    @property
    def ended(self) -> int:
        """How many executions came to an end."""
        return self["completed"] + self["converted"] + self["stopped"] + self["failed"]

    @property
    def conversion(self) -> float | None:
        """Which part (0 to 1) of the executions that ended reached their goal; None when none ended."""
        return round(self["converted"] / self.ended, 4) if self.ended else None

    @property
    def response(self) -> float | None:
        """The mean time in seconds from an event to its first message; None when there was none."""
        return round(self["response_seconds"] / self["responses"], 1) if self["responses"] else None

    @property
    def delay(self) -> float | None:
        """The mean time in seconds from the start of an execution to its conversion; None when none was timed."""
        timed = self["conversions_timed"]
        return round(self["conversion_seconds"] / timed, 1) if timed else None

    @property
    def satisfaction(self) -> float | None:
        """Which part (0 to 1) of the reviews was good (4 of 5 or better); None when there was none."""
        return round(self["reviews_good"] / self["reviews"], 4) if self["reviews"] else None

    @property
    def sent(self) -> int:
        """How many messages were handed to their providers."""
        return sum(self.sent_by_channel.values())

    @property
    def sent_by_channel(self) -> dict[str, int]:
        """How many of them on each channel."""
        return {channel: self[f"messages_sent_{channel}"] for channel in CHANNELS}

    def write(self) -> dict[str, Any]:
        """Return the figures as the API says them."""
        return {
            "commencees": self["started"],
            "terminees": self["completed"],
            "converties": self["converted"],
            "arretees": self["stopped"],
            "echouees": self["failed"],
            "taux_conversion": self.conversion,
            "messages_envoyes": self.sent_by_channel,
            "messages_echoues": self["messages_failed"],
            "messages_non_envoyes": self["messages_suppressed"],
            "delai_reponse_secondes": self.response,
            "delai_conversion_secondes": self.delay,
            "satisfaction": self.satisfaction,
            "avis": self["reviews"],
        }


def counts_between(site: Site, since: datetime, until: datetime) -> list[Counts]:
    """Return a site's counters of the hours from that of `since` up to, not including, that of `until`."""
    rows = fetch(COUNTERS, [site.timezone, site.pk, hour_of(since), hour_of(until)])
    return [Counts(*row) for row in rows]


def counts_of(site: Site, period: timedelta, now: datetime) -> list[Counts]:
    """Return a site's counters of the period that ends now, in whole hours."""
    return counts_between(site, now - period, now + timedelta(hours=1))


def figures(counts: list[Counts]) -> Figures:
    """Sum counters."""
    sums: Counter[str] = Counter()
    for item in counts:
        sums[item.name] += item.value
    return Figures(sums)


def grouped(counts: list[Counts], key: Callable[[Counts], GroupKey]) -> dict[GroupKey, Figures]:
    """Sum counters by what `key` says of each."""
    groups: defaultdict[GroupKey, list[Counts]] = defaultdict(list)
    for item in counts:
        groups[key(item)].append(item)
    return {group: figures(items) for group, items in groups.items()}


def realtime(site: Site, now: datetime) -> dict[str, Any]:
    """Return what a dashboard shows: the last 24 hours, the last hour, and the best workflows."""
    workflows = {w.pk: w for w in Workflow.objects.filter(site=site)}
    day = counts_of(site, PERIODS["24h"], now)
    since = hour_of(now - timedelta(hours=1))
    by_workflow = grouped(day, lambda c: c.workflow_id)
    best = sorted(
        ((f, workflows[i]) for i, f in by_workflow.items() if i in workflows),
        key=lambda pair: (-pair[0]["converted"], -pair[0]["started"], pair[1].pk),
    )
    return {
        "metriques_generales": {
            "periode": "24h",
            "workflows_actifs": sum(w.status == WorkflowStatus.ACTIVE for w in workflows.values()),
            **figures(day).write(),
        },
        "activite_1h": {"depuis": since, **figures(counts_of(site, timedelta(hours=1), now)).write()},
        "top_workflows": [
            {**identity(workflow), **found.write()} for found, workflow in best[:TOP] if found["started"] or found.ended
        ],
    }


def conversions(site: Site, period: str, sector: str | None, now: datetime) -> dict[str, Any]:
    """Return the figures of a period (a key of PERIODS): in all, by sector beside its targets, by day."""
    sector_of = dict(Workflow.objects.filter(site=site).values_list("pk", "sector"))
    sectors_deployed = set(sector_of.values())
    sector_of[0] = site.sector if site.sector in sectors_deployed else ""  # reviews that no workflow heard
    found = [
        c for c in counts_of(site, PERIODS[period], now) if sector is None or sector_of.get(c.workflow_id) == sector
    ]
    by_sector = grouped(found, lambda c: sector_of.get(c.workflow_id, ""))
    for slug in {s for s in sectors_deployed if sector in (None, s)}:
        by_sector.setdefault(slug, Figures({}))
    by_day = grouped(found, lambda c: c.day)
    return {
        "periode": period,
        "depuis": hour_of(now - PERIODS[period]),
        "totaux": figures(found).write(),
        "secteurs": [beside_target(slug, by_sector[slug]) for slug in sorted(by_sector) if slug in sectors()],
        "historique": [
            {"jour": day, **by_day.get(day, Figures({})).write()} for day in _days(site, PERIODS[period], now)
        ],
    }


def beside_target(slug: str, found: Figures) -> dict[str, Any]:
    """Return a sector's figures beside its targets, with the distance to each.

    Shares differ in points of 0 to 1, the delay in seconds.
    """
    sector: Sector = sectors()[slug]
    conversion, delay, satisfaction, *_more = measures(found.sums, {}, sector.targets)
    return {
        "secteur": slug,
        "nom": sector.name,
        "objectif": {
            "conversion": conversion.target,
            "delai": sector.targets.get("delay"),
            "satisfaction": sector.targets.get("satisfaction"),
        },
        "ecart_conversion": conversion.gap,
        "ecart_delai_secondes": delay.gap,
        "ecart_satisfaction": satisfaction.gap,
        **found.write(),
    }


def identity(workflow: Workflow) -> dict[str, Any]:
    """Return which workflow it is."""
    return {"id": str(workflow.pk), "slug": workflow.slug, "nom": workflow.name, "secteur": workflow.sector}


def _days(site: Site, period: timedelta, now: datetime) -> list[date]:
    """Return each day of a period as the site's calendar has them, today last."""
    first, last = ((instant.astimezone(zone(site.timezone))).date() for instant in (now - period, now))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
