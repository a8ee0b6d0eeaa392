"""What is known of leads, gathered for the classifier: many at once, and without what reaches or names a person.

Only events that are routed are read: what is not yet, `crm.leads.hear` will hear of. Hours are rounded, so that the
same facts asked about again make the same question for a while.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agents.library.lead_classifier import Happened, LeadFacts, Said
from agents.minimise import minimised, minimised_data
from berinia.rows import fetch
from communications.contents import content_of
from communications.variables import first_name
from crm.leads import IS_HEARD, NOT_HEARD
from crm.regions import postal_code_in, region_of
from crm.serializers import OURS

MOST_EVENTS, MOST_MESSAGES, MOST_SAID = 50, 30, 60
OPENED = "email.opened"  # says little, and makes nobody due (crm/leads.py), but is read
# Replies are messages, not events, to whoever reads them. By the field that holds what was written.
REPLIES: Mapping[str, tuple[Literal["email", "sms", "whatsapp"], str]] = {
    "sms_recu": ("sms", "texte"), "whatsapp_recu": ("whatsapp", "texte"), "email_recu": ("email", "texte"),
}  # fmt: skip
INTERACTION = ("type", "texte", "issue")  # what the team wrote down of a call or a visit; not who did
COMPANY = ("entreprise", "societe", "company", "raison_sociale", "nom_entreprise", "organisation")
JOB_TITLE = ("fonction", "poste", "role", "job_title", "titre_professionnel")
POSTAL_CODE = ("code_postal", "cp", "postal_code", "zip", "adresse", "ville", "address")
# Mailboxes that anybody has; other domains are taken for a firm's.
ANYBODYS = frozenset({
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "live.fr", "live.com",
    "msn.com", "yahoo.fr", "yahoo.com", "ymail.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr",
    "bbox.fr", "laposte.net", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.fr", "gmx.com", "proton.me",
    "protonmail.com", "numericable.fr", "club-internet.fr", "aliceadsl.fr", "cegetel.net", "tutanota.com",
})  # fmt: skip

CONTACTS = """
SELECT c.id, c.name, c.email, c.phone, c.fields, c.opted_out_at, s.sector, s.business_name,
    coalesce(l.company, '') AS company, coalesce(l.job_title, '') AS job_title
FROM contacts c JOIN sites s ON s.id = c.site_id LEFT JOIN leads l ON l.contact_id = c.id WHERE c.id = ANY(%s)
"""
EVENTS = f"""
SELECT w.id AS contact_id, n.id, n.name, n.data, n.occurred_at FROM unnest(%(contacts)s::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT e.id, e.name, e.data, e.occurred_at FROM evenements e
    WHERE e.contact_id = w.id AND e.routed_at IS NOT NULL AND (({IS_HEARD}) OR e.name = %(opened)s)
    ORDER BY e.id DESC LIMIT %(most)s) AS n
ORDER BY n.occurred_at, n.id
"""  # noqa: S608 - only the constant above is put in
MESSAGES = """
SELECT w.id AS contact_id, n.* FROM unnest(%s::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT m.channel, m.payload, m.sent_at, m.opened_at IS NOT NULL AS opened, m.clicked_at IS NOT NULL AS clicked
    FROM messages m WHERE m.contact_id = w.id AND m.sent_at IS NOT NULL ORDER BY m.id DESC LIMIT %s) AS n
ORDER BY n.sent_at
"""


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a lead, which events they are from, and what was found that the lead's own columns hold."""

    facts: LeadFacts
    event_ids: frozenset[int]
    company: str = ""
    job_title: str = ""
    region: str = ""

    @property
    def floor(self) -> int:
        """The event below which none was looked at."""
        return min(self.event_ids) if len(self.event_ids) >= MOST_EVENTS else 0


