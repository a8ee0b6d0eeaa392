"""A replay as people read it: totals by day and channel, with their cost; who would have got what."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from berinia.clock import zone
from communications.policy import EXPLANATIONS, Refusal
from communications.preview import Written
from workflows.entry import REFUSALS
from workflows.rehearsal import Subject
from workflows.replay import Tally
from workflows.triggers import OnSchedule
from workflows.volumes import begun, channel_title, ends, euros, number


def as_json(subject: Subject, tally: Tally) -> dict[str, Any]:
    """Return a replay as the API answers it."""
    preview = subject.preview()
    bill = {
        (template, channel): preview.sample(template, channel, tally.until)
        for _day, channel, template in sorted(tally.sent)
    }
    days = _days(tally, bill)
    return {
        "workflow": subject.name,
        "depuis": tally.since,
        "jusqu_au": tally.until,
        "coupe": tally.is_cut,
        "evenements": tally.events,
        "demarrees": tally.started,
        "refusees": {REFUSALS.get(code, code): n for code, n in tally.refused.items()},
        "issues": {str(outcome): n for outcome, n in tally.outcomes.items()},
        "en_cours": tally.running,
        "conversion": None if tally.conversion is None else round(tally.conversion, 4),
        "par_jour": days,
        "modeles": _templates(tally, bill),
        "retenus": {EXPLANATIONS[Refusal(code)].why: n for code, n in tally.kept_back.items()},
        "euros": round(sum(row["euros"] for row in days), 2),
        "messages": [
            {"le": m.at, "contact_id": m.contact_id, "contact": m.contact, "canal": m.channel, "modele": m.template,
             "refus": EXPLANATIONS[m.refused].why if m.refused else ""}
            for m in tally.listed
        ],
        "remarques": list(_remarks(subject)),
    }  # fmt: skip


def _days(tally: Tally, bill: Mapping[tuple[str, str], Written]) -> list[dict[str, Any]]:
    counts: Counter[tuple[date, str]] = Counter()
    segments: Counter[tuple[date, str]] = Counter()
    costs: defaultdict[tuple[date, str], float] = defaultdict(float)
    for (day, channel, template), n in tally.sent.items():
        written = bill[template, channel]
        counts[day, channel] += n
        segments[day, channel] += n * (written.size.count if written.size else 0)
        costs[day, channel] += n * written.euros
    return [
        {"jour": day, "canal": channel, "messages": counts[day, channel], "segments": segments[day, channel],
         "euros": round(costs[day, channel], 2)}
        for day, channel in sorted(counts)
    ]  # fmt: skip


def _templates(tally: Tally, bill: Mapping[tuple[str, str], Written]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    for (_day, channel, template), n in tally.sent.items():
        counts[template, channel] += n
    return [
        {"modele": template, "canal": channel, "messages": n, "erreur": bill[template, channel].error}
        for (template, channel), n in sorted(counts.items())
    ]


def _remarks(subject: Subject) -> Iterator[str]:
    yield "Les exécutions qui avaient commencé avant cette période ne sont pas comptées."
    yield "Les contacts sont pris tels qu'ils sont aujourd'hui, et ce qui part est supposé arriver."
    if any(isinstance(form, OnSchedule) for form in subject.definition.trigger):
        yield "Les départs à horaire ne sont pas rejoués : seuls les événements le sont."


# --- what is printed ---------------------------------------------------------------------------------------


def told(found: Mapping[str, Any], zone_name: str) -> Iterator[str]:
    """Yield the lines of the report, in French."""
    place = zone(zone_name)
    since, until = (found[name].astimezone(place) for name in ("depuis", "jusqu_au"))
    yield f"« {found['workflow']} » rejoué du {since:%d/%m/%Y %H:%M} au {until:%d/%m/%Y %H:%M} ({zone_name})"
    yield f"{number(found['evenements'])} événements, {begun(found)}"
    yield from ends(found)
    if found["en_cours"]:
        yield f"  {number(found['en_cours'])} encore en cours"
    for why, n in found["retenus"].items():
        yield f"  {number(n)} messages ne seraient pas partis : {why}"
    yield from ("", f"{'Jour':<14}{'canal':<10}{'messages':>10}{'segments':>10}{'euros':>12}")
    for row in found["par_jour"]:
        yield (
            f"{row['jour']:%d/%m/%Y}{'':<4}{channel_title(row):<10}{number(row['messages']):>10}"
            f"{number(row['segments']):>10}{euros(row['euros']):>12}"
        )
    for row in found["modeles"]:
        if row["erreur"]:
            yield f"Attention : {row['erreur']}"
    if found["messages"]:
        yield from ("", f"Les {len(found['messages'])} premiers messages :")
    for message in found["messages"]:
        end = f" (ne part pas : {message['refus']})" if message["refus"] else ""
        yield (
            f"  {message['le'].astimezone(place):%d/%m/%Y %H:%M}  {message['contact']} [{message['contact_id']}]  "
            f"{channel_title(message)} « {message['modele']} »{end}"
        )
    yield ""
    yield from found["remarques"]
    yield f"En tout {euros(found['euros'])}. Rien n'a été écrit ni envoyé."
