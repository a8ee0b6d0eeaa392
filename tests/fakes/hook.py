"""A client's system that takes the calls of workflows, and checks who speaks: https://www.standardwebhooks.com"""

import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar

from tests.fakes.server import Answer, Call, Fake, arguments, serve


class FakeHook(Fake):
    """Refuses what is not signed with its secret; a repeat of a `webhook-id` is taken once."""

    name: ClassVar[str] = "hook"

    def __init__(self, port: int = 0, secret: str = "") -> None:
        super().__init__(port)
        self.secret = secret

    def answer(self, call: Call) -> Answer:
        if not self._is_signed(call):
            return Answer(401, {"error": "signature"})
        if call.headers["webhook-id"] not in {m["id"] for m in self.messages}:
            self.messages.append({"id": call.headers["webhook-id"], "path": call.path, **json.loads(call.body)})
        return Answer(200, {"recu": True})

    def _is_signed(self, call: Call) -> bool:
        try:
            signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
            key = base64.b64decode(self.secret.removeprefix("whsec_"))
            expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        except KeyError:
            return False
        return hmac.compare_digest(expected, call.headers.get("webhook-signature", ""))

    def too_many(self) -> Answer:
        return Answer(429, {"error": "slow down"}, {"Retry-After": "30"})

    def broken(self) -> Answer:
        return Answer(500, {"error": "broken"})

    def refusal(self, status: int, code: str) -> Answer:
        return Answer(status, {"error": code})


if __name__ == "__main__":
    parser = arguments()
    parser.add_argument("--secret", default="")
    options = parser.parse_args()
    given: dict[str, Any] = vars(options)
    serve(FakeHook(given["port"], given["secret"]))
