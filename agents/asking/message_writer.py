"""What `write` is told, and what becomes of its text: a draft that the step's message goes out with, or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from accounts.models import Site
from agents.asking.base import Asking, Question
from agents.library.message_writer import Brief, Written
from agents.message_checks import tidy
from agents.minimise import minimised
from agents.replies import REPLIES, surnames, text_of
from berinia.rows import fetch, run
from berinia.wake import wake
from communications.compose import site_facts, source_of
from communications.mentions import stop_mention
from communications.models import Template
from communications.rendering import ContactFacts, TemplateError, context, render
from communications.unsubscribe import unsubscribe_url
from communications.variables import first_name, french

MOST_SAID, LONGEST_SAID = 3, 800
# What the business says of itself, and whether the message still waits for its text.
FACTS = """
SELECT r.id, c.name, s.business_name, s.sector, s.phone, s.address, s.details, s.sms_sender, s.sms_stop_number,
    coalesce(a.voice, '') AS voice, coalesce(a.facts, '') AS facts, m.id AS message_id
FROM unnest(%s::bigint[]) AS w (id) JOIN executions_agents r ON r.id = w.id
JOIN contacts c ON c.id = r.contact_id JOIN sites s ON s.id = r.site_id
LEFT JOIN reglages_agents a ON a.organization_id = r.organization_id
LEFT JOIN messages m ON m.execution_id = r.execution_id AND m.run = r.run AND m.step = r.step AND m.status = 'queued'
"""
SAID = """
SELECT r.id, e.data, c.name FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, contact_id)
JOIN contacts c ON c.id = r.contact_id CROSS JOIN LATERAL (
    SELECT id, data FROM evenements e WHERE e.contact_id = r.contact_id AND e.name = ANY(%s)
    ORDER BY e.id DESC LIMIT %s) AS e
ORDER BY r.id, e.id
"""
DRAFT = """
INSERT INTO brouillons_agents (contact_id, execution_id, run, step, channel, subject, text, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (execution_id, run, step) DO NOTHING
"""
# Only from where the step put it: what was put off since (a resume that spreads, the hours of the law) stays so.
RELEASE = """
UPDATE messages SET due_at = %(now)s
WHERE execution_id = %(execution)s AND run = %(run)s AND step = %(step)s AND status = 'queued' AND attempts = 0
  AND due_at = %(latest)s AND due_at > %(now)s
"""


class AskingMessageWriter(Asking):
    """Whatever comes of it, the message goes: with the text, or as its template says."""

    agent: ClassVar[str] = "message_writer"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        ids = [row.id for row in rows]
        facts, said = {row.id: row for row in fetch(FACTS, [ids])}, _said(rows)
        return {row.id: _question(row, facts[row.id], said.get(row.id, []), now) for row in rows if row.id in facts}

    def facts(self, output: Written) -> Mapping[str, Any]:
        return {"texte_ecrit": bool(output.text)}

    def apply(self, row: Any, question: Question, output: Written, decided_by: str, now: datetime) -> None:
        if output.text:
            run(DRAFT, [
                row.contact_id, row.execution_id, row.run, row.step, row.request["channel"], output.subject,
                output.text, now,
            ])  # fmt: skip
        self.failed(row, now)

    def failed(self, row: Any, now: datetime) -> None:
        given = {"now": now, "execution": row.execution_id, "run": row.run, "step": row.step}
        if run(RELEASE, {**given, "latest": datetime.fromisoformat(row.request["latest"])}):
            wake("delivery")


def _said(rows: Sequence[Any]) -> dict[int, list[str]]:
    """Return what contacts wrote lately, the newest last."""
    given = [[row.id for row in rows], [row.contact_id for row in rows], list(REPLIES), MOST_SAID]
    found: dict[int, list[str]] = {}
    for event in fetch(SAID, given):
        if text := text_of(event.data).strip():
            found.setdefault(event.id, []).append(minimised(text, surnames(event.name), limit=LONGEST_SAID))
    return found


def _question(row: Any, facts: Any, said: Sequence[str], now: datetime) -> Question:
    if facts.message_id is None:
        return Question(None, answer=Written(), why=_("Le message n'attend plus de texte."))
    asked, mention = row.request, ""
    if asked["category"] == "marketing" and asked["channel"] == "sms":
        mention = stop_mention(
            facts.sms_sender, facts.sms_stop_number, unsubscribe_url(row.contact_id, facts.message_id)
        )
    return Question(Brief(
        channel=asked["channel"], business=facts.business_name[:200], sector=facts.sector[:40], brief=asked["brief"],
        voice=facts.voice[:1_000], facts=_told(facts), first_name=first_name(facts.name)[:60], said=tuple(said),
        example=_example(row, first_name(facts.name), now), reserve=min(len(mention), 300),
    ))  # fmt: skip


def _told(facts: Any) -> tuple[str, ...]:
    """Return all that a message may state: the organization's facts, and what the site says of itself."""
    own = [line for line in map(tidy, facts.facts.splitlines()) if line]
    site = [("Téléphone", french(facts.phone) if facts.phone else ""), ("Adresse", facts.address)]
    details = [(str(name), value) for name, value in facts.details.items() if isinstance(value, str | int | float)]
    known = [f"{name} : {value}" for name, value in [*site, *details] if str(value).strip() and "://" not in str(value)]
    return tuple(line[:300] for line in [*own, *known])


def _example(row: Any, first: str, now: datetime) -> str:
    """Return what the template says to somebody of this first name; "" when it cannot be written."""
    asked = row.request
    template = Template.objects.filter(
        organization_id=row.organization_id, name=asked["template"], channel=asked["channel"]
    ).first()
    if template is None:
        return ""
    site = site_facts(Site.objects.get(pk=row.site_id))
    try:
        variables = context(ContactFacts(first, "", ""), site, {}, now=now, unsubscribe_url="")
        return render(source_of(template), variables).text[:4_000]
    except TemplateError:
        return ""
