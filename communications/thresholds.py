"""When a channel of a workflow goes so wrong that it has to be stopped. Pure.

Gmail and Yahoo ask senders to stay under 0.3 % of complaints, Resend under 4 % of bounces; carriers block numbers
whose messages keep failing. What is judged is one workflow and channel over a recent time.
"""

from dataclasses import dataclass

LEAST_COMPLAINTS = 2  # one person's complaint is no trend


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Parts (0 to 1) that stop a channel once `least` messages were handed over."""

    least: int
    failures: float
    complaints: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of the messages of a time: all of them, those that failed or bounced, those complained about."""

    total: int
    failed: int
    complained: int


def reason_to_brake(sample: Sample, thresholds: Thresholds) -> str | None:
    """Return in French why the channel must be stopped, or None."""
    if sample.total < thresholds.least:
        return None
    if sample.complained >= LEAST_COMPLAINTS and sample.complained / sample.total > thresholds.complaints:
        return f"{sample.complained} plaintes sur {sample.total} messages"
    if sample.failed / sample.total > thresholds.failures:
        return f"{sample.failed} échecs sur {sample.total} messages"
    return None


def is_spike(opt_outs: int, sent: int, *, least: int, rate: float) -> bool:
    """Tell whether unusually many have opted out, given how many messages went out in the same time."""
    return opt_outs >= least and opt_outs > sent * rate
