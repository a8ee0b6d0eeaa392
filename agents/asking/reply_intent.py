"""What `intent` reads, and what it does with an opt-out: it holds at once, and a person may take it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agents.asking.base import Asking, Question
from agents.library.reply_intent import Intent, Reading, Reply
from agents.replies import NOTHING_SAID, Heard, latest
from communications.choices import Proof
from communications.notify import Alert, notify
from communications.withdraw import BY_PHONE, opt_out
from crm.models import Contact, Task

TO_CHECK, TO_READ = "Vérifier une désinscription", "Lire une réponse que l'agent n'a pas comprise"
SOON = timedelta(days=1)


class AskingReplyIntent(Asking):
    """A reply that may be an opt-out suppresses, and goes to a person unless the rules are sure of it."""

    agent: ClassVar[str] = "reply_intent"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        heard = latest(rows)
        return {row.id: _question(heard.get(row.id)) for row in rows}

    def facts(self, output: Reading) -> Mapping[str, Any]:
        return {"intention": output.intent.value, "confiance": output.confidence, "doute": output.is_doubtful}

    def apply(self, row: Any, question: Question, output: Reading, decided_by: str, now: datetime) -> None:
        is_end = output.intent is Intent.OPT_OUT
        if is_end:
            _opt_out(row, question.source, now)
        if output.is_doubtful or (is_end and decided_by != "rules"):
            _to_a_person(row, output, now)


def _question(heard: Heard | None) -> Question:
    if heard is None:
        return Question(None, answer=Reading(intent=Intent.OTHER, confidence=0), why=str(NOTHING_SAID))
    given = Reply(text=heard.shown, channel=heard.channel, business=heard.business, before=heard.before)
    return Question(given, heard)


def _opt_out(row: Any, heard: Heard, now: datetime) -> None:
    """Close the contact, and the address by which it said so. Twice is once."""
    contact = Contact.objects.get(pk=row.contact_id)
    closes = BY_PHONE if heard.channel in BY_PHONE else (heard.channel,)
    opt_out([contact], closes, Proof(source=heard.channel, text=heard.text[:2_000]), now, refuses=(heard.channel,))


def _to_a_person(row: Any, reading: Reading, now: datetime) -> None:
    is_closed = reading.intent is Intent.OPT_OUT
    title = TO_CHECK if is_closed else TO_READ
    _task, is_new = Task.objects.get_or_create(
        execution_id=row.execution_id, step=row.step, title=title, contact_id=row.contact_id,
        defaults={
            "organization_id": row.organization_id, "site_id": row.site_id, "due_at": now + SOON, "created_at": now,
        },
    )  # fmt: skip
    if not is_new:
        return
    said = (
        _("Plus rien ne part vers ce contact. Lisez sa réponse dans ses événements ; s'il ne demandait pas cela, "
          "réinscrivez-le depuis sa fiche.")
        if is_closed
        else _("Lisez sa réponse dans ses événements et faites ce qu'elle demande.")
    )  # fmt: skip
    link = f"/admin/crm/contact/{row.contact_id}/change/"
    notify([Alert(row.organization_id, f"reply/{row.contact_id}", "warning", title, said, link)], now)
