"""Replies: what a contact wrote last since an execution began, and what it was an answer to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy

from agents.minimise import minimised
from berinia.rows import fetch
from communications.contents import content_of
from communications.variables import first_name

Channel = Literal["email", "sms", "whatsapp"]
# Events that are replies, and the channel they come by; any other event that a step names is read as a form's.
REPLIES: Mapping[str, Channel] = {"sms_recu": "sms", "whatsapp_recu": "whatsapp", "email_recu": "email"}
TEXTS = ("texte", "message", "commentaire")  # where an event has what the contact wrote
LONGEST = 10_000

# The event that began the execution is one of them: a reply may begin a workflow.
LATEST = """
SELECT r.id, e.id AS event_id, e.name, e.data, e.occurred_at, m.payload, s.business_name, c.name AS contact_name
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS r (id, contact_id, since, names)
JOIN contacts c ON c.id = r.contact_id JOIN sites s ON s.id = c.site_id
CROSS JOIN LATERAL (
    SELECT id, name, data, occurred_at FROM evenements e
    WHERE e.contact_id = r.contact_id AND e.id >= r.since AND e.name = ANY(string_to_array(r.names, ' '))
    ORDER BY e.id DESC LIMIT 1) AS e
LEFT JOIN LATERAL (
    SELECT payload FROM messages m WHERE m.contact_id = r.contact_id AND m.sent_at <= e.occurred_at
    ORDER BY m.id DESC LIMIT 1) AS m ON true
"""


# Why nobody is asked about a reply.
NOTHING_SAID = gettext_lazy("Le contact n'a rien répondu depuis le début de l'exécution.")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a contact wrote, whole and as it may be shown to a model. `before`: what had been written to it last."""

    event_id: int
    channel: Channel
    text: str
    shown: str
    at: datetime
    business: str
    before: str = ""


def latest(rows: Sequence[Any]) -> dict[int, Heard]:
    """Return, by run, what its contact wrote last since its execution began; the step may name the event."""
    columns: list[list[Any]] = [
        [row.id for row in rows],
        [row.contact_id for row in rows],
        [row.event_id or 0 for row in rows],
        [row.request.get("of") or " ".join(REPLIES) for row in rows],
    ]
    found = {row.id: _heard(row) for row in fetch(LATEST, columns)} if rows else {}
    return {run_id: heard for run_id, heard in found.items() if heard.text.strip()}


def _heard(row: Any) -> Heard:
    channel = REPLIES.get(row.name, "email")
    text, hidden = text_of(row.data), surnames(row.contact_name)
    before = minimised(content_of(row.payload).text, hidden, limit=2_000)
    shown = minimised(text, hidden, limit=LONGEST)
    return Heard(row.event_id, channel, text, shown, row.occurred_at, row.business_name, before)


def surnames(name: str) -> tuple[str, ...]:
    """Return what of a name no model is told: all but the first name."""
    return tuple(word for word in name.split() if word.casefold() != first_name(name).casefold())


def text_of(data: Mapping[str, Any]) -> str:
    """Return what the contact wrote, of the data of an event; "" for nothing."""
    found = next((data[name] for name in TEXTS if isinstance(data.get(name), str) and data[name].strip()), "")
    return str(found)[:LONGEST]
