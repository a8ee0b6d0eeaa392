"""What the exporter says when no model does: short French sentences with the figures that decide. Pure."""

import re
from collections.abc import Mapping, Sequence

from agents.export_batches import Batch
from agents.export_plan import ClassifiedLead, ExportQuestion, Jour, load_of, named_interest, room_of
from agents.export_quota import SPREAD_DAYS, Why, is_late, is_rush
from agents.untrusted import clean, cut, stripped

FOR_A_PERSON = "Après vérification"
TOMORROW = "Demain matin"
UNSAID = "Sans précision de l'agent"
NO_INTEREST = "Lead froid sans intérêt précis : une personne en juge"
SPACES = re.compile(r"[ \t\n]+")
WEEK: Sequence[Jour] = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WORKED = 5
QUALITIES = {"CHAUD": "chaud", "TIÈDE": "tiède", "FROID": "froid"}
SIZES: Mapping[str, str] = {
    "individual": "particuliers", "solo": "indépendants seuls", "micro": "TPE", "sme": "PME",
    "large": "grandes entreprises",
}  # fmt: skip


def one_line(text: str, limit: int) -> str:
    """Return a text as one line without what is not seen."""
    return cut(SPACES.sub(" ", stripped(text)).strip(), limit).rstrip()


def leads(n: int, quality: str = "") -> str:
    """Return « 1 lead », « 3 leads tièdes »."""
    plural = "s" if n > 1 else ""
    return f"{n} lead{plural}" + (f" {QUALITIES[quality]}{plural}" if quality else "")


def hour(clock: str) -> str:
    """Return « 9 h » or « 8 h 30 »."""
    hours, minutes = clock.split(":")
    return f"{int(hours)} h" + (f" {minutes}" if minutes != "00" else "")


# --- why a lead goes ---


def hot_reason(lead: ClassifiedLead) -> str:
    """Return why a hot lead goes."""
    decides = ", décideur" if lead.decideur else ""
    return f"Lead chaud à {lead.score} sur 100{decides}, actif il y a {_ago(lead.heures_depuis)} : priorité aux ventes"


def warm_reason(given: ExportQuestion, lead: ClassifiedLead, batch: Batch) -> str:
    """Return why a warm lead goes."""
    size, load = batch.size_of(lead), load_of(given.pending_leads_count, given.capacity)
    with_others = f"complète le lot {_group(batch, lead)} ({leads(size)})" if size > 1 else "l'équipe a le temps"
    return one_line(f"Lead tiède à {lead.score} sur 100 : {with_others}, charge {load}", 300)


def cold_reason(lead: ClassifiedLead) -> str:
    """Return why a cold lead may go, which names an interest of its own; "" when it has none that can be named."""
    for interest in lead.interets:
        reason = f"Lead froid à {lead.score} sur 100, avec un intérêt précis : {one_line(clean(interest), 220)}"
        if named_interest(lead, reason):
            return reason
    return ""


# --- why a lead stays, and until when ---


def delay_reason(given: ExportQuestion, lead: ClassifiedLead, why: Why) -> str:
    """Return why a lead that may be exported stays for now."""
    name = QUALITIES[lead.qualite]
    match why:
        case Why.ROOM:
            taken = f"{given.exported_today} des {given.daily_limit} leads du jour déjà exportés"
            kept = "plus de place" if lead.qualite == "CHAUD" else "la place restante va aux leads chauds"
            return f"Limite journalière : {taken}, {kept}"
        case Why.LOAD:
            load = load_of(given.pending_leads_count, given.capacity)
            return f"Charge {load} : {leads(given.pending_leads_count)} en attente pour {given.capacity} traitables"
        case Why.RUSH:
            return f"Heure de forte charge jusqu'à {hour(is_rush(given))} : un lead {name} peut attendre"
        case Why.LATE:
            return f"Fin de journée : pas traité avant la fermeture à {hour(given.closes_at)}"
        case Why.WEEK:
            return f"Un {given.current_day}, un lead {name} attend le début de la semaine"
        case Why.SPREAD:
            return f"Lot important de leads {name}s, réparti sur {SPREAD_DAYS} jours"


