"""Resend, as strict as it is: https://resend.com/docs/api-reference/emails

What it tells of emails afterwards is in `resend_webhooks`.
"""

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any, ClassVar

from tests.fakes.server import Answer, Call, Fake, arguments, serve

KEY_LIFETIME = timedelta(hours=24)
REQUIRED = ("from", "to", "subject")
MOST_RECIPIENTS, MOST_IN_A_BATCH = 50, 100
ONE_BY_ONE = ("attachments", "scheduled_at")  # a batch takes none of them
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class FakeResend(Fake):
    """Takes any key that begins with `re_`; `clock` may be moved.

    `rate`: requests a second that it takes (0: any number); `daily_quota`, `monthly_quota`: emails of an account
    that it takes (0: any number).
    """

    name: ClassVar[str] = "resend"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.keys: dict[tuple[str, str], tuple[bytes, Answer, datetime]] = {}
        self.under_way: set[tuple[str, str]] = set()
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.rate = self.daily_quota = self.monthly_quota = 0
        self.seconds: Counter[tuple[str, datetime]] = Counter()

    def arrived(self, call: Call) -> Answer | None:
        """Refuse a repeat of a request that is not answered yet."""
        with self.lock:
            if (used := _key_of(call)) in self.under_way:
                return error(409, "concurrent_idempotent_requests")
            if used[1]:
                self.under_way.add(used)
            return None

    def left(self, call: Call) -> None:
        with self.lock:
            self.under_way.discard(_key_of(call))

    def answer(self, call: Call) -> Answer:
        answer = self._answer(call)
        answer.headers |= {"ratelimit-limit": str(self.rate or 2), "ratelimit-remaining": "1", "ratelimit-reset": "1"}
        return answer

    def _answer(self, call: Call) -> Answer:
        bearer, key = _key_of(call)
        if not bearer:
            return error(401, "missing_api_key")
        if not bearer.startswith("re_"):
            return error(403, "invalid_api_key")
        if call.path not in ("/emails", "/emails/batch"):
            return error(404, "not_found")
        if call.method != "POST":
            return error(405, "method_not_allowed")
        if self._is_too_fast(bearer):
            return self.too_many()
        if "idempotency-key" in call.headers and not 1 <= len(key) <= 256:
            return error(400, "invalid_idempotency_key")
        known = self.keys.get((bearer, key))
        if known and self.clock() - known[2] < KEY_LIFETIME:
            return known[1] if known[0] == call.body else error(409, "invalid_idempotent_request")
        answer = self._read(call, bearer, key)
        if key and answer.status == 200:
            self.keys[bearer, key] = (call.body, answer, self.clock())
        return answer

    def _is_too_fast(self, bearer: str) -> bool:
        second = self.clock().replace(microsecond=0)
        self.seconds[bearer, second] += 1
        return 0 < self.rate < self.seconds[bearer, second]

    def _read(self, call: Call, bearer: str, key: str) -> Answer:
        try:
            content = json.loads(call.body)
        except ValueError:
            return error(422, "validation_error")
        is_batch = call.path.endswith("/batch")
        if not isinstance(content, list if is_batch else dict):
            return error(422, "validation_error")
        if is_batch:
            return self._batch(content, call.headers.get("x-batch-validation", "strict"), bearer, key)
        if wrong := _wrong(content) or self._quota(bearer, 1):
            return wrong
        return Answer(200, {"id": self._take(bearer, key, content)})

    def _batch(self, emails: list[Any], mode: str, bearer: str, key: str) -> Answer:
        if not 1 <= len(emails) <= MOST_IN_A_BATCH or mode not in ("strict", "permissive"):
            return error(422, "validation_error")
        wrong = {n: found for n, email in enumerate(emails) if (found := _wrong(email, ONE_BY_ONE))}
        if wrong and mode == "strict":
            return next(iter(wrong.values()))
        if refused := self._quota(bearer, len(emails)):
            return refused
        data = [
            {"id": self._take(bearer, f"{key}#{n}", email)} for n, email in enumerate(emails) if n not in wrong
        ]  # each has a key of its own, so that what was taken twice is seen
        errors = [{"index": n, "message": answer.content["message"]} for n, answer in wrong.items()]
        return Answer(200, {"data": data, "errors": errors} if mode == "permissive" else {"data": data})

    def _quota(self, bearer: str, more: int) -> Answer | None:
        taken = sum(m["account"] == bearer for m in self.messages) if self.daily_quota or self.monthly_quota else 0
        for name in ("daily", "monthly"):
            if 0 < getattr(self, f"{name}_quota") < taken + more:
                return error(429, f"{name}_quota_exceeded")
        return None

    def _take(self, bearer: str, key: str, email: dict[str, Any]) -> str:
        message_id = str(uuid.uuid4())
        self.messages.append({"id": message_id, "key": key, "account": bearer, **email})
        return message_id

    def reset(self) -> None:
        super().reset()
        self.keys.clear()

    def refusal(self, status: int, code: str) -> Answer:
        return error(status, code)

    def too_many(self) -> Answer:
        answer = error(429, "rate_limit_exceeded")
        answer.headers["Retry-After"] = "1"
        return answer

    def broken(self) -> Answer:
        return error(500, "internal_server_error")


def _key_of(call: Call) -> tuple[str, str]:
    bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
    return bearer, call.headers.get("idempotency-key", "")


def _wrong(email: Any, forbidden: tuple[str, ...] = ()) -> Answer | None:
    """Return what Resend says of an email that it does not take."""
    if not isinstance(email, dict) or any(name in email for name in forbidden):
        return error(422, "validation_error")
    if any(not email.get(name) for name in REQUIRED):
        return error(422, "missing_required_field")
    if not (email.get("html") or email.get("text")):
        return error(422, "validation_error")
    if not _is_address(email["from"]):
        return error(422, "invalid_from_address")
    recipients = email["to"] if isinstance(email["to"], list) else [email["to"]]
    if len(recipients) > MOST_RECIPIENTS or not all(map(_is_address, recipients)):
        return error(422, "validation_error")
    for tag in email.get("tags", ()):
        if set(tag) != {"name", "value"} or not all(TAG.fullmatch(text) for text in tag.values()):
            return error(422, "validation_error")
    return None


def _is_address(text: str) -> bool:
    local, _, domain = parseaddr(text)[1].rpartition("@")
    return bool(local) and "." in domain and text.isprintable()


def error(status: int, name: str) -> Answer:
    return Answer(status, {"statusCode": status, "name": name, "message": name.replace("_", " ")})


if __name__ == "__main__":
    serve(FakeResend(arguments().parse_args().port))
