"""Questions: gather, for many messages at once, all that policy looks at.

Locks what two workers must not decide at once: the contacts of marketing messages (how many in a week) and the
monthly counts of organizations that have a quota.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from accounts.plans import monthly
from berinia.rows import fetch, run
from communications.compose import SESSION
from communications.hours import Hours, next_opening, place_of
from communications.models.message import Channel
from communications.notify import Alert, notify
from communications.policy import MARKETING, WEEK, Answer, Question, Send, decide
from communications.suppress import digest
from crm.consent import granted

CLOSED = """
SELECT b.organization_id, b.channel, b.digest, b.reason
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS w (organization_id, channel, digest)
    JOIN adresses_bloquees b
    ON (b.organization_id, b.channel, b.digest) = (w.organization_id, w.channel, w.digest)
"""
RULES = """
SELECT o.id, o.plan, r.id IS NOT NULL AS has_rules, r.weekday_from, r.weekday_until, r.saturday_from,
    r.saturday_until, r.holidays_of, r.window_covers_email, coalesce(r.marketing_per_week, 3) AS marketing_per_week,
    r.monthly_email, r.monthly_sms, r.monthly_whatsapp
FROM organisations o LEFT JOIN regles_envoi r ON r.organization_id = o.id WHERE o.id = ANY(%s)
"""
# A contact that another worker decides about just now is left to the next claim: nobody waits.
LOCK_CONTACTS = "SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
RECEIVED = """
SELECT contact_id, id, attempted_at FROM messages
WHERE contact_id = ANY(%s) AND category = 'marketing' AND attempted_at > %s
  AND status NOT IN ('queued', 'held', 'suppressed', 'failed')
"""
OPEN_MONTHS = """
INSERT INTO envois_du_mois (organization_id, month, channel, count)
SELECT o, %s, c, 0 FROM unnest(%s::bigint[], %s::text[]) AS w (o, c) ORDER BY o, c
ON CONFLICT DO NOTHING
"""
LOCK_MONTHS = """
SELECT m.organization_id, m.channel, m.count FROM envois_du_mois m
JOIN unnest(%s::bigint[], %s::text[]) AS w (o, c) ON (m.organization_id, m.channel) = (w.o, w.c)
WHERE m.month = %s ORDER BY m.organization_id, m.channel FOR UPDATE OF m
"""
COUNT_MONTHS = """
UPDATE envois_du_mois m SET count = m.count + w.n
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS w (o, c, n)
WHERE (m.organization_id, m.channel) = (w.o, w.c) AND m.month = %s
"""
# From which part of a quota on operators are told, and how soon they should look.
QUOTA_ALERTS = ((0.8, "warning"), (1.0, "error"))
Owner = tuple[int, str]  # an organization and a channel


class Questions:
    """All there is to know about messages that are about to go out, and what has been answered so far."""

    def __init__(self, rows: Sequence[Any], now: datetime) -> None:
        self.now = now
        self.month = date(now.year, now.month, 1)
        marketing = [row for row in rows if row.category == MARKETING]
        self.closed = _closed(rows)
        self.rules = {row.id: row for row in fetch(RULES, [list({r.organization_id for r in rows})])} if rows else {}
        self.free = _lock_contacts(marketing)
        self.consents = granted(self.free, MARKETING)
        self.received = _received(self.free, now)
        self.quotas = self._quotas(rows)
        self.used: dict[Owner, int] = _lock_months(self.quotas, self.month)
        self.taken: Counter[Owner] = Counter()

    def answer(self, row: Any) -> Answer | None:
        """Say whether a message may go out; None: another worker has its contact in hand, ask again later.

        What is answered `Send` counts at once, for the questions that follow.
        """
        if row.category == MARKETING and row.contact_id not in self.free:
            return None
        answer = decide(self._question(row), self.now)
        if isinstance(answer, Send):
            if row.category == MARKETING:
                self.received[row.contact_id].append((row.id, self.now))
            if row.calls == 0:
                self.taken[row.organization_id, row.channel] += 1
        return answer

    def count(self, rows: Iterable[Any]) -> None:
        """Count messages that go out against the quotas; a repeat was counted at its first time."""
        taken = Counter((row.organization_id, row.channel) for row in rows if row.calls == 0)
        counted = sorted((owner, n) for owner, n in taken.items() if owner in self.quotas)
        notify([alert for owner, n in counted for alert in self._warnings(owner, n)], self.now)
        if counted:
            owners, numbers = zip(*counted, strict=True)
            organizations, channels = zip(*owners, strict=True)
            run(COUNT_MONTHS, [list(organizations), list(channels), list(numbers), self.month])

    def _warnings(self, owner: Owner, more: int) -> Iterator[Alert]:
        """Yield an alert where a quota is nearly used up now, or used up: once each a month."""
        (organization_id, channel), most = owner, self.quotas[owner]
        before, after = self.used[owner], self.used[owner] + more
        for share, severity in QUOTA_ALERTS:
            if before < share * most <= after:
                said = f"{share:.0%}".replace("%", " %")
                title = f"{said} du quota de {Channel(channel).label} du mois : {after} messages sur {most}"
                body = "Au-delà, les messages attendent le mois prochain, ou ne partent pas s'ils ne sont plus utiles."
                key = f"quota/{channel}/{self.month:%Y-%m}"
                yield Alert(organization_id, key, severity, title, body, "/admin/communications/sendingrules/")

    def _question(self, row: Any) -> Question:
        reason = self.closed.get((row.organization_id, row.channel, digest(row.address or "")))
        return Question(
            address=row.address or "",
            category=row.category,
            useful_until=row.useful_until,
            has_opted_out=row.opted_out_at is not None or reason == "opt_out",
            is_suppressed=reason is not None,
            has_consent=row.channel in self.consents[row.contact_id] if row.category == MARKETING else False,
            needs_session=row.channel == "whatsapp" and not self._is_approved(row),
            opening=self._opening(row),
            received=[at for pk, at in self.received[row.contact_id] if pk != row.id],
            most_per_week=self.rules[row.organization_id].marketing_per_week,
            quota_until=self._quota_until(row),
        )

    def _is_approved(self, row: Any) -> bool:
        """Tell whether WhatsApp takes it: within a session, or with an approved template."""
        return bool(row.has_content or (row.whatsapp_at is not None and self.now < row.whatsapp_at + SESSION))

    def _opening(self, row: Any) -> datetime | None:
        rules = self.rules[row.organization_id]
        if row.category != MARKETING or (row.channel == "email" and not rules.window_covers_email):
            return None
        return next_opening(hours_of(rules), place_of(row.phone or "", row.contact_zone, row.site_zone), self.now)

    def _quota_until(self, row: Any) -> datetime | None:
        """Return the beginning of the next month where this one's quota is used up; a repeat is counted already."""
        owner = (row.organization_id, row.channel)
        if row.calls > 0 or owner not in self.quotas or self.used[owner] + self.taken[owner] < self.quotas[owner]:
            return None
        year, month = divmod(self.month.year * 12 + self.month.month, 12)
        return datetime(year, month + 1, 1, tzinfo=self.now.tzinfo)

    def _quotas(self, rows: Iterable[Any]) -> dict[Owner, int]:
        """Return the quotas of those that have one."""
        owners = {(row.organization_id, row.channel) for row in rows}
        rules = {owner: self.rules[owner[0]] for owner in owners}
        found = {owner: quota_of(rules[owner].plan, rules[owner], owner[1]) for owner in owners}
        return {owner: most for owner, most in found.items() if most is not None}


