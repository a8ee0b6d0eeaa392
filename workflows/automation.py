"""The actions of /api/orchestrator/automation: analyses of a site, one small function each, by method."""

from collections.abc import Mapping
from typing import Any

from berinia.api import ApiError
from crm.api import check_site
from workflows import insights
from workflows.actions import Action, Call, unknown_sector
from workflows.analytics import PERIODS
from workflows.deploy import sectors
from workflows.serializers import InsightsRequest, ReportRequest, SectorRequest, StatsRequest


def analyze_sector(call: Call, asked: SectorRequest) -> dict[str, Any]:
    """Analyse a sector of the site. Raises ApiError 404."""
    check_site(call.site, asked.site_id)
    _check_sector(asked.secteur)
    return insights.analyze_sector(call.site, asked.secteur, call.now)


def get_performance_report(call: Call, asked: ReportRequest) -> dict[str, Any]:
    """Compare a period with the one before. Raises ApiError 400."""
    if asked.period not in PERIODS:
        raise ApiError(
            400, "parametre_inconnu", f"« period » doit être l'un de : {', '.join(PERIODS)}.", field="period"
        )
    return insights.performance_report(call.site, asked.period, call.now)


def get_sector_insights(call: Call, asked: InsightsRequest) -> dict[str, Any]:
    """Return the numbers of a sector. Raises ApiError 404."""
    _check_sector(asked.secteur)
    return insights.sector_insights(call.site, asked.secteur, call.now)


def get_agent_stats(call: Call, asked: StatsRequest) -> dict[str, Any]:
    """Return how the automation of the site is doing."""
    return insights.agent_stats(call.site, call.now)


def _check_sector(slug: str) -> None:
    if slug not in sectors():
        raise unknown_sector(slug)


ACTIONS: Mapping[str, Mapping[str, Action]] = {
    "GET": {"get_agent_stats": Action(StatsRequest, get_agent_stats)},
    "POST": {"analyze_sector": Action(SectorRequest, analyze_sector)},
    "PUT": {
        "get_performance_report": Action(ReportRequest, get_performance_report),
        "get_sector_insights": Action(InsightsRequest, get_sector_insights),
    },
}
