"""A Slack incoming webhook, as strict as it is: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.fakes.server import Answer, Call, Fake, arguments, serve

PATH = "/services/T00000000/B00000000/" + "x" * 24
LONGEST = {"header": 150, "section": 3000}
MOST_BLOCKS, LONGEST_TEXT = 50, 40_000


class FakeSlack(Fake):
    """One webhook, at `webhook`; `rate`: messages a second that it takes (0: any number)."""

    name: ClassVar[str] = "slack"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.webhook = self.url + PATH
        self.rate = 0
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.seconds: Counter[datetime] = Counter()

    def answer(self, call: Call) -> Answer:
        if call.path != PATH:
            return self.refusal(403 if call.path.startswith(PATH[:10]) else 404, "invalid_token")
        if call.method != "POST" or "application/json" not in call.headers.get("content-type", ""):
            return self.refusal(400, "invalid_payload")
        second = self.clock().replace(microsecond=0)
        self.seconds[second] += 1
        if 0 < self.rate < self.seconds[second]:
            return self.too_many()
        try:
            content = json.loads(call.body)
        except ValueError:
            content = None
        if wrong := _wrong(content):
            return self.refusal(400, wrong)
        self.messages.append({"id": str(len(self.messages)), **content})
        return Answer(200, "ok", {"Content-Type": "text/html"})

    def refusal(self, status: int, code: str) -> Answer:
        elsewhere = {"Location": f"{self.url}/elsewhere"} if 300 <= status < 400 else {}
        return Answer(status, code, {"Content-Type": "text/html"} | elsewhere)

    def too_many(self) -> Answer:
        return Answer(429, "rate_limited", {"Content-Type": "text/html", "Retry-After": "1"})

    def broken(self) -> Answer:
        return Answer(500, "internal error, sorry", {"Content-Type": "text/html"})


def _wrong(content: Any) -> str:
    """Return Slack's word for what is wrong with a message, if anything is."""
    if not isinstance(content, dict):
        return "invalid_payload"
    text, blocks = content.get("text"), content.get("blocks", [])
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        return "no_text"
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS or not all(map(_is_block, blocks)):
        return "invalid_blocks"
    return ""


def _is_block(block: Any) -> bool:
    kind = block.get("type")
    if kind == "divider":
        return True
    if kind == "actions":
        return 1 <= len(block["elements"]) <= 25 and all(map(_is_button, block["elements"]))
    wanted = {"header": ("plain_text",), "section": ("plain_text", "mrkdwn")}.get(kind, ())
    text = block.get("text", {})
    return text.get("type") in wanted and 1 <= len(text.get("text", "")) <= LONGEST[kind]


def _is_button(element: Any) -> bool:
    text, url = element.get("text", {}), element.get("url", "https://")
    is_named = text.get("type") == "plain_text" and 1 <= len(text["text"]) <= 75
    return element.get("type") == "button" and is_named and url.startswith(("https://", "http://")) and len(url) <= 3000


if __name__ == "__main__":
    serve(FakeSlack(arguments().parse_args().port))
