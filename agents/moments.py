"""« Demain matin », « Lundi à 9 h », « Dans 3 jours »: the instant that a `moment_recommande` means. Pure.

Models write these, so that anything may stand there: what is not understood is the next opening, what asks for a look
is a person's, and nothing is further away than a quarter.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from agents.office import Office
from agents.untrusted import clean
from berinia.clock import zone
from berinia.letters import unaccented

FURTHEST = timedelta(days=92)
PERSON = re.compile(r"verif|valid|approb|approuv|manuel|humain|confirm|\bune personne\b|\bjamais\b|\baccord\b")
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
NUMBERS = {
    "une quinzaine de": 15, "quelques": 3, "quinze": 15, "quatre": 4, "trois": 3, "deux": 2, "cinq": 5, "sept": 7,
    "huit": 8, "neuf": 9, "une": 1, "un": 1, "six": 6, "dix": 10,
}  # fmt: skip
SECONDS = {"minute": 60, "min": 60, "heure": 3_600, "h": 3_600}
DAYS = {"jour": 1, "semaine": 7, "mois": 30}
SPAN = re.compile(
    rf"\b(?:dans|d'ici|sous) (?:environ )?(\d{{1,3}}|{'|'.join(NUMBERS)}) ?"
    rf"({'|'.join([*SECONDS, *DAYS])})s?\b"
)  # fmt: skip
CLOCK = re.compile(r"\b(\d{1,2}) ?(?:h(?:eures?)?(?: ?(\d{2}))?|:(\d{2}))(?!\w)")
WEEKDAY = re.compile(rf"\b({'|'.join(WEEK)})\b")
ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")
SHORT_DATE = re.compile(r"\b(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}))?\b")
LONG_DATE = re.compile(rf"\b(?P<day>\d{{1,2}})(?:er)? (?P<month>{'|'.join(MONTHS)})\b(?: (?P<year>\d{{4}}))?")
PARTS_OF_WEEK = {"debut": 0, "milieu": 2, "fin": 4}


def instant_of(text: str, office: Office, now: datetime) -> datetime | None:
    """Return the instant at which a lead comes back, in the office's hours and after `now`; None: a person decides."""
    said = _plain(text)
    if PERSON.search(said):
        return None
    wanted = _span(said, now) or _of_day(said, office, now)
    if wanted is None or wanted <= now:
        return office.next_opening(now)
    return office.next_open(min(wanted, now + FURTHEST))


def _span(said: str, now: datetime) -> datetime | None:
    """Read « dans 2 heures »; longer spans are about days."""
    found = SPAN.search(said)
    if found is None or found[2] not in SECONDS:
        return None
    return now + timedelta(seconds=_number(found[1]) * SECONDS[found[2]])


def _of_day(said: str, office: Office, now: datetime) -> datetime | None:
    """Read a day, a time, or both."""
    today = now.astimezone(zone(office.zone)).date()
    clock = _clock(said, office)
    for read in READERS:
        if (day := read(said, today)) is not None:
            return office.at(day, clock or office.opens)
    if found := WEEKDAY.search(said):
        return _weekday(WEEK.index(found[1]), "prochain" in said, office, clock, now)
    if re.search(r"aujourd'hui|dans la journee|\bplus tard\b", said) and clock is None:
        return now + timedelta(hours=2)
    if clock is None:
        return None
    at = office.at(today, clock)
    return at if at > now else office.at(today + timedelta(days=1), clock)


def _weekday(weekday: int, is_next: bool, office: Office, clock: time | None, now: datetime) -> datetime:
    """Return the next Monday or so: today's, if its time is still to come and it is not said to be the next."""
    today = now.astimezone(zone(office.zone)).date()
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    at = office.at(day, clock or office.opens)
    if day == today and (is_next or at <= now):
        return office.at(day + timedelta(days=7), clock or office.opens)
    return at


def _clock(said: str, office: Office) -> time | None:
    """Return the time of day that a text names."""
    found = CLOCK.search(said)
    if found and int(found[1]) < 24 and int(found[2] or found[3] or 0) < 60:
        return time(int(found[1]), int(found[2] or found[3] or 0))
    if re.search(r"apres[- ]midi", said):
        return time(14)
    if "fin de matinee" in said:
        return time(11)
    if re.search(r"\bsoir|fin de journee", said):
        return time(max(office.closes.hour - 1, office.opens.hour), office.closes.minute)
    if "matin" in said or "debut de journee" in said:
        return office.opens
    return time(12) if re.search(r"\bmidi\b", said) else None


# --- days ---


def _days_ahead(said: str, today: date) -> date | None:
    found = SPAN.search(said)
    if found and found[2] in DAYS:
        return today + timedelta(days=_number(found[1]) * DAYS[found[2]])
    if re.search(r"apres[- ]demain|surlendemain", said):
        return today + timedelta(days=2)
    return today + timedelta(days=1) if re.search(r"\b(?:demain|lendemain)\b", said) else None


def _dated(said: str, today: date) -> date | None:
    """Read a date. One without a year is the next of its kind; one that does not exist is none."""
    found = ISO_DATE.search(said) or SHORT_DATE.search(said) or LONG_DATE.search(said)
    if found is None:
        return None
    month = MONTHS.index(found["month"]) + 1 if found["month"] in MONTHS else int(found["month"])
    day = _date(int(found["year"] or today.year), month, int(found["day"]))
    if day is None or found["year"] or day >= today:
        return day
    following = _date(today.year + 1, month, int(found["day"]))
    return following if following and following - today <= FURTHEST else day


def _of_week(said: str, today: date) -> date | None:
    """Read « début de semaine prochaine », « mardi de la semaine prochaine », « après le week-end »."""
    monday = today + timedelta(days=7 - today.weekday())
    if re.search(r"apres le week-?end", said):
        return monday
    part = re.search(r"\b(debut|milieu|fin) de (?:la )?semaine", said)
    if "semaine prochaine" not in said and "semaine suivante" not in said:
        if part is None:
            return None
        day = monday + timedelta(days=PARTS_OF_WEEK[part[1]] - 7)
        return day if day > today else day + timedelta(days=7)
    named = WEEKDAY.search(said)
    return monday + timedelta(days=WEEK.index(named[1]) if named else PARTS_OF_WEEK[part[1]] if part else 0)


def _of_month(said: str, today: date) -> date | None:
    last = date(today.year, today.month, monthrange(today.year, today.month)[1])
    if re.search(r"\bfin (?:du|de) mois\b(?! prochain)", said):
        return last
    return last + timedelta(days=1) if re.search(r"mois prochain|debut (?:du|de) mois", said) else None


READERS: tuple[Callable[[str, date], date | None], ...] = (_days_ahead, _dated, _of_week, _of_month)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _number(word: str) -> int:
    return NUMBERS[word] if word in NUMBERS else int(word)


def _plain(text: str) -> str:
    """Return a text in small letters without accents, its spaces, hyphens and apostrophes all alike."""
    kept = unaccented(clean(text, 200).casefold())
    return " ".join(re.sub("[‐-―]", "-", kept.replace("’", "'")).split())