def later_moment(given: ExportQuestion, why: Why, rank: int = 0) -> str:
    """Return when to decide again. `rank`: how many working days after the next one."""
    if why is Why.RUSH:
        return f"Aujourd'hui à {hour(is_rush(given))}"
    if why is Why.WEEK:
        return f"Lundi à {hour(given.opens_at)}"
    day = today = WEEK.index(given.current_day)
    for _n in range(rank + 1):
        day = (day + 1) % 7 if (day + 1) % 7 < WORKED else 0
    if day == today + 1:
        return TOMORROW
    return f"{WEEK[day].capitalize()} à {hour(given.opens_at)}"


# --- the whole ---


def batch_text(batch: Batch) -> str:
    """Return what the grouping is good for."""
    name, size = batch.biggest
    if size < 2:
        return f"Rien ne réunit vraiment {_the(batch.total)} : ils sont pris par score"
    what = {
        "PAR_SECTEUR": f"sont du secteur {name}", "PAR_REGION": f"sont de la région {name}",
        "PAR_TAILLE": f"sont des {SIZES.get(name, name)}", "PAR_QUALITE": f"sont {QUALITIES.get(name, name)}s",
    }[batch.method]  # fmt: skip
    return one_line(f"{size} leads chauds et tièdes sur {batch.total} {what} : ils se traitent ensemble", 400)


def load_text(given: ExportQuestion, going: int) -> str:
    """Return what to do about the load."""
    waiting, left = given.pending_leads_count + going, room_of(given) - going
    figures = f"{leads(waiting)} en attente après cet export pour une capacité de {given.capacity}"
    advice = {
        "faible": f"Continuer au rythme actuel, {left} de plus possibles aujourd'hui",
        "modérée": "Réduire le rythme des leads tièdes",
        "élevée": "Réserver les exports aux leads chauds jusqu'à ce que la file baisse",
    }[load_of(given.pending_leads_count, given.capacity)]
    return f"{advice} : {figures}"


def forecast_text(given: ExportQuestion, going: int) -> str:
    """Return what the export is to the day."""
    if not given.daily_limit:
        return "La limite quotidienne est de 0 : rien ne part"
    total = given.exported_today + going
    part = round(100 * going / given.daily_limit)
    return f"L'export actuel représente {part} % de la limite quotidienne ({total} sur {given.daily_limit} avec lui)"


def timing_text(given: ExportQuestion) -> str:
    """Return what the hour is good for."""
    if end := is_rush(given):
        return f"L'équipe est très prise jusqu'à {hour(end)} : seuls les leads chauds partent avant"
    if is_late(given):
        return f"L'équipe part à {hour(given.closes_at)} : le reste est mieux traité à l'ouverture"
    return f"À {hour(given.current_time)}, l'équipe peut traiter ces leads avant {hour(given.closes_at)}"


def future_text(warm: int, checked: int) -> str:
    """Return what comes next: so many warm leads that wait, and so many that a person looks at."""
    spread = f"reprendre {leads(warm, 'TIÈDE')} au prochain moment calme" if warm else ""
    if warm >= SPREAD_DAYS:
        spread = f"répartir {leads(warm, 'TIÈDE')} sur les {SPREAD_DAYS} prochains jours ouvrés"
    looked = f"vérifier {leads(checked)} avant tout export" if checked else ""
    text = " ; ".join(part for part in (spread, looked) if part)
    return text[:1].upper() + text[1:] or "Rien à prévoir : aucun lead tiède ne reste"


def _group(batch: Batch, lead: ClassifiedLead) -> str:
    name = batch.group_of(lead)
    return {
        "PAR_SECTEUR": f"du secteur {name}", "PAR_REGION": f"de la région {name}",
        "PAR_TAILLE": f"des {SIZES.get(name, name)}", "PAR_QUALITE": f"des leads {QUALITIES.get(name, name)}s",
    }[batch.method]  # fmt: skip


def _the(n: int) -> str:
    return f"les {n} leads chauds et tièdes" if n > 1 else "les leads chauds et tièdes"


def _ago(hours: float) -> str:
    if hours < 1:
        return "moins d'une heure"
    return f"{int(hours)} h" if hours < 48 else f"{int(hours / 24)} jours"
