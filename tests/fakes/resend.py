"""Resend, as strict as it is: https://resend.com/docs/api-reference/emails

The events that it posts are written in `resend_events`.
"""

import base64
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any, ClassVar

from tests.fakes.reporter import Post, Reporter, send_all
from tests.fakes.resend_events import data_of, fate_of, headers_of
from tests.fakes.server import Answer, Call, Fake, arguments, serve

KEY_LIFETIME = timedelta(hours=24)
REQUIRED = ("from", "to", "subject")
MOST_RECIPIENTS, MOST_IN_A_BATCH = 50, 100
ONE_BY_ONE = ("attachments", "scheduled_at")  # a batch takes none of them
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class FakeResend(Fake):
    """Takes any key that begins with `re_`; `clock` may be moved.

    `rate`: requests a second that it takes (0: any number); `daily_quota`, `monthly_quota`: emails of an account
    that it takes (0: any number). `suppressed`: addresses that it takes emails to and sends none.
    `webhook_url`: where its events go. With `reports` they go there by themselves, `times` over and `shuffled` if that
    is wanted, again while they are not taken; `fate` says which.
    """

    name: ClassVar[str] = "resend"
    document: ClassVar[str] = "resend_emails"
    secret: ClassVar[str] = "whsec_" + base64.b64encode(b"the secret of the fake Resend").decode()

    def __init__(self, port: int = 0, *, reports: str = "", times: int = 1, shuffled: bool = False) -> None:
        super().__init__(port)
        again = (0.2, 0.5, 1, 2, 4, 8, 16)  # Svix: after 5 s, 5 minutes, 30 minutes, 2 h …
        self.reporter = Reporter(self.closing, times=times, shuffled=shuffled, pauses=again) if reports else None
        self.webhook_url = reports
        self.suppressed: set[str] = set()
        self.fate: Callable[[dict[str, Any]], Sequence[str]] = fate_of
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
        if self.reporter:
            self.reporter.tell([self._event(self.messages[-1], event) for event in self._events(self.messages[-1])])
        return message_id

    def _events(self, message: dict[str, Any]) -> Sequence[str]:
        recipients = message["to"] if isinstance(message["to"], list) else [message["to"]]
        if self.suppressed & {parseaddr(to)[1] for to in recipients}:
            return ("email.suppressed",)
        return self.fate(message)

    def report(self, *events: str, times: int = 1, shuffled: bool = False) -> list[int]:
        """Post signed events about all emails that were taken; return the HTTP answers. A repeat has the same id.

        Without events: what really became of each.
        """
        posts = [self._event(m, event) for m in self.accepted() for event in events or self._events(m)]
        return send_all(posts, times=times, shuffled=shuffled)

    def callback(self, message: dict[str, Any], event: str, secret: str | None = None, **data: Any) -> int:
        """Post one event, signed with the fake's secret unless another is given; `data` adds to it or changes it."""
        return self._event(message, event, secret, **data).send()

    def _event(self, message: dict[str, Any], event: str, secret: str | None = None, **data: Any) -> Post:
        content = {
            "type": event, "created_at": self.clock().isoformat(timespec="milliseconds"),
            "data": data_of(message, event, self.clock()) | data,
        }  # fmt: skip
        bounce = content["data"].get("bounce", {})
        if event == "email.complained" or bounce.get("type") == "Permanent":
            self.suppressed.update(parseaddr(to)[1] for to in content["data"]["to"])
        body, id_ = json.dumps(content, ensure_ascii=False).encode(), f"msg_{uuid.uuid4().hex}"
        return Post(self.webhook_url, body, lambda: headers_of(id_, body, secret or self.secret))

    def reset(self) -> None:
        super().reset()
        self.keys.clear()
        self.suppressed.clear()

    def refusal(self, status: int, code: str) -> Answer:
        answer = error(status, code)
        answer.content["message"] += f" in {self.calls[-1].body.decode()}"  # errors quote what they are about
        return answer

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
