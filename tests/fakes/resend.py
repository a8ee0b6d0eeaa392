"""Resend, as strict as it is: https://resend.com/docs/api-reference/emails/send-email"""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tests.fakes.server import Answer, Call, Fake, arguments, serve

KEY_LIFETIME = timedelta(hours=24)
REQUIRED = ("from", "to", "subject")


class FakeResend(Fake):
    """Takes any key that begins with `re_`; `clock` may be moved."""

    name: ClassVar[str] = "resend"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.keys: dict[tuple[str, str], tuple[bytes, str, datetime]] = {}
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def answer(self, call: Call) -> Answer:
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        if not bearer:
            return error(401, "missing_api_key")
        if not bearer.startswith("re_"):
            return error(403, "invalid_api_key")
        if (call.method, call.path) != ("POST", "/emails"):
            return error(404, "not_found")
        key = call.headers.get("idempotency-key", "")
        if len(key) > 256:
            return error(400, "invalid_idempotency_key")
        try:
            body = json.loads(call.body)
        except ValueError:
            return error(422, "validation_error")
        if wrong := self._wrong(body):
            return wrong
        return self._once(bearer, key, call.body, body) if key else self._take(bearer, key, body)

    def _wrong(self, body: dict[str, Any]) -> Answer | None:
        if any(not body.get(name) for name in REQUIRED):
            return error(422, "missing_required_field")
        if not (body.get("html") or body.get("text")):
            return error(422, "validation_error")
        recipients = body["to"] if isinstance(body["to"], list) else [body["to"]]
        if any("@" not in to for to in recipients):
            return error(422, "validation_error")
        for tag in body.get("tags", ()):
            if not all(c.isascii() and (c.isalnum() or c in "_-") for v in tag.values() for c in v):
                return error(422, "validation_error")
        return None

    def _once(self, bearer: str, key: str, raw: bytes, body: dict[str, Any]) -> Answer:
        known = self.keys.get((bearer, key))
        if known and self.clock() - known[2] < KEY_LIFETIME:
            if known[0] != raw:
                return error(409, "invalid_idempotent_request")
            return Answer(200, {"id": known[1]})
        answer = self._take(bearer, key, body)
        self.keys[bearer, key] = (raw, answer.content["id"], self.clock())
        return answer

    def _take(self, bearer: str, key: str, body: dict[str, Any]) -> Answer:
        message_id = str(uuid.uuid4())
        self.messages.append({"id": message_id, "key": key, "account": bearer, **body})
        return Answer(200, {"id": message_id})

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


def error(status: int, name: str) -> Answer:
    return Answer(status, {"statusCode": status, "name": name, "message": name.replace("_", " ")})


if __name__ == "__main__":
    serve(FakeResend(arguments().parse_args().port))
