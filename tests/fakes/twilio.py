"""Twilio's Messages, as strict as they are: https://www.twilio.com/docs/messaging/api/message-resource"""

import base64
import random
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from communications.sms import segments
from tests.fakes.server import Answer, Call, Fake, arguments, serve

# Twilio's own magic numbers: https://www.twilio.com/docs/iam/test-credentials
MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}


class FakeTwilio(Fake):
    """One account; the token signs the callbacks."""

    name: ClassVar[str] = "twilio"
    account: ClassVar[str] = "AC" + "0" * 32
    token: ClassVar[str] = "token"

    def __init__(self, port: int = 0, *, reports: bool = False) -> None:
        super().__init__(port)
        self.reporter = ThreadPoolExecutor(4) if reports else None
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def answer(self, call: Call) -> Answer:
        expected = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {expected}":
            return error(401, 20003, "Authenticate")
        url = urlsplit(call.path)
        root, _, name = url.path.rpartition("/")
        if root == f"/2010-04-01/Accounts/{self.account}/Messages" and call.method == "POST":
            return self._redact(name.removesuffix(".json"), parse_qs(call.body.decode(), keep_blank_values=True))
        if url.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return error(404, 20404, "The requested resource was not found")
        if call.method == "GET":
            return self._list({k: v[0] for k, v in parse_qs(url.query).items()})
        return self._create({k: v[0] for k, v in parse_qs(call.body.decode()).items()})

    def _create(self, form: dict[str, str]) -> Answer:
        to = form.get("To", "")
        if not to:
            return error(400, 21604, "A 'To' phone number is required.")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return error(400, 21603, "A 'From' phone number is required.")
        if not form.get("Body"):
            return error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            return error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if code := MAGIC.get(to) or MAGIC_SENDERS.get(form.get("From", "")):
            return error(400, code, "refused")
        callback = form.get("StatusCallback", "")
        if callback and not (callback.startswith(("http://", "https://")) and urlsplit(callback).hostname):
            return error(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
        if not (to.startswith("+") and to[1:].isdigit() and 8 <= len(to) <= 16):
            return error(400, 21211, "Invalid 'To' Phone Number")
        now = format_datetime(self.clock().replace(microsecond=0))
        message: dict[str, Any] = {
            "account_sid": self.account, "api_version": "2010-04-01", "body": form["Body"], "date_created": now,
            "date_sent": None, "date_updated": now, "direction": "outbound-api", "error_code": None,
            "error_message": None, "from": form.get("From"), "messaging_service_sid": None, "num_media": "0",
            "num_segments": str(segments(form["Body"]).count), "price": None, "price_unit": "USD",
            "sid": "SM" + uuid.uuid4().hex, "status": "queued", "subresource_uris": {}, "to": to, "uri": "",
        }  # fmt: skip
        self.messages.append({**message, "callback": callback})
        if self.reporter and callback:
            self.reporter.submit(self._report_all, self.messages[-1])
        return Answer(201, message)

    def _redact(self, sid: str, form: dict[str, list[str]]) -> Answer:
        message = next((m for m in self.messages if m["sid"] == sid), None)
        if message is None:
            return error(404, 20404, "The requested resource was not found")
        if form.get("Body") != [""]:
            return error(400, 20001, "Only an empty Body may be set")
        message["body"] = ""
        return Answer(200, message)

    def _list(self, query: dict[str, str]) -> Answer:
        self._pass_on()
        found = [m for m in reversed(self.messages) if query.get("To") in (None, m["to"])]
        if "DateSent>" in query or "DateSent" in query:  # a message that is still queued has no date
            found = [m for m in found if m["date_sent"]]
        size, number = min(int(query.get("PageSize", 50)), 1000), int(query.get("Page", 0))
        start, end = number * size, (number + 1) * size
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json?"
        following = path + urlencode({**query, "PageSize": size, "Page": number + 1}) if end < len(found) else None
        page = found[start:end]
        return Answer(200, {
            "messages": page, "next_page_uri": following, "first_page_uri": path, "previous_page_uri": None,
            "uri": path, "page": number, "page_size": size, "start": start, "end": start + len(page),
        })  # fmt: skip

    def _report_all(self, message: dict[str, Any]) -> None:
        for status in ("sent", "delivered"):
            self.callback(message, status)

    def _pass_on(self) -> None:
        """What was created more than two seconds ago has left: only then has it a date."""
        for message in self.messages:
            created = parsedate_to_datetime(message["date_created"])
            if message["date_sent"] is None and self.clock() - created > timedelta(seconds=2):
                message["date_sent"], message["status"] = message["date_created"], "sent"

    def report(self, *statuses: str, times: int = 1, shuffled: bool = False) -> list[int]:
        """Post signed callbacks for all messages that asked for them; return the HTTP answers."""
        posts = [(m, status) for m in self.accepted() if m["callback"] for status in statuses] * times
        if shuffled:
            random.shuffle(posts)
        return [self.callback(message, status) for message, status in posts]

    def callback(self, message: dict[str, Any], status: str, token: str | None = None, code: str = "") -> int:
        """Post one status callback, signed with the account's token unless another is given."""
        form = {"MessageSid": message["sid"], "MessageStatus": status, "AccountSid": self.account, "To": message["to"]}
        if code:
            form["ErrorCode"] = code
        signature = RequestValidator(token or self.token).compute_signature(message["callback"], form)
        request = urllib.request.Request(
            message["callback"], urlencode(form).encode(), {"X-Twilio-Signature": signature}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def refusal(self, status: int, code: str) -> Answer:
        if code == "problem":  # the newer form of errors, RFC 9457
            return Answer(status, {"type": "about:blank", "title": "Bad request", "status": status, "code": 21211})
        return error(status, int(code), "refused")

    def too_many(self) -> Answer:
        return error(429, 20429, "Too Many Requests")

    def broken(self) -> Answer:
        return error(500, 20500, "Internal Server Error")


def error(status: int, code: int, message: str) -> Answer:
    return Answer(
        status,
        {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status},
    )


if __name__ == "__main__":
    parser = arguments()
    parser.add_argument("--callbacks", action="store_true", help="report each message sent and delivered")
    options = parser.parse_args()
    serve(FakeTwilio(options.port, reports=options.callbacks))
