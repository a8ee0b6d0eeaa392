"""Overview: the figures of some sites that the first page shows, and that browsers are told of while it is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Site
from berinia.rows import fetch
from communications.models.reach import Moment
from communications.reach import Reach, grouped, sums_between
from workflows.analytics import Figures
from workflows.counters import Span, Tally, added, span_of, tally
from workflows.deploy import sectors
from workflows.models import Workflow
from workflows.standing import by_status, standing
from workflows.targets import Measure, measures

MOST = 10_000  # what is counted row by row is counted no further: nobody reads the number beyond
DEFERRED = f"""
SELECT count(*) AS n FROM (
    SELECT FROM messages WHERE status = 'queued' AND due_at > %s AND reason <> '' AND site_id = ANY(%s) LIMIT {MOST}
) AS deferred
"""  # noqa: S608 - only a constant is put in


@dataclass(frozen=True, slots=True)
class OfSector:
    """What a sector achieved, each measure beside its target."""

    slug: str
    name: str
    figures: Figures
    reach: Reach
    measures: tuple[Measure, ...]

    @property
    def ended(self) -> int:
        """How many executions came to an end: a template would take `figures.ended` for a counter's name."""
        return self.figures.ended

    def write(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "secteur": self.slug, "nom": self.name, "commencees": self.figures["started"],
            "finies": self.figures.ended, "converties": self.figures["converted"],
            "mesures": {measure.name: measure.write() for measure in self.measures},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """How some sites are doing: as it stands now, and over a period."""

    period: str
    now: datetime
    span: Span
    standing: Mapping[str, int]
    deferred: int
    counted: Tally
    figures: Figures
    reach: Reach
    sectors: tuple[OfSector, ...]

    def write(self) -> dict[str, Any]:
        """Return the figures as the browser gets them, and as the API would say them."""
        reached = {"remis": Moment.DELIVERED, "ouverts": Moment.OPENED, "cliques": Moment.CLICKED,
                   "repondus": Moment.REPLIED}  # fmt: skip
        return {
            "periode": self.period,
            "depuis": self.span.since.isoformat(),
            "calcule_le": self.now.isoformat(),
            "maintenant": {
                "en_cours": self.standing["en_cours"], "en_attente": self.standing["en_attente"],
                "en_pause": self.standing["en_pause"], "en_echec": self.standing["echouee"],
                "messages_differes": self.deferred,
            },
            **self.figures.write(),
            **{f"messages_{name}": self.reach[moment] for name, moment in reached.items()},
            "secteurs": [sector.write() for sector in self.sectors],
        }  # fmt: skip


def overview(site_ids: Sequence[int], period: str, now: datetime) -> Overview:
    """Return how sites are doing over a period (a key of PERIODS) that ends now."""
    sites, span = list(site_ids), span_of(period, now)
    counted = tally(sites, span)
    reached = grouped(sums_between(sites, span), lambda c: c.workflow_id)
    return Overview(
        period, now, span, by_status(standing(sites)), fetch(DEFERRED, [now, sites])[0].n, counted, counted.total,
        together(reached.values()), by_sector(sites, counted, reached),
    )  # fmt: skip


def together(several: Any) -> Reach:
    """Sum what became of messages."""
    return Reach(added(Figures(one.sums) for one in several).sums)


def by_sector(sites: Sequence[int], counted: Tally, reached: dict[int, Reach]) -> tuple[OfSector, ...]:
    """Return each sector that is deployed on these sites; what belongs to no workflow is its site's sector's."""
    sector_of = dict(Workflow.objects.filter(site_id__in=sites).values_list("pk", "sector"))
    site_sector = dict(Site.objects.filter(pk__in=sites).values_list("pk", "sector"))
    groups: dict[str, list[Figures]] = {slug: [] for slug in sorted({*sector_of.values()} & sectors().keys())}
    for (site, workflow), figures in counted.of_workflows.items():
        slug = sector_of.get(workflow, "") if workflow else site_sector.get(site, "")
        if slug in groups:
            groups[slug].append(figures)
    return tuple(
        _of_sector(slug, added(groups[slug]), together(r for w, r in reached.items() if sector_of.get(w) == slug))
        for slug in groups
    )


def _of_sector(slug: str, figures: Figures, reach: Reach) -> OfSector:
    sector = sectors()[slug]
    return OfSector(slug, sector.name, figures, reach, measures(figures.sums, reach.sums, sector.targets))
