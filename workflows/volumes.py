"""What a crowd costs and how fast it would have to go: volumes by channel and hour, beside the providers' limits."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from berinia.clock import zone
from communications.policy import EXPLANATIONS, Refusal
from communications.preview import Preview, Written
from workflows.channels import CHANNELS
from workflows.entry import REFUSALS
from workflows.explain import ENDS
from workflows.population import Sent, Volume, rush
from workflows.words import words

PACES: Mapping[str, float] = {name: channel.per_second for name, channel in CHANNELS.items()}


class Bill:
    """What each message takes and costs, from its template written out once."""

    def __init__(self, preview: Preview, sent: Iterator[Sent]) -> None:
        self.written: dict[tuple[str, str], Written] = {}
        for message in sent:
            key = (message.template, message.channel)
            if key not in self.written:
                self.written[key] = preview.sample(*key, message.at)

    def segments(self, message: Sent) -> int:
        """Return the segments of an SMS; 0 for another message."""
        size = self.written[message.template, message.channel].size
        return size.count if size else 0

    def euros(self, message: Sent) -> float:
        """Return what it costs."""
        return self.written[message.template, message.channel].euros


def as_json(volume: Volume, preview: Preview, zone_name: str, paces: Mapping[str, float]) -> dict[str, Any]:
    """Return what a crowd causes, as `manage.py simulate --population --json` prints it."""
    bill = Bill(preview, iter(volume.sent))
    return {
        "demarrees": volume.started,
        "refusees": {REFUSALS.get(code, code): n for code, n in volume.refused.items()},
        "issues": {str(outcome): n for outcome, n in volume.outcomes.items()},
        "conversion": None if volume.conversion is None else round(volume.conversion, 4),
        "evenements": dict(volume.events),
        "retenus": {EXPLANATIONS[Refusal(code)].why: n for code, n in volume.kept_back.items()},
        "canaux": [_channel(channel, volume, bill, paces) for channel in PACES],
        "par_heure": _hours(volume, bill, zone_name),
        "modeles": _templates(volume, bill),
        "euros": round(sum(map(bill.euros, volume.sent)), 2),
        "jusqu_au": volume.ends_at,
    }


def _channel(channel: str, volume: Volume, bill: Bill, paces: Mapping[str, float]) -> dict[str, Any]:
    sent = [message for message in volume.sent if message.channel == channel]
    units = [(message.at, max(bill.segments(message), 1)) for message in sent]
    found = rush(units, paces[channel])
    return {
        "canal": channel,
        "messages": len(sent),
        "segments": sum(map(bill.segments, sent)),
        "euros": round(sum(map(bill.euros, sent)), 2),
        "limite_par_minute": round(paces[channel] * 60),
        "pointe_par_minute": found.per_minute,
        "pointe_le": found.at,
        "attente_secondes": int(found.longest_wait.total_seconds()),
        "attente": words(found.longest_wait),
    }


def _hours(volume: Volume, bill: Bill, zone_name: str) -> list[dict[str, Any]]:
    counts: Counter[tuple[datetime, str]] = Counter()
    segments: Counter[tuple[datetime, str]] = Counter()
    costs: defaultdict[tuple[datetime, str], float] = defaultdict(float)
    place = zone(zone_name)
    for message in volume.sent:
        hour = message.at.astimezone(place).replace(minute=0, second=0, microsecond=0)
        key = (hour, message.channel)
        counts[key] += 1
        segments[key] += bill.segments(message)
        costs[key] += bill.euros(message)
    return [
        {"heure": hour, "canal": channel, "messages": counts[hour, channel], "segments": segments[hour, channel],
         "euros": round(costs[hour, channel], 2)}
        for hour, channel in sorted(counts)
    ]  # fmt: skip


def _templates(volume: Volume, bill: Bill) -> list[dict[str, Any]]:
    counts = Counter((message.template, message.channel) for message in volume.sent)
    found = []
    for (template, channel), n in sorted(counts.items()):
        written = bill.written[template, channel]
        size = written.size.count if written.size else None
        found.append({"modele": template, "canal": channel, "messages": n, "segments_par_message": size,
                      "euros": round(n * written.euros, 2), "erreur": written.error})  # fmt: skip
    return found


# --- what is printed ---------------------------------------------------------------------------------------


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the tables, in French."""
    yield begun(found)
    yield from ends(found)
    for why, n in found["retenus"].items():
        yield f"  {number(n)} messages ne partiraient pas : {why}"
    yield from ("", f"{'Canal':<10}{'messages':>10}{'segments':>10}{'euros':>12}{'pointe/min':>12}{'limite/min':>12}")
    for row in found["canaux"]:
        yield (
            f"{channel_title(row):<10}{number(row['messages']):>10}{number(row['segments']):>10}{euros(row['euros']):>12}"
            f"{number(row['pointe_par_minute']):>12}{number(row['limite_par_minute']):>12}"
        )
    for row in found["canaux"]:
        if row["pointe_par_minute"] > row["limite_par_minute"]:
            yield (
                f"Attention : {channel_title(row)}, la pointe dépasse la limite du fournisseur ; le dernier message "
                f"attendrait {row['attente']}."
            )
    yield from ("", f"{'Heure':<18}{'canal':<10}{'messages':>10}{'segments':>10}{'euros':>12}")
    for row in found["par_heure"]:
        yield (
            f"{row['heure']:%d/%m/%Y %H h}{'':<4}{channel_title(row):<10}{number(row['messages']):>10}"
            f"{number(row['segments']):>10}{euros(row['euros']):>12}"
        )
    yield from ("", f"{'Modèle':<44}{'canal':<10}{'messages':>10}{'seg./msg':>10}{'euros':>12}")
    for row in found["modeles"]:
        size = "" if row["segments_par_message"] is None else str(row["segments_par_message"])
        yield (
            f"{row['modele']:<44}{channel_title(row):<10}{number(row['messages']):>10}{size:>10}{euros(row['euros']):>12}"
        )
        if row["erreur"]:
            yield f"  {row['erreur']}"
    yield from ("", f"En tout {euros(found['euros'])}. Rien n'a été écrit ni envoyé.")


def channel_title(row: Mapping[str, Any]) -> str:
    """Return what the channel of a row is called."""
    return CHANNELS[row["canal"]].title


def begun(found: Mapping[str, Any]) -> str:
    """Say how many executions began, and which part converted."""
    rate = "" if found["conversion"] is None else f", conversion {100 * found['conversion']:.1f} %".replace(".", ",")
    return f"{number(found['demarrees'])} exécutions{rate}"


def ends(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many were refused, and why, and how the others ended."""
    for reason, n in found["refusees"].items():
        yield f"  {number(n)} refusées : {reason}"
    for outcome, label in ENDS.items():
        if n := found["issues"].get(str(outcome)):
            yield f"  {number(n)} {label}"


def number(count: int) -> str:
    """Write a number as it is read in French: 12 000."""
    return f"{count:,}".replace(",", " ")


def euros(value: float) -> str:
    """Write an amount as it is read in French: 12,50 €."""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",") + " €"
