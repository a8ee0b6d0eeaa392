"""The weekly report's content: an organization's week beside the week before, as figures and nothing else.

Written once and kept as JSON: counters may grow late, a report that was read does not change. No person is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Organization, Site
from berinia.clock import zone
from berinia.rows import fetch
from communications.models.reach import Moment
from communications.reach import grouped
from communications.spans import Span, midnight
from crm.models.metric import hour_of
from workflows.needs import waiting
from workflows.overview import by_sector
from workflows.study import Study, Subject, of_workflows, study
from workflows.targets import compared

TOP = 5
VERSION = 1
SAMPLE = 1_000  # the latest SMS of a site, of which the mean length is taken
RUNS = 100_000  # the latest runs of agents that are looked at
SEGMENTS = """
SELECT avg(segments)::float8 AS mean FROM sites s CROSS JOIN LATERAL (
    SELECT segments FROM (
        SELECT segments, channel FROM messages WHERE site_id = s.id ORDER BY id DESC LIMIT %s) AS latest
    WHERE channel = 'sms' AND segments IS NOT NULL) AS sms
WHERE s.id = ANY(%s)
"""
AGENTS = """
SELECT count(*) AS runs, coalesce(sum(cost_micros), 0)::bigint AS micros,
    count(*) FILTER (WHERE cost_micros IS NULL AND requests > 0) AS unknown
FROM (SELECT created_at, cost_micros, requests FROM executions_agents
      WHERE organization_id = %s ORDER BY id DESC LIMIT %s) AS latest
WHERE created_at >= %s AND created_at < %s
"""


@dataclass(frozen=True, slots=True)
class Week:
    """A week of an organization: from Monday to Sunday in the zone of its first site."""

    monday: date
    timezone: str

    @property
    def span(self) -> Span:
        """Its hours."""
        here = zone(self.timezone)
        return Span(hour_of(midnight(self.monday, here)), hour_of(midnight(self.monday + timedelta(days=7), here)))

    @property
    def before(self) -> "Week":
        """The week before; with the change of the hour it may be an hour longer or shorter."""
        return Week(self.monday - timedelta(days=7), self.timezone)


def written(organization: Organization, sites: Sequence[int], week: Week, now: datetime) -> dict[str, Any]:
    """Return a report."""
    subject = Subject(list(sites))
    found, other = study(subject, week.span), study(subject, week.before.span)
    reached = grouped(found.messages, lambda c: c.workflow_id)
    return {
        "version": VERSION,
        "organisation": organization.name,
        "du": week.monday.isoformat(),
        "au": (week.monday + timedelta(days=6)).isoformat(),
        "fuseau": week.timezone,
        "sites": list(Site.objects.filter(pk__in=sites).order_by("pk").values_list("business_name", flat=True)[:20]),
        "chiffres": _counts(found, other),
        "indicateurs": [
            {"nom": m.name, **m.write(), "avant": compared(m, n).other, "type": m.kind}
            for m, n in zip(found.measures, other.measures, strict=True)
        ],
        "secteurs": [one.write() for one in by_sector(sites, found.counted, reached)],
        "workflows": [
            {
                "nom": one.workflow.name, "site": one.workflow.site.business_name, "id": one.workflow.pk,
                "commencees": one.figures["started"], "converties": one.figures["converted"],
                "taux": one.figures.conversion, "messages": one.reach[Moment.SENT],
            }
            for one in of_workflows(found)[:TOP]
        ],
        "a_traiter": [
            {"texte": one.text, "conseil": one.hint, "grave": one.tag == "danger", "lien": one.url}
            for one in waiting(sites, [], now)
        ],
        "messages": _messages(found, sites),
        "agents": _agents(organization.pk, week.span),
    }  # fmt: skip


def is_empty(content: dict[str, Any]) -> bool:
    """Tell whether nothing happened, in the week and the one before, and nothing waits for anybody."""
    counts = content["chiffres"]
    return not content["a_traiter"] and not any(line["valeur"] or line["avant"] for line in counts)


def _counts(found: Study, other: Study) -> list[dict[str, Any]]:
    def line(name: str, value: int, before: int) -> dict[str, Any]:
        return {"nom": name, "valeur": value, "avant": before}

    a, b = found.figures, other.figures
    return [
        line("commencees", a["started"], b["started"]), line("finies", a.ended, b.ended),
        line("converties", a["converted"], b["converted"]), line("echouees", a["failed"], b["failed"]),
        line("messages", a.sent, b.sent), line("reponses", found.reach[Moment.REPLIED], other.reach[Moment.REPLIED]),
        line("messages_echoues", a["messages_failed"], b["messages_failed"]),
        line("avis", a["reviews"], b["reviews"]),
    ]  # fmt: skip


def _messages(found: Study, sites: Sequence[int]) -> list[dict[str, Any]]:
    """Return what went out on each channel, and what it cost about: an SMS is as long as the latest ones were."""
    mean = fetch(SEGMENTS, [SAMPLE, list(sites)])[0].mean or 1.0
    prices = {
        "email": settings.EMAIL_EUROS, "sms": settings.SMS_SEGMENT_EUROS * mean, "whatsapp": settings.WHATSAPP_EUROS,
    }  # fmt: skip
    by_channel = grouped(found.messages, lambda c: c.channel)
    return [
        {
            "canal": channel, "envoyes": r[Moment.SENT], "remis": r[Moment.DELIVERED], "ouverts": r[Moment.OPENED],
            "cliques": r[Moment.CLICKED], "reponses": r[Moment.REPLIED],
            "cout_euros": round(r[Moment.SENT] * prices[channel], 2),
        }
        for channel in prices
        if (r := by_channel.get(channel)) is not None and r[Moment.SENT]
    ]  # fmt: skip


def _agents(organization_id: int, span: Span) -> dict[str, Any]:
    row = fetch(AGENTS, [organization_id, RUNS, span.since, span.until])[0]
    return {"questions": row.runs, "cout_dollars": round(row.micros / 1_000_000, 2), "couts_inconnus": row.unknown}
