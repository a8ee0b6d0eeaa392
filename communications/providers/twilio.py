"""SMS through Twilio: https://www.twilio.com/docs/messaging/api/message-resource

Twilio knows no idempotency key: what may have gone out is looked for before it is sent again.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from communications.faults import Fault
from communications.providers.base import (
    CONNECT_TIMEOUT_SECONDS,
    Draft,
    Outgoing,
    Provider,
    Receipt,
    Refusal,
    pooled_session,
    transport_refusal,
)

# At INFO the package logs addresses with phone numbers in them.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

CLOCK_SKEW = timedelta(seconds=60)
RECENT = 200  # messages looked through, of the number and then of the whole account


class Transport(TwilioHttpClient):
    """Pooled connections, time-outs, and an address that is a setting."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__()
        self.session = pooled_session()
        self.timeout = (CONNECT_TIMEOUT_SECONDS, timeout)
        self.base = urlsplit(base_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Send a request to the configured address."""
        parts = urlsplit(url)
        path = self.base.path.rstrip("/") + parts.path
        kwargs["timeout"] = None
        return super().request(
            method, urlunsplit((self.base.scheme, self.base.netloc, path, parts.query, "")), *args, **kwargs
        )


class Twilio(Provider):
    """One account of Twilio."""

    name: ClassVar[str] = "twilio"
    channels: ClassVar[tuple[str, ...]] = ("sms",)
    repeat_safe: ClassVar[bool] = False
    made_from: ClassVar[tuple[str, ...]] = (
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "DELIVERY_TIMEOUT_SECONDS",
    )  # fmt: skip
    rate_setting: ClassVar[str] = "TWILIO_RATE_PER_SECOND"

    # https://www.twilio.com/docs/api/errors
    faults: ClassVar[Mapping[str, Fault]] = {
        "20429": Fault.PACE,
        "21611": Fault.PACE,  # the sender's queue is full
        "21730": Fault.PACE,  # maintenance
        "21211": Fault.ADDRESS,  # not a number
        "21610": Fault.ADDRESS,  # opted out at Twilio
        "21614": Fault.ADDRESS,  # not a mobile
        "21635": Fault.ADDRESS,  # a landline
        "21408": Fault.ACCOUNT,  # region not enabled
        "21606": Fault.ACCOUNT,  # the sender cannot send
        "21608": Fault.ACCOUNT,  # trial account
    }
    # Error codes of status callbacks that say: nothing reaches this number.
    unreachable: ClassVar[frozenset[str]] = frozenset({"30005", "30006", "21610", "21614"})

    def __init__(self, account_sid: str, auth_token: str, base_url: str, timeout: float) -> None:
        self.client = Client(account_sid, auth_token, http_client=Transport(base_url, timeout))
        self.validator = RequestValidator(auth_token)

    @classmethod
    def is_configured(cls) -> bool:
        return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)

    @classmethod
    def from_settings(cls) -> "Twilio":
        return cls(
            settings.TWILIO_ACCOUNT_SID,
            settings.TWILIO_AUTH_TOKEN,
            settings.TWILIO_API_URL,
            settings.DELIVERY_TIMEOUT_SECONDS,
        )

    def payload(self, draft: Draft) -> dict[str, Any]:
        body = {"to": draft.to, "from_": draft.sender, "body": draft.text}
        if draft.callback_url:
            body["status_callback"] = draft.callback_url
        return body

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            message = self.client.messages.create(**outgoing.payload)
        except (TwilioException, requests.RequestException) as error:
            raise self._refusal(error) from error
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
                    and message.body == outgoing.payload["body"]
                    and message.date_created is not None
                    and message.date_created >= earliest
                    and message.sid not in known
                )
                if is_ours:
                    return Receipt(str(message.sid))
        except (TwilioException, requests.RequestException) as error:
            raise self._refusal(error) from error
        return None

    def _candidates(self, outgoing: Outgoing) -> Iterator[Any]:
        """Yield the latest of the number, then of the account. No filter by date: it leaves out what is queued."""
        yield from self.client.messages.stream(to=outgoing.payload["to"], limit=RECENT, page_size=RECENT)
        yield from self.client.messages.stream(limit=RECENT, page_size=RECENT)

    def verify(self, url: str, params: Mapping[str, Any], signature: str) -> bool:
        """Tell whether Twilio signed this request: https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
        return bool(self.validator.validate(url, params, signature or ""))

    def _refusal(self, error: Exception) -> Refusal:
        if isinstance(error, requests.RequestException):
            return transport_refusal(error)
        status = int(getattr(error, "status", None) or getattr(error, "status_code", None) or 500)
        code = str(getattr(error, "code", "") or "")
        if isinstance(error, TwilioRestException) and not code and status < 500 and status != 429:
            code = "no_code"
        return Refusal(self.fault_of(code, status), code=code, http_status=status)
