"""Instants and zones: everything inside is aware UTC, zones are IANA names."""

import re
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"(?:\d+[smhdw])+")


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises KeyError or ValueError when there is none."""
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Tell whether this is an IANA zone name."""
    try:
        zone(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def local(instant: datetime, name: str) -> datetime:
    """Return the same instant as clocks in a zone show it, with a fixed offset from UTC."""
    there = instant.astimezone(zone(name))
    return there.replace(tzinfo=timezone(there.utcoffset() or timedelta(0)))


def parse_duration(text: str) -> timedelta:
    """Read `30s`, `15m`, `2h`, `10d`, `1w` or a sum such as `1h30m`.

    Raises ValueError on anything else, and on more than ten years.
    """
    if not DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration (write 30s, 15m, 2h, 10d, 1w or 1h30m)")
    parts = dict.fromkeys(UNITS, 0)
    for number, unit in re.findall(r"(\d+)([smhdw])", text):
        if len(number) > 9:
            raise ValueError(f"{text!r} is too long: ten years at the most")
        parts[unit] += int(number)
    duration = timedelta(**{UNITS[u]: n for u, n in parts.items()})
    if duration > timedelta(days=3653):
        raise ValueError(f"{text!r} is too long: ten years at the most")
    return duration


def format_duration(duration: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it: `1h30m`."""
    rest, text = int(duration.total_seconds()), ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
