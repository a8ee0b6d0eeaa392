"""When is a message that did not go out tried again, if ever? Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from communications.faults import Fault

MAX_ATTEMPTS = 3
# Resend forgets a key after 24 h: a repeat behind that would be a second message.
KEY_LIFETIME = timedelta(hours=23)
FIRST_PACE, LONGEST_PACE = timedelta(seconds=5), timedelta(minutes=10)
ACCOUNT_HOLD = timedelta(minutes=15)
UNKNOWN_STEPS = (timedelta(seconds=10), timedelta(seconds=60))


@dataclass(frozen=True, slots=True)
class Retry:
    """Call again at this instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep it: our account is at fault."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Ask the provider, from this instant on, whether it went out."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It may have gone out; a person decides."""


@dataclass(frozen=True, slots=True)
class Fail:
    """It did not go out and never will."""


Answer = Retry | Hold | Reconcile | GiveUp | Fail


@dataclass(frozen=True, slots=True)
class Attempt:
    """The call that was just made. `attempts` counts those that cost one, this one among them."""

    attempts: int
    calls: int
    first_at: datetime
    repeat_safe: bool
    spread: float = 0.5  # 0 to 1: so that messages that failed together do not return together


def next_attempt(
    fault: Fault, attempt: Attempt, now: datetime, *, reconcile_after: timedelta, retry_after: timedelta | None = None
) -> Answer:
    """Say what happens next. What was certainly not taken never costs an attempt."""
    match fault:
        case Fault.PACE:
            return _while_the_key_lasts(Retry(now + (retry_after or _pace(attempt))), attempt)
        case Fault.ACCOUNT:
            return _while_the_key_lasts(Hold(now + max(retry_after or ACCOUNT_HOLD, ACCOUNT_HOLD)), attempt)
        case Fault.MESSAGE | Fault.ADDRESS | Fault.OPT_OUT:
            return Fail()
        case Fault.CONFLICT:
            return GiveUp()
        case Fault.UNKNOWN:
            return _unknown(attempt, now, reconcile_after)


def _pace(attempt: Attempt) -> timedelta:
    full = min(FIRST_PACE * (1 << min(attempt.calls - 1, 10)), LONGEST_PACE)
    return full * (0.75 + attempt.spread / 2)


def _unknown(attempt: Attempt, now: datetime, reconcile_after: timedelta) -> Answer:
    if not attempt.repeat_safe:
        return Reconcile(now + reconcile_after)
    if attempt.attempts >= MAX_ATTEMPTS:
        return GiveUp()
    step = UNKNOWN_STEPS[max(attempt.attempts, 1) - 1]
    return _while_the_key_lasts(Retry(now + step * (0.75 + attempt.spread / 2)), attempt, may_be_out=True)


def _while_the_key_lasts(answer: Retry | Hold, attempt: Attempt, *, may_be_out: bool = False) -> Answer:
    """Give up instead of repeating what may have gone out once the provider has forgotten our key."""
    may_be_out = may_be_out or attempt.attempts > 1  # an earlier call ended without an answer
    if attempt.repeat_safe and may_be_out and answer.at > attempt.first_at + KEY_LIFETIME:
        return GiveUp()
    return answer
