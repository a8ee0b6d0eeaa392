"""What every provider can do, and how it says that a message did not go out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from communications.faults import Fault


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it was written, before a provider puts it into its own form. Phones are E.164.

    `content_sid` and `content_variables` name an approved WhatsApp template; `is_in_session` says that the contact
    wrote to us there within 24 h, so that free text may go out. `link` leads operators to what an alert is about.
    """

    message_id: int
    organization_id: int
    to: str
    sender: str
    subject: str = ""
    html: str = ""
    text: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    callback_url: str = ""
    channel: str = ""
    content_sid: str = ""
    content_variables: Mapping[str, str] = field(default_factory=dict)
    is_in_session: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: `payload` goes over the wire, `key` is the same for every attempt."""

    key: str
    message_id: int
    payload: Mapping[str, Any]
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has taken the message, under this id of its own."""

    id: str


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake
    """The provider has not, or perhaps not, taken the message. `detail` holds no personal data."""

    def __init__(
        self,
        fault: Fault,
        *,
        code: str = "",
        detail: str = "",
        http_status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(f"{fault}: {http_status or ''} {code} {detail}")
        self.fault, self.code, self.detail = fault, code, detail
        self.http_status, self.retry_after = http_status, retry_after


CANNOT_LOOK_UP = "cannot_look_up"  # of a provider that never can say what it has taken


class UndeliverableError(ValueError):
    """A provider cannot carry this draft; the text says why, in French, without personal data."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Provider(ABC):
    """One carrier. `repeat_safe`: it answers a repeat with the same key without sending again.

    `batch_size`: how many messages fit in one request. `rate_setting`: the setting that says how many requests a
    second its account takes (0: as many as one likes).
    """

    name: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    repeat_safe: ClassVar[bool]
    made_from: ClassVar[tuple[str, ...]] = ()  # the settings it is made from: when one changes it is made anew
    batch_size: ClassVar[int] = 1
    rate_setting: ClassVar[str] = ""
    closing: ClassVar[frozenset[str]] = frozenset()  # error codes by which it refuses the whole account, not a sender
    account_key: str = ""  # which account of which provider: set by `provider_named`, for the limits that hold for it
    rank: ClassVar[int] = 0  # of several that are configured for a channel the lowest is taken, then the first by name
    faults: ClassVar[Mapping[str, Fault]] = {}  # its error codes that the HTTP status alone does not tell
    reported: ClassVar[Mapping[str, Fault]] = {}  # codes by which it reports later that what it took did not arrive
    alarming: ClassVar[frozenset[str]] = frozenset()  # those of them that are about the sender, not one recipient

    @classmethod
    @abstractmethod
    def is_configured(cls) -> bool:
        """Tell whether the settings hold what it needs."""

    @classmethod
    @abstractmethod
    def from_settings(cls) -> "Provider":
        """Make one from the settings."""

    @abstractmethod
    def payload(self, draft: Draft) -> dict[str, Any]:
        """Return what goes over the wire, as JSON values. Raises UndeliverableError."""

    @abstractmethod
    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand the message over. Raises Refusal."""

    def send_batch(self, key: str, outgoing: Sequence[Outgoing]) -> list[Receipt]:
        """Hand several over in one request, all or none; receipts come in the same order. Raises Refusal.

        The same key comes with the same messages in the same order, or not at all.
        """
        raise NotImplementedError(f"{self.name} takes one message at a time")

    def find(self, outgoing: Outgoing, known: set[str]) -> Receipt | None:
        """Look for a message that may have gone out, leaving out the ids that are known. Raises Refusal."""
        raise Refusal(Fault.UNKNOWN, code=CANNOT_LOOK_UP)

    def fault_of(self, code: str, http_status: int) -> Fault:
        """Say what an error of the provider means: its own table first, then the HTTP status."""
        if code in self.faults:
            return self.faults[code]
        if http_status in (401, 403):
            return Fault.ACCOUNT
        if http_status == 429:
            return Fault.PACE
        is_refused = 400 <= http_status < 500 and http_status != 408
        return Fault.MESSAGE if is_refused else Fault.UNKNOWN

    @classmethod
    def reported_fault(cls, code: str) -> Fault:
        """Say what a reported code means. Nothing reported is sent again: at worst it is about this message only."""
        return cls.reported.get(code, Fault.MESSAGE)


def transport_refusal(error: BaseException) -> Refusal:
    """Say what a network error means: what never reached the provider may be repeated."""
    cause: BaseException | None = error
    while cause is not None:
        reason = getattr(cause, "reason", None)
        if any(
            isinstance(e, ConnectTimeoutError | NewConnectionError | requests.ConnectTimeout) for e in (cause, reason)
        ):
            return Refusal(Fault.PACE, code=type(error).__name__, detail="not reached")
        cause = (
            cause.__cause__ or cause.__context__ or next((a for a in cause.args if isinstance(a, BaseException)), None)
        )
    return Refusal(Fault.UNKNOWN, code=type(error).__name__, detail="no answer")