def hours_of(rules: Any) -> Hours:
    """Return the sending window of an organization: its own, or the default."""
    if not rules.has_rules:
        return Hours()
    saturday = (rules.saturday_from, rules.saturday_until) if rules.saturday_from else None
    return Hours((rules.weekday_from, rules.weekday_until), saturday, rules.holidays_of)


def quota_of(plan: str, rules: Any, channel: str) -> int | None:
    """Return how many messages an organization may send on a channel in a month; None: as many as it likes."""
    own: int | None = getattr(rules, f"monthly_{channel}")
    return monthly(plan, channel) if own is None else own


def _closed(rows: Sequence[Any]) -> Mapping[tuple[int, str, str], str]:
    wanted = sorted({(r.organization_id, r.channel, digest(r.address)) for r in rows if r.address})
    if not wanted:
        return {}
    found = fetch(CLOSED, [list(column) for column in zip(*wanted, strict=True)])
    return {(b.organization_id, b.channel, b.digest): b.reason for b in found}


def _lock_contacts(rows: Sequence[Any]) -> frozenset[int]:
    contact_ids = list({row.contact_id for row in rows})
    return frozenset(row.id for row in fetch(LOCK_CONTACTS, [contact_ids])) if contact_ids else frozenset()


def _received(contact_ids: frozenset[int], now: datetime) -> defaultdict[int, list[tuple[int, datetime]]]:
    found: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for row in fetch(RECEIVED, [list(contact_ids), now - WEEK]) if contact_ids else ():
        found[row.contact_id].append((row.id, row.attempted_at))
    return found


def _lock_months(quotas: Mapping[Owner, int], month: date) -> dict[Owner, int]:
    if not quotas:
        return {}
    organizations, channels = (list(column) for column in zip(*sorted(quotas), strict=True))
    run(OPEN_MONTHS, [month, organizations, channels])
    rows = fetch(LOCK_MONTHS, [organizations, channels, month])
    return {(row.organization_id, row.channel): row.count for row in rows}
