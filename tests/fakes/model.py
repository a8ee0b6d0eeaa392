"""What fake models share: a queue of answers, and a look at what they were asked."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel

from tests.fakes.server import Answer, Call, Fake

# Behaviours that are the weather's: no answer is made up for them.
FAULTS = frozenset({"429", "500", "503_html", "hang", "drop", "cut", "drip", "accept_then_drop"})
USAGE = (120, 40)  # tokens that every answer says it read and wrote


@dataclass(frozen=True)
class Unmeasured:
    """An answer that says nothing of its tokens."""

    arguments: Any


class FakeModel(Fake):
    """A model that answers with what is queued in `replies`, then with `default`.

    A reply is what the model gives as the tool's arguments (a dict, a pydantic model: an obedient model), or the name
    of a behaviour: one of FAULTS, or `malformed`, `wrong_types`, `refusal`, `filtered`, `text`, `too_long`.
    `default` may be a function of the request's body.
    """

    key: ClassVar[str]

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.replies: deque[Any] = deque()
        self.default: Any = None
        self.weather = self._weather

    def asked(self) -> list[dict[str, Any]]:
        """What came in, each request's body."""
        with self.lock:
            return [json.loads(call.body) for call in self.calls if call.method == "POST"]

    def prompt(self, number: int = -1) -> str:
        """All that one request says to the model, as one text."""
        return json.dumps([self.asked()[number].get(key) for key in ("system", "messages")], ensure_ascii=False)

    def next(self, body: dict[str, Any]) -> tuple[Any, bool]:
        """Return the next reply and whether it says its tokens; a pydantic model as JSON."""
        reply = self.replies.popleft() if self.replies else self.default
        if isinstance(reply, Callable):  # type: ignore[arg-type]
            reply = reply(body)
        is_measured = not isinstance(reply, Unmeasured)
        reply = reply if is_measured else reply.arguments
        return (reply.model_dump(mode="json") if isinstance(reply, BaseModel) else reply), is_measured

    def wrong(self, call: Call) -> Answer | None:
        """Return the refusal of what the provider would refuse."""
        raise NotImplementedError

    def said(self, body: dict[str, Any], reply: Any, is_measured: bool) -> dict[str, Any]:
        """Return the answer in the provider's words."""
        raise NotImplementedError

    def answer(self, call: Call) -> Answer:
        if refused := self.wrong(call):
            return refused
        body = json.loads(call.body)
        reply, is_measured = self.next(body)
        if reply is None:
            return self.refusal(500, "nothing_to_say")
        self.messages.append(body)
        return Answer(200, self.said(body, reply, is_measured))

    def reset(self) -> None:
        super().reset()
        self.replies.clear()

    def _weather(self, call: Call) -> str:
        """A fault that is queued among the replies, unless the request is refused before."""
        if self.replies and isinstance(self.replies[0], str) and self.replies[0] in FAULTS and not self.wrong(call):
            fault: str = self.replies.popleft()
            if fault in ("cut", "drip", "accept_then_drop"):  # an answer that does not get home
                self.replies.appendleft({"x": "y" * 2_000})
            return fault
        return ""


def broken_arguments(reply: Any) -> str | None:
    """Return what a model that breaks its tool's schema gives, as text; None for one that does not."""
    texts = {"malformed": '{"lead_type": hot', "wrong_types": '{"wrong": {"types": [1, null]}}'}
    return texts.get(reply) if isinstance(reply, str) else None
