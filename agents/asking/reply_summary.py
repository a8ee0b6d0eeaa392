"""What `summarize` reads: the contact's latest reply."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agents.asking.base import Asking, Question
from agents.library.reply_summary import Digest, ReplyText
from agents.replies import latest


class AskingReplySummary(Asking):
    """A summary brings about nothing by itself."""

    agent: ClassVar[str] = "reply_summary"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        heard = latest(rows)
        return {row.id: _question(heard.get(row.id)) for row in rows}

    def nothing(self) -> Digest:
        return Digest(resume="")

    def facts(self, output: Digest) -> Mapping[str, Any]:
        return {
            "resume": output.resume, "demandes": list(output.demandes), "ton": output.ton,
            "a_rappeler": output.a_rappeler,
        }  # fmt: skip


def _question(heard: Any) -> Question:
    if heard is None:
        return Question(None, why=_("Le contact n'a rien répondu depuis le début de l'exécution."))
    return Question(ReplyText(text=heard.text, channel=heard.channel, business=heard.business[:200]), heard)
