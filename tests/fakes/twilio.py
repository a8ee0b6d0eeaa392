"""Twilio's Messages, as strict as they are: https://www.twilio.com/docs/messaging/api/message-resource"""

import base64
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from communications.sms import segments
from tests.fakes.reporter import Post, Reporter, send_all
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
# Taken, and then reported to have failed.
MAGIC_LATER = {"+15005550030": 30003, "+15005550050": 30005, "+15005550060": 30006, "+15005550070": 30007}

# What Twilio itself takes for an opt-out, unless told otherwise; ARRET is not among them.
STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START = frozenset({"START", "YES", "UNSTOP"})

WHATSAPP = "whatsapp:"
SESSION = timedelta(hours=24)
NUMBER = re.compile(r"\+\d{7,15}")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


class FakeTwilio(Fake):
    """One account; the token signs what it posts.

    `reports`: tell by itself what becomes of each message, `times` over and `shuffled` if that is wanted.
    `inbound_url`: where SMS and WhatsApp messages that come in are posted. `templates`: texts by Content SID.
    """

    name: ClassVar[str] = "twilio"
    document: ClassVar[str] = "twilio_messages"
    account: ClassVar[str] = "AC" + "0" * 32
    token: ClassVar[str] = "token"

    def __init__(self, port: int = 0, *, reports: bool = False, times: int = 1, shuffled: bool = False) -> None:
        super().__init__(port)
        self.reporter = Reporter(self.closing, times=times, shuffled=shuffled) if reports else None
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.inbound_url = ""
        self.templates: dict[str, str] = {}
        self.opted_out: set[tuple[str, str]] = set()  # sender and number
        self.heard: dict[tuple[str, str], datetime] = {}  # when a number last wrote to a sender on WhatsApp

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
        if refused := self._refused(form):
            return refused
        sender, to = form.get("From", ""), form["To"]
        code = MAGIC_LATER.get(to.removeprefix(WHATSAPP)) or self._fails_later(form)
        body = form.get("Body") or self._written_out(form)
        now = format_datetime(self.clock().replace(microsecond=0))
        message: dict[str, Any] = {
            "account_sid": self.account, "api_version": "2010-04-01", "body": body, "date_created": now,
            "date_sent": None, "date_updated": now, "direction": "outbound-api", "error_code": None,
            "error_message": None, "from": sender, "messaging_service_sid": None, "num_media": "0",
            "num_segments": str(segments(body).count), "price": None, "price_unit": "USD",
            "sid": "SM" + uuid.uuid4().hex, "status": "queued", "subresource_uris": {}, "to": to, "uri": "",
        }  # fmt: skip
        inside = {"callback": form.get("StatusCallback", ""), "fails": code, "content_sid": form.get("ContentSid", "")}
        self.messages.append({**message, **inside})
        if self.reporter and inside["callback"]:
            self.reporter.tell([self._report(self.messages[-1], *each) for each in _fate(self.messages[-1])])
        return Answer(201, message)

    def _refused(self, form: dict[str, str]) -> Answer | None:
        to, sender = form.get("To", ""), form.get("From", "")
        if not to:
            return error(400, 21604, "A 'To' phone number is required.")
        if not (sender or form.get("MessagingServiceSid")):
            return error(400, 21603, "A 'From' phone number is required.")
        if refused := _content(form):
            return refused
        if code := MAGIC.get(to.removeprefix(WHATSAPP)) or MAGIC_SENDERS.get(sender):
            return error(400, code, f"The 'To' number {to} was refused")
        callback = form.get("StatusCallback", "")
        if callback and not (callback.startswith(("http://", "https://")) and urlsplit(callback).hostname):
            return error(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
        if not NUMBER.fullmatch(to.removeprefix(WHATSAPP)):
            return error(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to.startswith(WHATSAPP) != sender.startswith(WHATSAPP):
            return error(400, 63007, "Twilio could not find a Channel with the specified From address")
        if (sender, to) in self.opted_out:
            return error(400, 21610, "Attempt to send to unsubscribed recipient")
        return None

    def _fails_later(self, form: dict[str, str]) -> int:
        """Return the code by which Meta refuses what Twilio has taken; 0 for none."""
        if not form["To"].startswith(WHATSAPP):
            return 0
        if form.get("ContentSid"):
            return 0 if all(_variables(form).values()) else 63021
        heard = self.heard.get((form["From"], form["To"]))
        return 0 if heard and self.clock() - heard < SESSION else 63016

    def _written_out(self, form: dict[str, str]) -> str:
        variables = _variables(form)
        text = self.templates.get(form["ContentSid"], "Bonjour " + " ".join(f"{{{{{n}}}}}" for n in sorted(variables)))
        for name, value in variables.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return text

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
        page = [{k: v for k, v in m.items() if k not in ("callback", "fails", "content_sid")} for m in found[start:end]]
        return Answer(200, {
            "messages": page, "next_page_uri": following, "first_page_uri": path, "previous_page_uri": None,
            "uri": path, "page": number, "page_size": size, "start": start, "end": start + len(page),
        })  # fmt: skip

    def _pass_on(self) -> None:
        """What was created more than two seconds ago has left: only then has it a date."""
        for message in self.messages:
            created = parsedate_to_datetime(message["date_created"])
            if message["date_sent"] is None and self.clock() - created > timedelta(seconds=2):
                message["date_sent"], message["status"] = message["date_created"], "sent"
                if message.get("fails"):
                    message["status"], message["error_code"] = "undelivered", message["fails"]

    def report(self, *statuses: str, times: int = 1, shuffled: bool = False) -> list[int]:
        """Post signed callbacks for all messages that asked for them; return the HTTP answers.

        Without statuses: what really became of each.
        """
        asked = [m for m in self.accepted() if m["callback"]]
        told = [(m, [(status, "") for status in statuses] if statuses else _fate(m)) for m in asked]
        return send_all([self._report(m, *e) for m, fate in told for e in fate], times=times, shuffled=shuffled)

    def callback(self, message: dict[str, Any], status: str, token: str | None = None, code: str = "") -> int:
        """Post one status callback, signed with the account's token unless another is given."""
        return self._report(message, status, code, token).send()

    def _report(self, message: dict[str, Any], status: str, code: str = "", token: str | None = None) -> Post:
        form = {"MessageSid": message["sid"], "MessageStatus": status, "AccountSid": self.account, "To": message["to"]}
        form |= {"SmsSid": message["sid"], "SmsStatus": status, "From": message["from"], "ApiVersion": "2010-04-01"}
        if code:
            form["ErrorCode"] = code
        return self._signed(message["callback"], form, token)

    def incoming(self, from_: str, body: str, *, to: str, url: str = "", token: str | None = None, **form: str) -> int:
        """Post a message that came in, signed; return the HTTP answer. `form` adds fields, or changes them."""
        with self.lock:
            self._hear(from_, body, to)
        sid = "SM" + uuid.uuid4().hex
        fields = {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.account, "From": from_,
            "To": to, "Body": body, "NumMedia": "0", "NumSegments": str(segments(body).count),
            "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if from_.startswith(WHATSAPP):
            fields |= {"ProfileName": "Zoé", "WaId": from_.removeprefix(WHATSAPP + "+"), "MessageType": "text"}
        return self._signed(url or self.inbound_url, fields | form, token).send()

    def _hear(self, from_: str, body: str, to: str) -> None:
        """Open a session on WhatsApp, or take a STOP for what it is: on WhatsApp it is a word like another."""
        if from_.startswith(WHATSAPP):
            self.heard[to, from_] = self.clock()
        elif body.strip().upper() in STOP:
            self.opted_out.add((to, from_))
        elif body.strip().upper() in START:
            self.opted_out.discard((to, from_))

    def _signed(self, url: str, form: dict[str, str], token: str | None) -> Post:
        signature = RequestValidator(token or self.token).compute_signature(url, form)
        return Post(url, urlencode(form).encode(), lambda: {"X-Twilio-Signature": signature})

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.opted_out.clear()
            self.heard.clear()

    def refusal(self, status: int, code: str) -> Answer:
        if code == "problem":  # the newer form of errors, RFC 9457
            content = {"type": "about:blank", "title": "Bad request", "status": status, "code": 21211}
            return Answer(status, content, {"Content-Type": "application/problem+json"})
        return error(status, int(code), "refused")

    def too_many(self) -> Answer:
        answer = error(429, 20429, "Too Many Requests")
        answer.headers["Retry-After"] = "1"
        return answer

    def broken(self) -> Answer:
        return error(500, 20500, "Internal Server Error")


def _content(form: dict[str, str]) -> Answer | None:
    """Return what Twilio says of a message without a text, with too much of it, or with a wrong template."""
    if sid := form.get("ContentSid", ""):
        if form.get("Body"):
            return error(400, 20422, "Body and ContentSid exclude each other")
        if not CONTENT_SID.fullmatch(sid):
            return error(400, 21655, "The ContentSid is Invalid")
        try:
            variables = _variables(form)
        except (TypeError, ValueError):
            return error(400, 21656, "The ContentVariables Parameter is invalid")
        if not all(isinstance(value, str) for value in variables.values()):
            return error(400, 21656, "The ContentVariables Parameter is invalid")
    elif not form.get("Body"):
        return error(400, 21602, "Message body is required.")
    elif len(form["Body"]) > 1600:
        return error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    return None


def _variables(form: dict[str, str]) -> dict[str, str]:
    found = json.loads(form.get("ContentVariables", "{}"))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _fate(message: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the statuses of a message, each with its error code."""
    if message["fails"]:
        return [("sent", ""), ("undelivered", str(message["fails"]))]
    read = [("read", "")] if message["to"].startswith(WHATSAPP) else []
    return [("sent", ""), ("delivered", ""), *read]


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
