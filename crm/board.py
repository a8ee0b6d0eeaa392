"""The board: leads by stage, the newest first, a page of cards at a time, with counts that stay cheap.

A million leads are read by index: of each stage and site the newest, counted as far as anybody reads (`MOST`). What a
person owns or looks for is few: it is read whole, and counted exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from berinia.rows import fetch
from crm.pipeline import STAGES

CARDS = 20  # of a stage, at a time
MOST = 2_000  # a stage is counted, and its amounts are summed, as far as this
NOBODY = "personne"

# By `lead_of_stage`, or `lead_of_stage_quality`: a few rows of each site, of which the newest are kept.
NEWEST = """
SELECT s.stage, f.id FROM unnest(%(stages)s::text[]) AS s (stage) CROSS JOIN LATERAL (
    SELECT n.id FROM unnest(%(sites)s::bigint[]) AS w (site) CROSS JOIN LATERAL (
        SELECT l.id FROM leads l WHERE l.site_id = w.site AND l.stage = s.stage AND {where}
        ORDER BY l.id DESC LIMIT %(most)s
    ) AS n ORDER BY n.id DESC LIMIT %(most)s
) AS f
"""
# Counted in the index alone; the table is read only for the amounts of what is not too many to be counted.
COUNTS = """
SELECT s.stage, f.n, CASE WHEN f.n < %(most)s THEN (
    SELECT sum(l.amount_cents)::bigint FROM leads l
    WHERE l.site_id = ANY(%(sites)s) AND l.stage = s.stage AND {where}) END AS cents
FROM unnest(%(stages)s::text[]) AS s (stage) CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT n.id FROM unnest(%(sites)s::bigint[]) AS w (site) CROSS JOIN LATERAL (
            SELECT l.id FROM leads l WHERE l.site_id = w.site AND l.stage = s.stage AND {where}
            LIMIT %(most)s
        ) AS n LIMIT %(most)s
    ) AS c
) AS f
"""
# MATERIALIZED: the few are found by their own index, not by going through a stage until a page is full.
FEW = """
WITH few AS MATERIALIZED (
    SELECT l.id, l.stage, l.amount_cents FROM leads l WHERE l.site_id = ANY(%(sites)s) AND {few} AND {where}
)
"""
NEWEST_OF_FEW = f"""{FEW}
SELECT r.stage, r.id FROM (
    SELECT stage, id, row_number() OVER (PARTITION BY stage ORDER BY id DESC) AS place FROM few
    WHERE stage = ANY(%(stages)s)
) AS r WHERE r.place <= %(most)s
"""  # noqa: S608 - only the constant above is put in
COUNTS_OF_FEW = f"""{FEW}
SELECT stage, count(*) AS n, sum(amount_cents)::bigint AS cents FROM few WHERE stage = ANY(%(stages)s) GROUP BY stage
"""  # noqa: S608 - only the constant above is put in


@dataclass(frozen=True, slots=True)
class Asked:
    """Which leads: of these sites, and where it is said of this quality, this owner, or among these."""

    sites: Sequence[int]
    quality: str = ""
    owner: int | None = None
    is_nobodys: bool = False
    lead_ids: Sequence[int] | None = None

    @property
    def is_few(self) -> bool:
        """Whether an index of their own finds them."""
        return self.owner is not None or self.lead_ids is not None

    def sql(self, wide: str, few: str) -> str:
        """Return the query that suits; only constants are put into it."""
        where = ["l.quality = %(quality)s"] if self.quality else []
        where += ["l.owner_id IS NULL"] if self.is_nobodys else []
        where += ["l.id < %(before)s"]
        named = ["l.owner_id = %(owner)s"] if self.owner is not None else []
        named += ["l.id = ANY(%(ids)s)"] if self.lead_ids is not None else []
        query = few if self.is_few else wide
        return query.format(where=" AND ".join(where), few=" AND ".join(named))

    def given(self, stages: Sequence[str], most: int, before: int | None = None) -> dict[str, Any]:
        """Return what the query asks with."""
        return {
            "sites": list(self.sites), "stages": list(stages), "most": most, "quality": self.quality,
            "owner": self.owner, "ids": list(self.lead_ids or ()), "before": before or 2**62,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """How many leads a stage holds and what they are worth, in cents; cut: at least so many."""

    leads: int = 0
    cents: int | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """The ids of a stage's cards, the newest first, and whether there are more."""

    ids: Sequence[int] = field(default_factory=tuple)
    has_more: bool = False


def cards(asked: Asked, stages: Sequence[str] = STAGES, before: int | None = None) -> Mapping[str, Cards]:
    """Return a page of cards of each stage, below an id."""
    found: dict[str, list[int]] = {stage: [] for stage in stages}
    if asked.sites:
        for row in fetch(asked.sql(NEWEST, NEWEST_OF_FEW), asked.given(stages, CARDS + 1, before)):
            found[row.stage].append(row.id)
    return {
        stage: Cards(sorted(ids, reverse=True)[:CARDS], len(ids) > CARDS) for stage, ids in found.items()
    }  # fmt: skip


def counts(asked: Asked, stages: Sequence[str] = STAGES) -> Mapping[str, Count]:
    """Return how many leads each stage holds, exactly up to MOST."""
    found = {stage: Count() for stage in stages}
    if asked.sites:
        for row in fetch(asked.sql(COUNTS, COUNTS_OF_FEW), asked.given(stages, MOST + 1)):
            is_cut = row.n > MOST and not asked.is_few
            found[row.stage] = Count(min(row.n, MOST) if is_cut else row.n, None if is_cut else row.cents, is_cut)
    return found
