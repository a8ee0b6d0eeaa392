"""What a sector is measured by, beside its targets: conversion, delay, satisfaction, and how messages are read. Pure.

A rate of few is no rate: below ENOUGH the number is shown, and said to be too few.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ENOUGH = 20  # what a rate is made of: below, it says little
UNITS = {"m": 60, "h": 3_600, "d": 86_400}

Kind = Literal["share", "seconds"]


@dataclass(frozen=True, slots=True)
class Change:
    """A number, and the one that it is compared with. `kind`: count, share (0 to 1) or seconds."""

    kind: str
    value: float | None
    other: float | None

    @property
    def absolute(self) -> float | None:
        """By how much it is above the other: a share in points of 0 to 1."""
        if self.value is None or self.other is None:
            return None
        return round(self.value - self.other, 4)

    @property
    def relative(self) -> float | None:
        """By which part of the other; None where the other is nothing."""
        return round(self.absolute / self.other, 4) if self.absolute is not None and self.other else None

    @property
    def is_better(self) -> bool | None:
        """Whether that is good: a delay by being shorter. None where nothing moved, or it says nothing by itself."""
        if not self.absolute or self.kind == "count":
            return None
        return self.absolute < 0 if self.kind == "seconds" else self.absolute > 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One number beside its target. `sample`: of how many it is made. A share is 0 to 1, a delay in seconds."""

    name: str
    kind: Kind
    value: float | None
    target: float | None
    sample: int

    @property
    def gap(self) -> float | None:
        """By how much the value is above the target (shares in points of 0 to 1)."""
        if self.value is None or self.target is None:
            return None
        return round(self.value - self.target, 4 if self.kind == "share" else 1)

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is met: a delay by being at most as long; None where there is nothing to say."""
        if self.gap is None:
            return None
        return self.gap >= 0 if self.kind == "share" else self.gap <= 0

    @property
    def is_thin(self) -> bool:
        """Whether it is made of too few to mean much."""
        return self.sample < ENOUGH

    @property
    def beside_target(self) -> "Change":
        """The value beside its target."""
        return Change(self.kind, self.value, self.target)

    @property
    def width(self) -> int:
        """How long its bar is drawn, of 100."""
        return min(100, round((self.value or 0) * 100))

    @property
    def mark(self) -> int:
        """Where the target is marked on the bar, of 100."""
        return min(100, round((self.target or 0) * 100))

    def write(self) -> dict[str, Any]:
        """Return it as the API says it."""
        return {
            "mesure": self.value, "objectif": self.target, "ecart": self.gap, "atteint": self.is_reached,
            "echantillon": self.sample, "trop_peu": self.is_thin,
        }  # fmt: skip


def seconds_of(written: object) -> float | None:
    """Return a delay as the library writes it (« 72h ») in seconds; None for what is no delay."""
    text = str(written or "").strip()
    if not text or text[-1] not in UNITS or not text[:-1].isdecimal():
        return None
    return float(int(text[:-1]) * UNITS[text[-1]])


def measures(sums: Mapping[str, int], reached: Mapping[str, int], targets: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return the measures of counters of workflows and of messages, in the order in which they are shown."""
    ended = sum(sums.get(name, 0) for name in ("completed", "converted", "stopped", "failed"))
    sent = reached.get("sent", 0)

    def share(part: int, whole: int) -> float | None:
        return round(part / whole, 4) if whole else None

    def mean(seconds: str, times: str) -> float | None:
        return round(sums.get(seconds, 0) / sums[times], 1) if sums.get(times) else None

    reviews = sums.get("reviews", 0)
    return (
        Measure("conversion", "share", share(sums.get("converted", 0), ended), targets.get("conversion"), ended),
        Measure(
            "delai", "seconds", mean("conversion_seconds", "conversions_timed"), seconds_of(targets.get("delay")),
            sums.get("conversions_timed", 0),
        ),
        Measure(
            "satisfaction", "share", share(sums.get("reviews_good", 0), reviews), targets.get("satisfaction"), reviews
        ),
        Measure("reponse", "seconds", mean("response_seconds", "responses"), None, sums.get("responses", 0)),
        Measure("ouverture", "share", share(reached.get("opened", 0), sent), None, sent),
        Measure("clic", "share", share(reached.get("clicked", 0), sent), None, sent),
    )  # fmt: skip


def compared(one: Measure, other: Measure) -> Change:
    """Return a measure beside the same of another period, workflow or sector."""
    return Change(one.kind, one.value, other.value)
