"""Apply: the reports of a batch to their messages, whatever their order, all at once.

The messages are locked by the caller, so two batches that report on one message follow each other, and what has
happened to it is told and counted by the first of them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from typing import Any

from berinia.rows import fetch, update_rows
from communications.alerts import message_alert
from communications.books import Books
from communications.choices import FOLLOWED, followed
from communications.happened import Happening
from communications.models.reach import Moment
from communications.notify import Alert
from communications.outcomes import message_outcomes
from communications.statuses import INSTANTS, Report, Standing, about, fold, reached
from communications.told import tell_messages
from crm.serializers import OF_MESSAGES

LOCK = """
SELECT id, organization_id, site_id, contact_id, workflow_id, execution_id, run, step, template, channel, status,
    reason, detail, provider_id, "to", attempted_at, sent_at, delivered_at, opened_at, clicked_at, replied_at,
    bounced_at, complained_at, unsubscribed_at, reports_outcome
FROM messages WHERE id = ANY(%s) ORDER BY id FOR UPDATE
"""
WRITTEN = {
    "id": "bigint", "status": "text", "reason": "text", "detail": "text", "provider_id": "text",
    "sent_at": "timestamptz", "delivered_at": "timestamptz", "opened_at": "timestamptz", "clicked_at": "timestamptz",
    "bounced_at": "timestamptz", "complained_at": "timestamptz", "due_at": "timestamptz",
}  # fmt: skip
STANDING = tuple(f.name for f in fields(Standing))
READ = {"whatsapp": {"opened": "read"}}  # where a status is called otherwise
DROPPED = "sans consentement"


def locked(message_ids: Iterable[int]) -> dict[int, Any]:
    """Lock messages, in one order everywhere, and return those that are there."""
    ids = sorted(set(message_ids))
    return {row.id: row for row in fetch(LOCK, [ids])} if ids else {}


def apply(requests: Sequence[Any], reports: Mapping[int, Report], messages: Mapping[int, Any], books: Books) -> None:
    """Bring messages up to date with the reports that stored requests are (by the id of the request)."""
    allowed = _allowed(requests, reports, messages, books)
    by_message: defaultdict[int, list[Report]] = defaultdict(list)
    for report in allowed:
        by_message[report.message_id].append(report)
    written: list[tuple[Any, ...]] = []
    for message_id, found in sorted(by_message.items()):
        message = messages[message_id]
        ours = about(message.provider_id, message.to, found)
        before = Standing(*(getattr(message, name) for name in STANDING))
        after = fold(before, message.attempted_at, ours)
        if ours:
            written.append((message.id, *(getattr(after, name) for name in STANDING), None))
            _tell(message, before, after, ours, books)
    update_rows("messages", WRITTEN, written)
    tell_messages((messages[message_id], status) for message_id, status, *_more in written)


def _allowed(
    requests: Sequence[Any], reports: Mapping[int, Report], messages: Mapping[int, Any], books: Books
) -> list[Report]:
    """Leave out what is about no message of ours, and what contacts do who have not agreed to be followed.

    What it says of their device goes, whether or not they have.
    """
    known = {row.id: report for row in requests if (report := reports.get(row.id)) and report.message_id in messages}
    told = {n for n, r in known.items() if r.status in FOLLOWED and messages[r.message_id].channel == "email"}
    agreed = followed({messages[known[n].message_id].contact_id for n in told})
    refused = {n for n in told if (messages[known[n].message_id].contact_id, known[n].status) not in agreed}
    for row in requests:
        if row.id in told and (kept := _without_device(row.body, row.id in refused)) != row.body:
            books.bodies[row.id] = json.dumps(kept)
    return [report for n, report in known.items() if n not in refused]


def _without_device(body: Mapping[str, Any], is_refused: bool) -> dict[str, Any]:
    """Return what is kept of a request about an open or a click."""
    if not isinstance(data := body.get("data"), dict):
        return {"note": DROPPED} if is_refused else dict(body)
    kept = {name: value for name, value in data.items() if name not in ("open", "click")}
    if is_refused:
        return {**body, "data": kept, "note": DROPPED}
    link = data.get("click")
    return {**body, "data": kept | ({"click": {"link": link.get("link")}} if isinstance(link, dict) else {})}


def _tell(message: Any, before: Standing, after: Standing, reports: Sequence[Report], books: Books) -> None:
    """Write down what a message has met with for the first time, and what follows from it."""
    new = reached(before, after)
    if before.sent_at is None:
        books.reach(message, Moment.SENT, after.sent_at or books.now)
        books.count(message, f"messages_sent_{message.channel}")
        books.outcomes += message_outcomes([message], is_sent=after.status != "failed", reason=after.reason)
    if "failed" in new:
        books.count(message, "messages_failed")
        books.reach(message, Moment.FAILED, books.now)
    for name in INSTANTS:
        if (at := getattr(after, f"{name}_at")) != (earlier := getattr(before, f"{name}_at")):
            books.reach(message, Moment(name), at, earlier)
    books.happenings += [h for h in _happenings(message, new, after, reports) if h.name in OF_MESSAGES]
    if "failed" in new:
        books.alerts += [_alarm(message, report.alarm) for report in reports if report.alarm]
    for reason in sorted({report.closes for report in reports} - {""}):
        books.close(message, reason)


def _alarm(message: Any, code: str) -> Alert:
    """Tell operators of what is wrong with a sender or a text: it will befall the next messages too."""
    title = f"Twilio signale un problème d'expéditeur ou de contenu (code {code})"
    body = f"Voyez https://www.twilio.com/docs/errors/{code} : d'autres messages échoueront de même."
    return message_alert(message, f"sender/{message.channel}/{code}", title, body)


def _happenings(message: Any, new: Sequence[str], after: Standing, reports: Sequence[Report]) -> Iterator[Happening]:
    for status in new:
        if status == "clicked":
            continue
        name = f"{message.channel}.{READ.get(message.channel, {}).get(status, status)}"
        mine = [r for r in reports if r.status == status]
        why = {"raison": max(r.reason for r in mine)} if status in ("failed", "bounced") else {}
        at = getattr(after, f"{status}_at", None) or min(r.at for r in mine)
        yield happening(message, name, at, f"message/{message.id}/{name}", why)
    for report in reports:
        if report.status == "clicked":  # each link is told once: a workflow may wait for one of them
            name = f"{message.channel}.clicked"
            mark = sha256(report.link.encode()).hexdigest()[:16]
            yield happening(message, name, report.at, f"message/{message.id}/{name}/{mark}", {"lien": report.link})


def happening(message: Any, name: str, at: datetime, key: str, more: Mapping[str, Any]) -> Happening:
    """Return an event about a message. It bears no `execution`: all of the contact's hear it, not one step alone."""
    data = {"message": message.id, "modele": message.template, "etape": message.step, **more}
    return Happening(message.organization_id, message.site_id, message.contact_id, name, at, data, key)
