"""Durations in French words."""

from datetime import timedelta

UNITS = ((604_800, "semaine"), (86_400, "jour"), (3_600, "heure"), (60, "minute"), (1, "seconde"))


def words(span: timedelta) -> str:
    """Write a duration in words: `1 heure 30 minutes`."""
    rest, parts = int(span.total_seconds()), []
    for size, name in UNITS:
        count, rest = divmod(rest, size)
        if count and not (name == "semaine" and rest):
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
        elif name == "semaine":
            rest += count * size
    return " ".join(parts) or "0 seconde"
