"""Weekly: the report of the week that is over, written once for each organization on Monday at 8:00 of its first site.

The report and its deliveries are one transaction, and the week is unique: a doubled beat, or a worker that dies,
neither writes it twice nor forgets whom it is for.
"""

import json
from datetime import date, datetime, time, timedelta

from django.db import transaction

from accounts.models import Organization, Role
from berinia.clock import zone
from berinia.rows import fetch, run
from workflows.report import Week, is_empty, written

AT = time(8)
FEW = 50  # organizations in one turn
# The zone is that of the first site; without a site or a workflow there is nothing to report.
DUE = """
SELECT o.id, s.timezone, array_agg(x.id ORDER BY x.id) AS sites
FROM organisations o
    JOIN LATERAL (SELECT timezone FROM sites WHERE organization_id = o.id ORDER BY id LIMIT 1) AS s ON TRUE
    JOIN sites x ON x.organization_id = o.id
WHERE EXISTS (SELECT FROM workflows_automatises w WHERE w.organization_id = o.id)
    AND NOT EXISTS (
        SELECT FROM rapports_hebdomadaires r WHERE r.organization_id = o.id
        AND r.week = (date_trunc('week', (%(now)s::timestamptz AT TIME ZONE s.timezone) - interval '7 days'))::date)
    AND (%(now)s::timestamptz AT TIME ZONE s.timezone)
        >= date_trunc('week', %(now)s::timestamptz AT TIME ZONE s.timezone) + %(at)s
GROUP BY o.id, s.timezone ORDER BY o.id LIMIT %(limit)s
"""
WRITE = """
INSERT INTO rapports_hebdomadaires (organization_id, week, content, created_at) VALUES (%s, %s, %s::jsonb, %s)
ON CONFLICT (organization_id, week) DO NOTHING RETURNING id
"""
# Owners are told unless they chose otherwise; others when they chose it.
PLAN = """
INSERT INTO envois_rapport (report_id, user_id, due_at, created_at)
SELECT %(report)s, m.user_id, %(now)s, %(now)s
FROM membres m JOIN utilisateurs u ON u.id = m.user_id AND u.is_active AND u.email <> ''
    LEFT JOIN preferences_notification p ON p.user_id = m.user_id AND p.organization_id = m.organization_id
WHERE m.organization_id = %(organization)s AND coalesce(p.weekly_report, m.role = %(owner)s)
ON CONFLICT DO NOTHING
"""


def write_reports(now: datetime, limit: int = FEW) -> int:
    """Write the reports that are due, and plan who gets them by email; return how many were looked at."""
    due = fetch(DUE, {"now": now, "at": timedelta(hours=AT.hour), "limit": limit})
    for row in due:
        write_report(row.id, row.sites, last_week(row.timezone, now), now)
    return len(due)


def last_week(timezone: str, now: datetime) -> Week:
    """Return the week that is over in a zone."""
    today = now.astimezone(zone(timezone)).date()
    return Week(today - timedelta(days=today.weekday() + 7), timezone)


@transaction.atomic
def write_report(organization_id: int, sites: list[int], week: Week, now: datetime) -> bool:
    """Write one report, unless somebody else has; tell whether this one did. Nobody is sent an empty one."""
    organization = Organization.objects.get(pk=organization_id)
    content = written(organization, sites, week, now)
    report = _insert(organization_id, week.monday, content, now)
    if report is None:
        return False
    if not is_empty(content):
        run(PLAN, {"report": report, "now": now, "organization": organization_id, "owner": Role.OWNER.value})
    return True


def _insert(organization_id: int, monday: date, content: dict[str, object], now: datetime) -> int | None:
    """Insert the report; return its key, or None when there is one of that week already."""
    rows = fetch(WRITE, [organization_id, monday, json.dumps(content), now])
    return rows[0].id if rows else None
