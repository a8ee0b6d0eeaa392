"""Email through Resend, one by one or a hundred at once: https://resend.com/docs/api-reference/emails

The `resend` package keeps its key in a module global and opens a connection per call. So it is given a
transport of ours: pooled, with time-outs, and with the key of the call at hand, whatever thread it is in.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import requests
import resend
from django.conf import settings
from resend.exceptions import ResendError

from berinia.session import CONNECT_TIMEOUT_SECONDS, pooled_session, seconds
from communications.faults import Fault
from communications.providers.base import Draft, Outgoing, Provider, Receipt, Refusal, transport_refusal

# How long a quota that is used up is left alone when the answer does not say: nothing comes back in seconds.
QUOTAS = {"daily_quota_exceeded": timedelta(hours=1), "monthly_quota_exceeded": timedelta(hours=6)}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose call it is, and how long it may take."""

    api_key: str
    api_url: str
    timeout: float


_account: ContextVar[Account] = ContextVar("resend_account")


class Transport(resend.HTTPClient):
    """One pool of connections for the process; the account comes with the call."""

    def __init__(self) -> None:
        self.session = pooled_session()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        account = _account.get()
        answer = self.session.request(
            method,
            account.api_url.rstrip("/") + url.removeprefix(resend.api_url),
            headers={**headers, "Authorization": f"Bearer {account.api_key}"},
            json=json,
            files=files,
            data=data,
            timeout=(CONNECT_TIMEOUT_SECONDS, account.timeout),
        )
        return answer.content, answer.status_code, answer.headers


resend.default_http_client = Transport()
# The package refuses to work without a key of its own; the transport puts the right one in its place.
resend.api_key = "set-per-call"


class Resend(Provider):
    """Resend answers a repeat within 24 h with the first result and sends nothing."""

    name: ClassVar[str] = "resend"
    channels: ClassVar[tuple[str, ...]] = ("email",)
    repeat_safe: ClassVar[bool] = True
    made_from: ClassVar[tuple[str, ...]] = ("RESEND_API_KEY", "RESEND_API_URL", "DELIVERY_TIMEOUT_SECONDS")
    batch_size: ClassVar[int] = 100
    rate_setting: ClassVar[str] = "RESEND_RATE_PER_SECOND"

    closing: ClassVar[frozenset[str]] = frozenset({
        "missing_api_key", "restricted_api_key", "invalid_api_key", "daily_quota_exceeded", "monthly_quota_exceeded",
    })  # fmt: skip
    # https://resend.com/docs/api-reference/errors: the names, and what its HTTP status alone would not say
    faults: ClassVar[Mapping[str, Fault]] = {
        "concurrent_idempotent_requests": Fault.PACE,  # the same request is still under way
        "rate_limit_exceeded": Fault.PACE,
        "invalid_idempotent_request": Fault.CONFLICT,  # another body went out under this key
        "daily_quota_exceeded": Fault.ACCOUNT,
        "monthly_quota_exceeded": Fault.ACCOUNT,
        "missing_api_key": Fault.ACCOUNT,
        "restricted_api_key": Fault.ACCOUNT,
        "invalid_api_key": Fault.ACCOUNT,
        "invalid_from_address": Fault.ACCOUNT,
        "invalid_access": Fault.ACCOUNT,
        "invalid_region": Fault.ACCOUNT,
        "not_found": Fault.ACCOUNT,  # RESEND_API_URL is not Resend's
        "method_not_allowed": Fault.ACCOUNT,
        "security_error": Fault.MESSAGE,  # what this one says or carries: others may well pass
        "invalid_idempotency_key": Fault.MESSAGE,
        "missing_required_field": Fault.MESSAGE,
        "invalid_attachment": Fault.MESSAGE,
        "invalid_parameter": Fault.MESSAGE,
        "internal_server_error": Fault.UNKNOWN,
    }

    def __init__(self, account: Account) -> None:
        self.account = account

    @classmethod
    def is_configured(cls) -> bool:
        return bool(settings.RESEND_API_KEY)

    @classmethod
    def from_settings(cls) -> "Resend":
        return cls(Account(settings.RESEND_API_KEY, settings.RESEND_API_URL, settings.DELIVERY_TIMEOUT_SECONDS))

    def payload(self, draft: Draft) -> dict[str, Any]:
        tags = {"message_id": str(draft.message_id), "organization": str(draft.organization_id)}
        body: dict[str, Any] = {
            "from": draft.sender,
            "to": [draft.to],
            "subject": draft.subject,
            "html": draft.html,
            "text": draft.text,
            "tags": [{"name": name, "value": value} for name, value in tags.items()],
        }
        if draft.reply_to:
            body["reply_to"] = draft.reply_to
        if draft.headers:
            body["headers"] = dict(draft.headers)
        return body

    def send(self, outgoing: Outgoing) -> Receipt:
        with self._call():
            answer = resend.Emails.send(dict(outgoing.payload), {"idempotency_key": outgoing.key})  # type: ignore[arg-type]
        if not answer.get("id"):
            raise Refusal(Fault.UNKNOWN, code="no_id", detail="an answer without an id")
        return Receipt(str(answer["id"]))

    def send_batch(self, key: str, outgoing: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over up to a hundred in one request: https://resend.com/docs/api-reference/emails/send-batch-emails

        One email that is wrong refuses all of them.
        """
        emails = [dict(each.payload) for each in outgoing]
        with self._call():
            answer = resend.Batch.send(emails, {"idempotency_key": key, "batch_validation": "strict"})  # type: ignore[arg-type]
        ids = [str(email.get("id") or "") for email in answer.get("data") or ()]
        if len(ids) != len(emails) or not all(ids):
            raise Refusal(Fault.UNKNOWN, code="wrong_count", detail=f"{len(ids)} ids for {len(emails)} emails")
        return [Receipt(id_) for id_ in ids]

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Make calls of the package those of this account, and its errors ours."""
        token = _account.set(self.account)
        try:
            yield
        except ResendError as error:
            raise self._refusal(error) from None  # its text may quote addresses
        finally:
            _account.reset(token)

    def _refusal(self, error: ResendError) -> Refusal:
        code = str(error.error_type)
        if code == "HttpClientError":  # the package's word for: no answer came; the real error is behind it
            cause = error.__cause__ or error.__context__
            return transport_refusal(cause if isinstance(cause, requests.RequestException) else error)
        headers = {str(name).lower(): value for name, value in (error.headers or {}).items()}
        status = int(error.code)
        wait = seconds(headers.get("retry-after")) or seconds(headers.get("ratelimit-reset")) if status == 429 else None
        return Refusal(self.fault_of(code, status), code=code, http_status=status, retry_after=QUOTAS.get(code, wait))
