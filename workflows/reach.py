"""What became of a site's messages: by template, step, workflow, sector or channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Site
from communications.models.reach import Moment
from communications.reach import Counts, Reach, counts_between, grouped, reach
from crm.models.metric import hour_of
from workflows.analytics import PERIODS, identity
from workflows.models import Workflow


@dataclass(frozen=True, slots=True)
class Part:
    """Which messages a line of figures is about; None: it does not tell these apart."""

    template: str | None = None
    channel: str | None = None
    step: str | None = None
    workflow_id: int | None = None
    sector: str | None = None


# How messages may be told apart, from a counter and the sectors of the workflows.
PARTS: Mapping[str, Callable[[Counts, Mapping[int, str]], Part]] = {
    "modele": lambda c, _sectors: Part(template=c.template, channel=c.channel),
    "etape": lambda c, _sectors: Part(workflow_id=c.workflow_id, step=c.step),
    "workflow": lambda c, _sectors: Part(workflow_id=c.workflow_id),
    "secteur": lambda c, sectors: Part(sector=sectors.get(c.workflow_id, "")),
    "canal": lambda c, _sectors: Part(channel=c.channel),
}


def messages_reached(
    site: Site, period: str, by: str, now: datetime, *, sector: str | None = None, workflow: Workflow | None = None
) -> dict[str, Any]:
    """Return the figures of a period (a key of PERIODS) in all and by part (a key of PARTS), the most sent first."""
    workflows = {w.pk: w for w in Workflow.objects.filter(site=site)}
    sector_of = {pk: w.sector for pk, w in workflows.items()}
    since, until = now - PERIODS[period], now + timedelta(hours=1)
    counts = [
        item
        for item in counts_between([site.pk], since, until, workflow_id=workflow.pk if workflow else None)
        if sector is None or sector_of.get(item.workflow_id) == sector
    ]
    lines = grouped(counts, lambda item: PARTS[by](item, sector_of))
    return {
        "periode": period,
        "depuis": hour_of(since),
        "par": by,
        "totaux": reach(counts).write(),
        "lignes": [_line(part, found, workflows) for part, found in sorted(lines.items(), key=_most_first)],
    }


def steps_reached(workflow: Workflow, since: datetime, until: datetime) -> dict[str, Reach]:
    """Return what became of a workflow's messages by step; "" for conversions that no message came before."""
    counts = counts_between([workflow.site_id], since, until, workflow_id=workflow.pk)
    return grouped(counts, lambda item: item.step)


def _most_first(line: tuple[Part, Reach]) -> tuple[Any, ...]:
    part, found = line
    names = (part.template, part.channel, part.step, part.sector)
    return (-found[Moment.SENT], part.workflow_id or 0, *(name or "" for name in names))


def _line(part: Part, found: Reach, workflows: Mapping[int, Workflow]) -> dict[str, Any]:
    workflow = workflows.get(part.workflow_id or 0)
    return {
        "modele": part.template,
        "canal": part.channel,
        "etape": part.step,
        "workflow": identity(workflow) if workflow else None,
        "secteur": part.sector,
        **found.write(),
    }
