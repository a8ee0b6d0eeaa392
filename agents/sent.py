"""What came of leads that were handed over: taken, later, never, or a connection that has to wait as a whole."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from berinia.rows import fetch, run, update_rows
from berinia.wake import wake
from communications.notify import Alert, notify
from crm.connections import said
from crm.connectors import Refused, Sent, Trouble
from crm.models import Connection
from crm.touch import touched

EXPORTED = "lead_exporte"
# Six attempts over most of a day, then a person looks at it.
PAUSES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=5), timedelta(hours=12))
MAX_ATTEMPTS = len(PAUSES) + 1
ACCOUNT_HOLD = timedelta(minutes=30)  # then it is tried again: keys are mended where we do not see it
TOO_MANY = 429

# A lead that a person has put aside meanwhile stays aside.
STILL_OURS = """
SELECT e.id, e.lead_id, e.contact_id, e.organization_id, l.site_id
FROM exports_leads e JOIN unnest(%s::bigint[], %s::int[]) AS a (id, attempts) ON a.id = e.id AND a.attempts = e.attempts
    JOIN leads l ON l.id = e.lead_id
WHERE e.status = 'en_cours' ORDER BY e.id FOR UPDATE OF e
"""
LEADS_EXPORTED = """
UPDATE leads SET exported_at = %s, updated_at = %s, status = CASE status WHEN 'ecarte' THEN status ELSE 'exporte' END
WHERE id IN (SELECT id FROM leads WHERE id = ANY(%s) ORDER BY contact_id FOR NO KEY UPDATE)
"""
EVENTS = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, occurred_at, error)
SELECT o, s, c, %s, d::jsonb, %s, '' FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS v (o, s, c, d)
"""
DONE = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "external_id": "text", "exported_at": "timestamptz",
    "error": "text",
}  # fmt: skip
NOT_DONE = {"id": "bigint", "status": "text", "due_at": "timestamptz", "error": "text", "attempts": "int2"}


def settle(
    connection: Connection, attempts: Mapping[int, int], results: Mapping[int, Sent | Refused], now: datetime
) -> None:
    """Write what came of each export, unless it was taken up again meanwhile. Call it in a transaction."""
    ids = list(results)
    rows = fetch(STILL_OURS, [ids, [attempts[id_] for id_ in ids]])
    taken = [(row, result) for row in rows if isinstance(result := results[row.id], Sent)]
    left = [(row, result) for row in rows if isinstance(result := results[row.id], Refused)]
    _taken(connection, taken, now)
    _left(connection, attempts, left, now)
    _connection(connection, [result for _row, result in left], bool(taken), now)


def _taken(connection: Connection, taken: Sequence[tuple[Any, Sent]], now: datetime) -> None:
    if not taken:
        return
    touched([row.contact_id for row, _result in taken], now)
    rows = [(row.id, "exporte", None, result.external_id[:100], now, "") for row, result in taken]
    update_rows("exports_leads", DONE, rows)
    run(LEADS_EXPORTED, [now, now, [row.lead_id for row, _result in taken]])
    data = [
        json.dumps({"connecteur": connection.connector, "identifiant": result.external_id}) for _row, result in taken
    ]
    whose = [[getattr(row, name) for row, _result in taken] for name in ("organization_id", "site_id", "contact_id")]
    run(EVENTS, [EXPORTED, now, *whose, data])
    wake("engine")


def _left(
    connection: Connection, attempts: Mapping[int, int], left: Sequence[tuple[Any, Refused]], now: datetime
) -> None:
    rows = [_next(row.id, attempts[row.id], result, now) for row, result in left]
    update_rows("exports_leads", NOT_DONE, rows)
    failed = [row for row in rows if row[1] == "echoue"]
    if failed:
        title = _("%(crm)s n'a pas pris un lead : %(why)s") % {
            "crm": connection.get_connector_display(), "why": failed[-1][3],
        }  # fmt: skip
        link = reverse("admin:crm_export_changelist") + "?status__exact=echoue"
        body = _("Le lead reste ici. Corrigez-le, ou les réglages du CRM, puis exportez-le à nouveau.")
        key = f"export/{connection.pk}/lead"
        notify([Alert(connection.organization_id, key, "warning", title, body, link) for _row in failed], now)


def _next(id_: int, attempts: int, refused: Refused, now: datetime) -> tuple[Any, ...]:
    """Return the columns of an export that was not taken. What was about the whole account costs no attempt."""
    error = said(refused)
    if refused.trouble is Trouble.LEAD:
        return (id_, "echoue", None, error, attempts)
    if refused.trouble is Trouble.ACCOUNT or refused.http_status == TOO_MANY:
        return (id_, "en_file", now + (refused.retry_after or timedelta(0)), error, attempts - 1)
    if attempts >= MAX_ATTEMPTS:
        return (id_, "echoue", None, error, attempts)
    pause = max(PAUSES[attempts - 1] * random.uniform(0.8, 1.2), refused.retry_after or timedelta(0))  # noqa: S311
    return (id_, "en_file", now + pause, error, attempts)


def _connection(connection: Connection, refusals: Sequence[Refused], is_taken: bool, now: datetime) -> None:
    """Let a connection wait as a whole, and tell operators once; or note that it works."""
    found = Connection.objects.filter(pk=connection.pk)
    account = next((refused for refused in refusals if refused.trouble is Trouble.ACCOUNT), None)
    too_many = [refused for refused in refusals if refused.http_status == TOO_MANY]
    if account is not None:
        hold = now + max(account.retry_after or ACCOUNT_HOLD, ACCOUNT_HOLD)
        found.update(error=said(account), blocked_until=hold)
        notify([_alert(connection, account)], now)
    elif too_many:
        waits = [refused.retry_after or PAUSES[0] for refused in too_many]
        found.update(blocked_until=now + max(waits))
    elif is_taken and (connection.error or connection.blocked_until):
        found.update(error="", blocked_until=None)


def _alert(connection: Connection, refused: Refused) -> Alert:
    title = _("%(crm)s refuse nos appels : %(why)s") % {
        "crm": connection.get_connector_display(), "why": said(refused),
    }  # fmt: skip
    body = _("Les leads attendent. Vérifiez la clé et les droits de la connexion, puis enregistrez-la.")
    link = reverse("admin:crm_connection_change", args=[connection.pk])
    return Alert(connection.organization_id, f"export/{connection.pk}/account", "error", title, body, link)
