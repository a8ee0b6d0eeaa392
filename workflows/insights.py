"""Insights: where a site's workflows lose people, what to do about it, and how a period compares."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Site
from berinia.rows import fetch
from communications.models import Message
from workflows import deploy
from workflows.advice import Advice, Friction, Measured, advise
from workflows.analytics import (
    PERIODS,
    Counts,
    Figures,
    beside_target,
    counts_between,
    counts_of,
    figures,
    grouped,
    identity,
)
from workflows.labels import step_label
from workflows.models import ExecutionStatus, Workflow, WorkflowStatus
from workflows.programs import definition_of

WINDOW = PERIODS["30d"]
SAMPLE = 10_000  # the latest executions, or messages, that are looked at: a page answers in time however many there are

# `at` is where an execution stood when it ended; one that ran to its end stands behind its last step.
ENDINGS = """
SELECT workflow_id, at, status, count(*) AS n FROM (
    SELECT workflow_id, at, status, started_at FROM executions_workflow
    WHERE workflow_id = %s ORDER BY id DESC LIMIT %s
) AS latest
WHERE started_at >= %s AND status IN ('terminee', 'convertie', 'arretee', 'echouee') GROUP BY 1, 2, 3
"""
UNSENT = """
SELECT workflow_id, status, reason, count(*) AS n FROM (
    SELECT workflow_id, status, reason, created_at FROM messages WHERE site_id = %s ORDER BY id DESC LIMIT %s
) AS latest
WHERE created_at >= %s AND workflow_id = ANY(%s) AND status IN ('suppressed', 'failed') GROUP BY 1, 2, 3 ORDER BY n DESC
"""


def analyze_sector(site: Site, sector: str, now: datetime) -> dict[str, Any]:
    """Return what a sector achieves on a site, its friction points and what to do. Raises UnknownSectorError."""
    deploy.sector_of(sector)
    workflows = _workflows(site, sector)
    counts = _counts(site, workflows, now)
    lost = frictions(workflows, now - WINDOW)
    return {
        "siteId": site.slug,
        "periode": "30d",
        "deploye": bool(workflows),
        "performance": beside_target(sector, figures(counts)),
        "workflows": _by_workflow(workflows, counts),
        "points_de_friction": [_write(friction) for friction in lost],
        "manques": [asdict(lack) for lack in deploy.missing(site, sector)],
        "recommandations": _recommendations(site, sector, workflows, counts, lost, now),
    }


def sector_insights(site: Site, sector: str, now: datetime) -> dict[str, Any]:
    """Return the numbers of a sector on a site: rates, channels, days and losses. Raises UnknownSectorError."""
    deploy.sector_of(sector)
    workflows = _workflows(site, sector)
    counts = _counts(site, workflows, now)
    found, by_day = figures(counts), grouped(counts, lambda c: c.day)
    lost = frictions(workflows, now - WINDOW)
    best = max(by_day, key=lambda day: (by_day[day]["converted"], day), default=None)
    return {
        "periode": "30d",
        **beside_target(sector, found),
        "canaux": found.sent_by_channel,
        "meilleur_jour": {"jour": best, **by_day[best].write()} if best and by_day[best]["converted"] else None,
        "workflows": _by_workflow(workflows, counts),
        "points_de_friction": [_write(friction) for friction in lost],
        "insights": _recommendations(site, sector, workflows, counts, lost, now),
    }


def performance_report(site: Site, period: str, now: datetime) -> dict[str, Any]:
    """Return the figures of a period (a key of PERIODS) beside those of the one before."""
    length = PERIODS[period]
    workflows = list(Workflow.objects.filter(site=site).order_by("pk"))
    counts = counts_of(site, length, now)
    before = figures(counts_between(site, now - 2 * length, now - length))
    current = figures(counts)
    lost = frictions(workflows, now - length)
    by_sector = {sector: [w for w in workflows if w.sector == sector] for sector in {w.sector for w in workflows}}
    return {
        "periode": period,
        "totaux": current.write(),
        "periode_precedente": before.write(),
        "evolution": _change(current, before),
        "workflows": _by_workflow(workflows, counts),
        "points_de_friction": [_write(friction) for friction in lost],
        "recommandations": [
            said
            for sector, group in sorted(by_sector.items())
            for said in _recommendations(site, sector, group, counts, lost, now, length)
        ],
    }


def agent_stats(site: Site, now: datetime) -> dict[str, Any]:
    """Return how the automation of a site is doing: its workflows, the last 24 hours, its last message."""
    workflows = list(Workflow.objects.filter(site=site))
    by_status = Counter(workflow.status for workflow in workflows)
    last = Message.objects.filter(site=site, sent_at__isnull=False).order_by("-pk").values_list("sent_at", flat=True)
    return {
        "siteId": site.slug,
        "workflows": {status.value: by_status[status.value] for status in WorkflowStatus},
        "secteurs": sorted({workflow.sector for workflow in workflows if workflow.sector}),
        "dernieres_24h": figures(counts_of(site, PERIODS["24h"], now)).write(),
        "dernier_message_le": last.first(),
    }


def frictions(workflows: Iterable[Workflow], since: datetime) -> list[Friction]:
    """Return the steps at which executions begun since then ended without success, the worst first."""
    found = []
    for workflow in workflows:
        rows = fetch(ENDINGS, [workflow.pk, SAMPLE, since])
        ended = sum(row.n for row in rows)
        at: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            at[row.at][row.status] += row.n
        kinds = _kinds(workflow)
        found += [
            Friction(
                workflow.name, step, kinds.get(step, ""), n[ExecutionStatus.STOPPED], n[ExecutionStatus.FAILED], ended
            )
            for step, n in at.items()
            if n[ExecutionStatus.STOPPED] + n[ExecutionStatus.FAILED]
        ]
    return sorted(found, key=lambda friction: (-friction.lost - friction.failed, friction.workflow, friction.step))


def _kinds(workflow: Workflow) -> dict[str, str]:
    if workflow.version_id is None:
        return {}
    return {step.id: step.kind for step in definition_of(workflow.version_id).all_steps()}


def _workflows(site: Site, sector: str) -> list[Workflow]:
    return list(Workflow.objects.filter(site=site, sector=sector).order_by("pk"))


def _counts(site: Site, workflows: Iterable[Workflow], now: datetime) -> list[Counts]:
    ids = {workflow.pk for workflow in workflows}
    return [item for item in counts_of(site, WINDOW, now) if item.workflow_id in ids]


def _by_workflow(workflows: Iterable[Workflow], counts: list[Counts]) -> list[dict[str, Any]]:
    found = grouped(counts, lambda c: c.workflow_id)
    return [
        {**identity(w), "statut": w.status, "objectif": _target(w), **found.get(w.pk, Figures({})).write()}
        for w in workflows
    ]


def _target(workflow: Workflow) -> float | None:
    goal = definition_of(workflow.version_id).goal if workflow.version_id else None
    return goal.target if goal else None


def _write(friction: Friction) -> dict[str, Any]:
    return {
        "workflow": friction.workflow,
        "etape": friction.step,
        "type": step_label(friction.kind) if friction.kind else "",
        "arretees": friction.lost,
        "echouees": friction.failed,
        "finies": friction.ended,
        "part": friction.share,
    }


def _recommendations(
    site: Site,
    sector: str,
    workflows: Sequence[Workflow],
    counts: list[Counts],
    lost: Sequence[Friction],
    now: datetime,
    period: timedelta = WINDOW,
) -> list[dict[str, str]]:
    if not workflows:
        text = f"Le secteur « {sector} » n'est pas déployé sur ce site : rien n'a pu être mesuré."
        return [{"code": "non_deploye", "priorite": "haute", "texte": text}]
    names = {workflow.name for workflow in workflows}
    missing = [lack.message for lack in deploy.missing(site, sector)] if sector in deploy.sectors() else []
    advice = advise(_measured(site, workflows, counts, now - period), [f for f in lost if f.workflow in names], missing)
    return [_said(item) for item in advice]


def _said(advice: Advice) -> dict[str, str]:
    return {"code": advice.code, "priorite": advice.priority, "texte": advice.text}


def _measured(site: Site, workflows: Sequence[Workflow], counts: list[Counts], since: datetime) -> list[Measured]:
    reasons: dict[int, str] = {}
    for row in fetch(UNSENT, [site.pk, SAMPLE, since, [workflow.pk for workflow in workflows]]):
        if row.status == "suppressed" and row.reason:
            reasons.setdefault(row.workflow_id, row.reason)
    by_workflow = grouped(counts, lambda c: c.workflow_id)
    measured = []
    for workflow in workflows:
        found = by_workflow.get(workflow.pk, Figures({}))
        measured.append(Measured(
            workflow.name, found["started"], found.ended, found["converted"], _target(workflow), found.response,
            found.sent, found["messages_failed"], found["messages_suppressed"], reasons.get(workflow.pk, ""),
        ))  # fmt: skip
    return measured


def _change(current: Figures, before: Figures) -> dict[str, float | None]:
    """Return by how much figures moved: counts in parts of the earlier count, the rate in points (0 to 1)."""

    def moved(name: str) -> float | None:
        return round(current[name] / before[name] - 1, 4) if before[name] else None

    rates = current.conversion, before.conversion
    points = None if rates[0] is None or rates[1] is None else round(rates[0] - rates[1], 4)
    return {"commencees": moved("started"), "converties": moved("converted"), "points_de_conversion": points}
