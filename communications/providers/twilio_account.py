"""What SMS and WhatsApp share: an account of Twilio, what its errors mean, and how it is searched.

https://www.twilio.com/docs/messaging/api/message-resource. Twilio knows no idempotency key: what may have gone out is
looked for before it is sent again.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from berinia.session import CONNECT_TIMEOUT_SECONDS, pooled_session, seconds
from communications.faults import Fault
from communications.providers.base import Outgoing, Provider, Receipt, Refusal, transport_refusal

# At INFO the package logs addresses with phone numbers in them.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

CLOCK_SKEW = timedelta(seconds=60)
RECENT = 200  # messages looked through, of the number and then of the whole account
# How long to leave it alone where the answer does not say.
LATER = {"21611": timedelta(hours=1), "21730": timedelta(minutes=5)}


class Transport(TwilioHttpClient):
    """Pooled connections, time-outs, and an address that is a setting."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__()
        self.session = pooled_session()
        self.timeout = (CONNECT_TIMEOUT_SECONDS, timeout)
        self.base = urlsplit(base_url)
        self.latest = threading.local()  # the package's errors do not hold the headers of an answer

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Send a request to the configured address."""
        parts = urlsplit(url)
        path = self.base.path.rstrip("/") + parts.path
        kwargs["timeout"] = None
        answer = super().request(
            method, urlunsplit((self.base.scheme, self.base.netloc, path, parts.query, "")), *args, **kwargs
        )
        self.latest.retry_after = seconds((answer.headers or {}).get("Retry-After"))
        return answer


class TwilioAccount:
    """One account: the client that calls, and the validator that knows its signatures."""

    def __init__(self, account_sid: str, auth_token: str, base_url: str, timeout: float) -> None:
        self.transport = Transport(base_url, timeout)
        self.client = Client(account_sid, auth_token, http_client=self.transport)
        self.validator = RequestValidator(auth_token)


@lru_cache(maxsize=8)
def account_of(account_sid: str, auth_token: str, base_url: str, timeout: float) -> TwilioAccount:
    """Return an account; whoever asks for the same one shares its connections."""
    return TwilioAccount(account_sid, auth_token, base_url, timeout)


class TwilioProvider(Provider):
    """A channel of an account of Twilio."""

    repeat_safe: ClassVar[bool] = False
    made_from: ClassVar[tuple[str, ...]] = (
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "DELIVERY_TIMEOUT_SECONDS",
    )  # fmt: skip
    rate_setting: ClassVar[str] = "TWILIO_RATE_PER_SECOND"

    # https://www.twilio.com/docs/api/errors
    faults: ClassVar[Mapping[str, Fault]] = {
        "20003": Fault.ACCOUNT,  # wrong SID or token
        "20429": Fault.PACE,  # too many at once
        "20500": Fault.UNKNOWN,
        "20503": Fault.UNKNOWN,
        "21211": Fault.ADDRESS,  # not a number
        "21212": Fault.ACCOUNT,  # the sender is not a number
        "21408": Fault.ACCOUNT,  # region not enabled
        "21606": Fault.ACCOUNT,  # the sender cannot send
        "21608": Fault.ACCOUNT,  # trial account
        "21610": Fault.OPT_OUT,
        "21611": Fault.PACE,  # the sender's queue is full
        "21612": Fault.MESSAGE,  # this sender cannot reach this number
        "21614": Fault.ADDRESS,  # not a mobile
        "21617": Fault.MESSAGE,  # too long
        "21635": Fault.ADDRESS,  # a landline
        "21730": Fault.PACE,  # maintenance
    }

    closing: ClassVar[frozenset[str]] = frozenset({"20003", "30002"})
    unreachable: ClassVar[frozenset[str]]  # reported codes that say: nothing reaches this number

    def __init_subclass__(cls) -> None:
        cls.unreachable = frozenset(c for c, fault in cls.reported.items() if fault in (Fault.ADDRESS, Fault.OPT_OUT))

    def __init__(self, account: TwilioAccount) -> None:
        self.account, self.client, self.validator = account, account.client, account.validator

    @classmethod
    def is_configured(cls) -> bool:
        return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)

    @classmethod
    def from_settings(cls) -> "TwilioProvider":
        return cls(
            account_of(
                settings.TWILIO_ACCOUNT_SID,
                settings.TWILIO_AUTH_TOKEN,
                settings.TWILIO_API_URL,
                settings.DELIVERY_TIMEOUT_SECONDS,
            )
        )

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            message = self.client.messages.create(**outgoing.payload)
        except (TwilioException, requests.RequestException) as error:
            raise self._refusal(error) from None  # its text holds the number
        if not message.sid:
            raise Refusal(Fault.UNKNOWN, code="no_sid", detail="an answer without a sid")
        return Receipt(message.sid)

    def find(self, outgoing: Outgoing, known: set[str]) -> Receipt | None:
        """Look among the number's messages, then among the account's latest, for ours."""
        earliest = outgoing.attempted_at - CLOCK_SKEW
        try:
            for message in self._candidates(outgoing):
                is_ours = (
                    message.to == outgoing.payload["to"]
                    and message.date_created is not None
                    and message.date_created >= earliest
                    and message.sid not in known
                    and self.says(message, outgoing.payload)
                )
                if is_ours:
                    return Receipt(str(message.sid))
        except (TwilioException, requests.RequestException) as error:
            raise self._refusal(error) from None
        return None

    def says(self, message: Any, payload: Mapping[str, Any]) -> bool:
        """Tell whether a message of the account says what ours does."""
        return bool(message.body == payload["body"])

    def _candidates(self, outgoing: Outgoing) -> Iterator[Any]:
        """Yield the latest of the number, then of the account. No filter by date: it leaves out what is queued."""
        yield from self.client.messages.stream(to=outgoing.payload["to"], limit=RECENT, page_size=RECENT)
        yield from self.client.messages.stream(limit=RECENT, page_size=RECENT)

    def verify(self, url: str, params: Mapping[str, Any], signature: str) -> bool:
        """Tell whether Twilio signed this request: https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
        return bool(self.validator.validate(url, params, signature or ""))

    def _refusal(self, error: Exception) -> Refusal:
        """Say what an error means. It is a TwilioRestException, or one with a body of RFC 9457."""
        if isinstance(error, requests.RequestException):
            return transport_refusal(error)
        status = int(getattr(error, "status", None) or 500)
        code = str(getattr(error, "code", "") or "")
        wait = self.account.transport.latest.retry_after or LATER.get(code)
        return Refusal(self.fault_of(code, status), code=code, http_status=status, retry_after=wait)
