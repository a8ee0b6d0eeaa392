"""What `summarize` reads: the contact's latest reply."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from agents.asking.base import Asking, Question
from agents.library.reply_summary import Digest, ReplyText
from agents.replies import NOTHING_SAID, Heard, latest


class AskingReplySummary(Asking):
    """A summary brings about nothing by itself."""

    agent: ClassVar[str] = "reply_summary"

    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        heard = latest(rows)
        return {row.id: _question(heard.get(row.id)) for row in rows}

    def facts(self, output: Digest) -> Mapping[str, Any]:
        return {
            "resume": output.resume, "demandes": list(output.demandes), "ton": output.ton,
            "a_rappeler": output.a_rappeler,
        }  # fmt: skip


def _question(heard: Heard | None) -> Question:
    if heard is None:
        return Question(None, answer=Digest(resume=""), why=str(NOTHING_SAID))
    return Question(ReplyText(text=heard.shown, channel=heard.channel, business=heard.business[:200]), heard)