def facts_of(contact_ids: Sequence[int], now: datetime) -> dict[int, Known]:
    """Return what is known of contacts, by their id; those that are gone are left out."""
    given = {"contacts": list(contact_ids), "not_heard": NOT_HEARD, "opened": OPENED, "most": MOST_EVENTS}
    events, messages = defaultdict(list), defaultdict(list)
    for row in fetch(EVENTS, given):
        events[row.contact_id].append(row)
    for row in fetch(MESSAGES, [list(contact_ids), MOST_MESSAGES]):
        messages[row.contact_id].append(row)
    rows = fetch(CONTACTS, [list(contact_ids)])
    return {row.id: _known(row, events[row.id], messages[row.id], now) for row in rows}


def _known(contact: Any, events: Sequence[Any], messages: Sequence[Any], now: datetime) -> Known:
    hidden = _surnames(contact.name)
    sources = [contact.fields, *(event.data for event in reversed(events) if event.name not in OURS)]
    company = contact.company or _first(sources, COMPANY)
    job_title = contact.job_title or _first(sources, JOB_TITLE)
    postal_code = next((code for said in _all(sources, POSTAL_CODE) if (code := postal_code_in(said))), "")
    said = [_reply(event, hidden, now) for event in events if event.name in REPLIES]
    said += [_sent(message, hidden, now) for message in messages]
    facts = LeadFacts(
        site_sector=contact.sector,
        business=contact.business_name,
        first_name=first_name(contact.name),
        company=minimised(company, limit=200),
        job_title=minimised(job_title, limit=120),
        email_kind=_email_kind(contact.email),
        has_phone=bool(contact.phone),
        postal_code=postal_code,
        opted_out=contact.opted_out_at is not None,
        events=tuple(_happened(event, hidden, now) for event in events if event.name not in REPLIES),
        messages=tuple(sorted(said, key=lambda each: -each.hours_ago)[-MOST_SAID:]),
    )
    return Known(facts, frozenset(e.id for e in events), company[:200], job_title[:120], region_of(postal_code))


def _happened(event: Any, hidden: Sequence[str], now: datetime) -> Happened:
    """Events of messages bear our own numbers and links: their names say it all."""
    told = event.data if event.name not in OURS else {k: event.data[k] for k in INTERACTION if k in event.data}
    return Happened(name=event.name, hours_ago=_hours(event.occurred_at, now), data=minimised_data(told, hidden))


def _reply(event: Any, hidden: Sequence[str], now: datetime) -> Said:
    channel, field = REPLIES[event.name]
    text = minimised(str(event.data.get(field, "")), hidden)
    return Said(by="contact", channel=channel, hours_ago=_hours(event.occurred_at, now), text=text)


def _sent(message: Any, hidden: Sequence[str], now: datetime) -> Said:
    text = minimised(content_of(message.payload).text, hidden)
    return Said(
        by="business", channel=message.channel, hours_ago=_hours(message.sent_at, now), text=text,
        opened=message.opened, clicked=message.clicked,
    )  # fmt: skip


def _hours(at: datetime, now: datetime) -> float:
    """Return the hours since then: to the half for two hours, then to the hour, to a quarter of a day, to the day."""
    hours = max((now - at).total_seconds() / 3_600, 0.0)
    step = 0.5 if hours < 2 else 1.0 if hours < 48 else 6.0 if hours < 24 * 14 else 24.0
    return round(hours / step) * step


def _email_kind(email: str | None) -> Literal["personal", "professional", "none"]:
    if not email:
        return "none"
    return "personal" if email.rpartition("@")[2] in ANYBODYS else "professional"


def _surnames(name: str) -> tuple[str, ...]:
    return tuple(word for word in name.split() if word.casefold() != first_name(name).casefold())


def _first(sources: Sequence[Any], names: Sequence[str]) -> str:
    return next(iter(_all(sources, names)), "")


def _all(sources: Sequence[Any], names: Sequence[str]) -> list[str]:
    """Return what the sources hold under these names: contact fields first, then events, the newest first."""
    found = (source.get(name) for source in sources if isinstance(source, dict) for name in names)
    return [" ".join(str(value).split()) for value in found if isinstance(value, str | int) and str(value).strip()]
