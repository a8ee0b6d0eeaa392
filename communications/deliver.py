"""Deliver: claim due messages, hand them over, settle.

The claim commits *before* the call and the result after it, so a worker that dies in between leaves a
message in `sending` with a lease that ends: `reconcile` then finds out what became of it. What goes
over the wire is written once and stored, so that a repeat sends the same bytes.

Calls are made by threads, as many at once and provider as DELIVERY_CALLS says; a provider that is slow or down
keeps only its own waiting. A few more calls stand ready behind them, so that no thread waits for the database.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ALL_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction

from berinia.logs import ids_of
from berinia.rows import fetch
from communications import gate
from communications.claim import Call, Claim, Room, claim_batches, claim_due
from communications.models.message import Channel
from communications.providers import Fault, Provider, Receipt, Refusal, provider_for
from communications.settle import Result, settle

logger = logging.getLogger(__name__)

READY = 3  # calls that stand ready, in times of those in flight
# What has stood ready for longer is given back: it may have been paused or stopped since it was claimed.
STALE_SECONDS = 1.0
SETTLE_SECONDS = 0.05  # how long answers are gathered before they are written
IS_DUE = "SELECT EXISTS (SELECT 1 FROM messages WHERE channel = %s AND status = 'queued' AND due_at <= %s) AS is_due"


class Delivery:
    """One drainer: what it has in hand. Not for several threads: only the calls are made by others."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.pending: dict[Future[Result], Call] = {}
        self.closed: dict[str, timedelta] = {}  # channels that may send no more just now: after how long again

    def claim(self, now: datetime, limit: int) -> int:
        """Claim up to `limit` messages a channel and start their calls; return how many were looked at."""
        taken: Counter[str] = Counter()
        rooms = {str(channel): room for channel in Channel if (room := self._room(str(channel), limit, taken))}
        with transaction.atomic():
            claims = [self._claim_batches(rooms, channel, now) for channel in list(rooms)]
            claims += [claim_due(rooms, now)] if rooms else []
        for claim in claims:
            self._start(claim, taken)
        for provider in {room.provider.account_key: room.provider for room in rooms.values()}.values():
            gate.give_back(provider, taken[provider.account_key])
        return sum(claim.seen for claim in claims)

    def _claim_batches(self, rooms: dict[str, Room], channel: str, now: datetime) -> Claim:
        """Claim what is to be repeated first; what room is left is for new messages."""
        room = rooms[channel]
        claim = claim_batches(room.provider, room.calls, now) if room.provider.batch_size > 1 else Claim(now)
        left = room.calls - len(claim.calls)
        rooms[channel] = replace(room, calls=left, messages=min(room.messages, left * room.provider.batch_size))
        if not left:
            del rooms[channel]
        return claim

    def _room(self, channel: str, limit: int, taken: Counter[str]) -> Room | None:
        """Ask the gate of the channel's provider how much may go out now."""
        provider = provider_for(channel)
        free = settings.DELIVERY_CALLS * (1 + READY) - self.in_hand(provider)
        wanted = min(free, limit)
        if wanted < 1:
            return None
        allowed = gate.take(provider, wanted)
        taken[provider.account_key] += allowed.requests
        if not allowed.requests:
            self.closed[channel] = allowed.wait
            return None
        self.closed.pop(channel, None)
        messages = min(limit, allowed.requests * provider.batch_size)
        return Room(provider, allowed.requests, messages)

    def _start(self, claim: Claim, taken: Counter[str]) -> None:
        claimed_at = time.monotonic()
        for call in claim.calls:
            taken[call.provider.account_key] -= 1
            self.pending[_pool(call.provider.account_key).submit(_hand_over, call, claimed_at)] = call

    def in_hand(self, provider: Provider) -> int:
        """Return how many calls to a provider are made or stand ready."""
        return sum(call.provider is provider for call in self.pending.values())

    def settle(self) -> None:
        """Wait until all calls have ended, or for SETTLE_SECONDS, and write what came of those that have."""
        done, _rest = wait(self.pending, SETTLE_SECONDS, ALL_COMPLETED)
        if done:
            for future in done:
                del self.pending[future]
            with transaction.atomic():
                settle([future.result() for future in done], self.clock())

    def finish(self) -> None:
        """Wait for all that is in hand."""
        while self.pending:
            self.settle()


def deliver_batch(*, now: datetime, limit: int) -> int:
    """Claim up to `limit` due messages a channel, hand them over side by side, settle each when it is done.

    Returns how many messages were claimed, also those that policy held back.
    """
    begun = time.monotonic()
    delivery = Delivery(lambda: now + timedelta(seconds=time.monotonic() - begun))
    seen = delivery.claim(now, limit)
    delivery.finish()
    return seen


def deliver_all(clock: Callable[[], datetime], turns: Iterable[None], limit: int) -> tuple[bool, timedelta | None]:
    """Deliver until nothing is due, or until the turns are over.

    Returns whether something may be left, and after how long a provider that is closed now may be asked again while
    messages wait for it.
    """
    delivery = Delivery(clock)
    try:
        for _ in turns:
            seen = 0
            if len(delivery.pending) <= settings.DELIVERY_CALLS * READY:
                seen = delivery.claim(clock(), limit)
            if not seen and not delivery.pending:
                return False, _patience(delivery, clock())
            delivery.settle()
        return True, None
    finally:
        delivery.finish()


def _patience(delivery: Delivery, now: datetime) -> timedelta | None:
    """Return after how long it is worth coming back for messages that are due but whose provider is closed."""
    waits = [span for channel, span in delivery.closed.items() if fetch(IS_DUE, [channel, now])[0].is_due]
    return min(waits, default=None)


@cache
def _pool(account_key: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DELIVERY_CALLS, thread_name_prefix=f"deliver-{account_key}")


def _hand_over(call: Call, claimed_at: float) -> Result:
    """Make the call, in a thread of its own. No database in here."""
    began = time.monotonic()
    if began - claimed_at > STALE_SECONDS:
        return Result(call)
    try:
        return Result(call, receipts=_call(call), began=began, ended=time.monotonic())
    except Refusal as refused:
        return Result(call, refused=refused, began=began, ended=time.monotonic())
    except Exception as error:
        first = call.members[0].row
        logger.exception("message %s: the provider's file failed", first.id, extra=ids_of("message", first))
        failed = Refusal(Fault.UNKNOWN, code=type(error).__name__, detail="the provider's file failed")
        return Result(call, refused=failed, began=began, ended=time.monotonic())


def _call(call: Call) -> list[Receipt]:
    outgoing = [member.outgoing for member in call.members]
    return [call.provider.send(*outgoing)] if call.batch_id is None else call.provider.send_batch(call.key, outgoing)
