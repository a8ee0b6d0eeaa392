"""The gate of a provider's account: how many requests it takes now. Kept in Redis, so that all workers share it.

Three things close it: its rate (a token bucket), what it asked for (`Retry-After`, an account that is refused), and a
circuit breaker: five requests in a row without an answer open it for half a minute, then one request tries again.
Without Redis no request is allowed: whoever asks was woken through Redis, and is woken again.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import redis
from django.conf import settings

from berinia.redis_client import connected
from communications.providers import Provider

FAILURES = 5
OPEN = timedelta(seconds=30)
# How long a probe may take before another is tried: its worker may have died.
PROBE_MARGIN = timedelta(seconds=5)
FORGOTTEN = timedelta(days=1)

# Redis's own clock: that of workers may differ. `u` until when it is closed, and by what: b(reaker), p(ause).
TAKE = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local rate, burst, wanted, probe = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local h = redis.call('HMGET', KEYS[1], 'n', 't', 'failures', 'open', 'probe', 'pause')
local failures = tonumber(h[3] or 0)
local pause = tonumber(h[6] or 0)
if pause > now then return {0, tostring(pause - now), failures} end
if failures >= tonumber(ARGV[5]) then
  local closed = math.max(tonumber(h[4] or 0), tonumber(h[5] or 0))
  if closed > now then return {0, tostring(closed - now), failures} end
  wanted = 1
end
if rate > 0 then
  local n = math.min(burst, (tonumber(h[1]) or burst) + math.max(0, now - (tonumber(h[2]) or now)) * rate)
  local granted = math.min(wanted, math.floor(n))
  local wait = 0
  if granted == 0 then wait = (1 - n) / rate end
  redis.call('HSET', KEYS[1], 'n', tostring(n - granted), 't', tostring(now))
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  if granted == 0 then return {0, tostring(wait), failures} end
  wanted = granted
end
if failures >= tonumber(ARGV[5]) then redis.call('HSET', KEYS[1], 'probe', tostring(now + probe)) end
return {wanted, '0', failures}
"""
CLOSED = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local h = redis.call('HMGET', KEYS[1], 'failures', 'open', 'probe', 'pause')
local closed = tonumber(h[4] or 0)
if tonumber(h[1] or 0) >= tonumber(ARGV[1]) then
  closed = math.max(closed, tonumber(h[2] or 0), tonumber(h[3] or 0))
end
return tostring(math.max(0, closed - now))
"""
# Answers since the last failure end the row of failures; those that follow begin a new one.
REPORT = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local before = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
local failures = tonumber(ARGV[2])
if ARGV[1] == '0' then failures = failures + before end
redis.call('HSET', KEYS[1], 'failures', failures, 'probe', '0')
redis.call('EXPIRE', KEYS[1], ARGV[5])
local most = tonumber(ARGV[3])
if failures >= most then redis.call('HSET', KEYS[1], 'open', tostring(now + tonumber(ARGV[4]))) end
if failures >= most and before < most then return 1 end
if failures < most and before >= most then return -1 end
return 0
"""
PAUSE = """
local t = redis.call('TIME'); local until_ = t[1] + t[2] / 1e6 + tonumber(ARGV[1])
if until_ > tonumber(redis.call('HGET', KEYS[1], 'pause') or 0) then
  redis.call('HSET', KEYS[1], 'pause', tostring(until_))
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
# What was taken and not needed; a probe that was not made may be made by another.
GIVE_BACK = """
local n = redis.call('HGET', KEYS[1], 'n')
if n then redis.call('HSET', KEYS[1], 'n', tostring(math.min(tonumber(ARGV[2]), tonumber(n) + tonumber(ARGV[1])))) end
redis.call('HDEL', KEYS[1], 'probe')
"""


_troubled: set[str] = set()  # accounts whose requests failed lately, as this process last heard


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests may be made now; if none, after how long it is worth asking again."""

    requests: int
    wait: timedelta = timedelta(0)


@cache
def _script(text: str) -> Any:
    return connected().register_script(text)


def take(provider: Provider, wanted: int) -> Allowance:
    """Ask for up to `wanted` requests to a provider's account."""
    rate = _rate(provider)
    probe = settings.DELIVERY_TIMEOUT_SECONDS + PROBE_MARGIN.total_seconds()
    try:
        requests, wait, failures = _script(TAKE)(
            keys=[_key(provider)], args=[rate, _burst(rate), wanted, probe, FAILURES, _seconds(FORGOTTEN)]
        )
    except redis.RedisError:
        return Allowance(0, timedelta(seconds=1))
    (_troubled.add if int(failures) else _troubled.discard)(provider.account_key)
    return Allowance(int(requests), timedelta(seconds=float(wait)))


def is_troubled(provider: Provider) -> bool:
    """Tell whether requests failed lately: then answers are worth reporting too."""
    return provider.account_key in _troubled


def closed_for(provider: Provider) -> timedelta | None:
    """Return for how long no request may be made to an account; None while it is open, whatever its rate."""
    try:
        seconds = _script(CLOSED)(keys=[_key(provider)], args=[FAILURES])
    except redis.RedisError:
        return None
    return timedelta(seconds=float(seconds)) if float(seconds) > 0 else None


@dataclass(frozen=True, slots=True)
class Condition:
    """How an account is: whether its breaker is open, and for how long no request is made; None: requests go out."""

    is_broken: bool
    wait: timedelta | None


def condition(provider: Provider) -> Condition | None:
    """Return how an account is, for people to see; None when Redis does not say."""
    try:
        failures = int(connected().hget(_key(provider), "failures") or 0)
        seconds = float(_script(CLOSED)(keys=[_key(provider)], args=[FAILURES]))
    except redis.RedisError:
        return None
    return Condition(failures >= FAILURES, timedelta(seconds=seconds) if seconds > 0 else None)


def give_back(provider: Provider, requests: int) -> None:
    """Return what was taken and not needed."""
    if requests > 0:
        _run(GIVE_BACK, provider, requests, _burst(_rate(provider)))


def report(provider: Provider, answers: int, failures: int) -> int:
    """Say how requests ended: whether any was answered, and how many since the last answer were not.

    An answer is any that shows that the provider lives, a refusal too. Returns 1 when this opened the breaker, -1
    when it closed it, else 0.
    """
    return int(_run(REPORT, provider, answers, failures, FAILURES, _seconds(OPEN), _seconds(FORGOTTEN)) or 0)


def pause(provider: Provider, span: timedelta) -> None:
    """Make no request to this account for so long: it asked for it, or refuses us."""
    _run(PAUSE, provider, span.total_seconds(), _seconds(FORGOTTEN))


def _run(script: str, provider: Provider, *args: object) -> Any:
    try:
        return _script(script)(keys=[_key(provider)], args=list(args))
    except redis.RedisError:
        return None


def _key(provider: Provider) -> str:
    return f"berinia:gate:{provider.account_key}"


def _rate(provider: Provider) -> float:
    return float(getattr(settings, provider.rate_setting)) if provider.rate_setting else 0.0


def _burst(rate: float) -> float:
    """Half a second's worth: in no second do many more go out than the rate says."""
    return max(1.0, rate / 2)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
