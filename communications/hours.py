"""When commercial messages may go out: hours of the recipient's day, never on Sundays or public holidays. Pure.

No statute gives the hours. AF2M's charter "Business Messaging" (in force since September 2024) allows working days
from 8 h to 22 h; carriers and vendors are stricter on Saturdays and evenings, and so are the defaults here.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import holidays
import phonenumbers

from berinia.clock import zone

SATURDAY, SUNDAY = 5, 6
# Whose calling codes are not the mainland's: where the number's owner lives, and the department of its holidays.
OVERSEAS = {
    "RE": ("Indian/Reunion", "974"), "YT": ("Indian/Mayotte", "976"), "GP": ("America/Guadeloupe", "971"),
    "BL": ("America/St_Barthelemy", "BL"), "MF": ("America/Marigot", "MF"), "MQ": ("America/Martinique", "972"),
    "GF": ("America/Cayenne", "973"), "PM": ("America/Miquelon", "PM"), "NC": ("Pacific/Noumea", "NC"),
    "PF": ("Pacific/Tahiti", "PF"), "WF": ("Pacific/Wallis", "WF"),
}  # fmt: skip
CODES = ("+262", "+590", "+596", "+594", "+508", "+687", "+689", "+681")
EVERYWHERE = ""  # the holidays of the whole mainland, those of Alsace-Moselle among them
ALSACE_MOSELLE = "57"
# No row of closed days is as long; a window of nobody's would be a mistake of the rules.
LONGEST_CLOSED = 14


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when, by the recipient's clock (the end is not in it). `saturday` None: not on Saturdays.

    `holidays_of`: a department of the `holidays` package such as 974, FR for the national days alone, or EVERYWHERE.
    """

    weekday: tuple[time, time] = (time(8), time(20))
    saturday: tuple[time, time] | None = (time(10), time(19))
    holidays_of: str = EVERYWHERE

    def on(self, day: date, holidays_of: str) -> tuple[time, time] | None:
        """Return the hours of a day; None when it is closed."""
        if day.weekday() == SUNDAY or is_holiday(day, holidays_of):
            return None
        return self.saturday if day.weekday() == SATURDAY else self.weekday


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recipient is: an IANA zone, and whose holidays are kept there (None: as the rules say)."""

    zone: str
    holidays_of: str | None = None


def place_of(phone: str, contact_zone: str, site_zone: str) -> Place:
    """Say where a recipient is: where the contact says, else where the number is from, else where the site is."""
    overseas = _overseas(phone)
    if contact_zone:
        return Place(contact_zone, overseas.holidays_of if overseas else None)
    return overseas or Place(site_zone)


@lru_cache(maxsize=5_000)
def _overseas(phone: str) -> Place | None:
    if not phone.startswith(CODES):
        return None
    region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    if phone.startswith(("+262639", "+262269")):  # Mayotte shares the code of La Réunion
        region = "YT"
    found = OVERSEAS.get(region or "")
    return Place(*found) if found else None


def next_opening(hours: Hours, place: Place, instant: datetime) -> datetime:
    """Return the first instant, not before this one, at which a commercial message may go out. Correct across DST."""
    here = zone(place.zone)
    kept = hours.holidays_of if place.holidays_of is None else place.holidays_of
    first = instant.astimezone(here).date()
    for days in range(LONGEST_CLOSED):
        day = first + timedelta(days=days)
        if (span := hours.on(day, kept)) is None:
            continue
        opens, closes = (datetime.combine(day, edge, here).astimezone(instant.tzinfo) for edge in span)
        if instant < closes:
            return max(instant, opens)
    raise ValueError(f"nothing opens within {LONGEST_CLOSED} days of {instant}")


def is_holiday(day: date, of: str) -> bool:
    """Tell whether a day is a public holiday there."""
    return day in _holidays(day.year, of)


@cache
def _holidays(year: int, of: str) -> frozenset[date]:
    if of == EVERYWHERE:
        return _holidays(year, "FR") | _holidays(year, ALSACE_MOSELLE)
    return frozenset(holidays.France(years=year, subdiv=None if of == "FR" else of))


def regions() -> list[tuple[str, str]]:
    """Return whose holidays one may choose, for a form: the code and its French name."""
    overseas = {"971": "Guadeloupe", "972": "Martinique", "973": "Guyane", "974": "La Réunion", "976": "Mayotte"}
    return [
        (EVERYWHERE, "Métropole, Alsace-Moselle comprise"), ("FR", "Métropole, jours nationaux seulement"),
        (ALSACE_MOSELLE, "Alsace-Moselle"), *overseas.items(),
    ]  # fmt: skip
