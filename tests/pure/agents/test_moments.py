"""When delayed leads come back: always in the future, always while the CRM's people are there."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.export_plan import ExportQuestion
from agents.export_quota import Why
from agents.export_texts import WEEK, later_moment
from agents.moments import FURTHEST, instant_of
from agents.office import LONGEST_CLOSED, Office
from berinia.clock import zone
from communications.hours import is_holiday

PARIS = Office()
TUESDAY = "2026-03-10T11:00"


def at(text: str, zone_name: str = "Europe/Paris") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone(zone_name)).astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "comes"),
    [
        ("Demain matin", "2026-03-11T09:00"),
        ("DEMAIN MATIN.", "2026-03-11T09:00"),
        ("Demain", "2026-03-11T09:00"),
        ("Demain à 14 h 30", "2026-03-11T14:30"),
        ("Demain 14h30", "2026-03-11T14:30"),
        ("demain après-midi", "2026-03-11T14:00"),
        ("Demain midi", "2026-03-11T12:00"),
        ("Demain soir", "2026-03-11T17:00"),
        ("Demain à 7 h", "2026-03-11T09:00"),  # before they come
        ("Demain à 20 h", "2026-03-12T09:00"),  # after they left
        ("Après-demain", "2026-03-12T09:00"),
        ("après\u2011demain à 10\u00a0heures", "2026-03-12T10:00"),
        ("Aujourd'hui à 15 h", "2026-03-10T15:00"),
        ("Aujourd’hui à 15:00", "2026-03-10T15:00"),
        ("Aujourd'hui à 10 h", "2026-03-11T10:00"),
        ("Cet après-midi", "2026-03-10T14:00"),
        ("En fin de journée", "2026-03-10T17:00"),
        ("Plus tard dans la journée", "2026-03-10T13:00"),
        ("À 16 h", "2026-03-10T16:00"),
        ("Lundi", "2026-03-16T09:00"),
        ("Lundi à 9 h", "2026-03-16T09:00"),
        ("Jeudi matin", "2026-03-12T09:00"),
        ("Mardi", "2026-03-17T09:00"),
        ("Mardi à 15 h", "2026-03-10T15:00"),  # today's, still to come
        ("Mardi prochain à 15 h", "2026-03-17T15:00"),
        ("Samedi", "2026-03-16T09:00"),
        ("Dans 3 jours", "2026-03-13T09:00"),
        ("Dans trois jours", "2026-03-13T09:00"),
        ("Dans 4 jours", "2026-03-16T09:00"),  # a Saturday
        ("D'ici une quinzaine de jours", "2026-03-25T09:00"),
        ("Dans une semaine", "2026-03-17T09:00"),
        ("Dans un mois", "2026-04-09T09:00"),
        ("Dans 2 heures", "2026-03-10T13:00"),
        ("Dans 45 minutes", "2026-03-10T11:45"),
        ("Sous 48 h", "2026-03-12T11:00"),
        ("Dans 10 h", "2026-03-11T09:00"),
        ("Début de semaine prochaine", "2026-03-16T09:00"),
        ("La semaine prochaine", "2026-03-16T09:00"),
        ("Mercredi de la semaine prochaine", "2026-03-18T09:00"),
        ("Fin de semaine", "2026-03-13T09:00"),
        ("Début de semaine", "2026-03-16T09:00"),
        ("Après le week-end", "2026-03-16T09:00"),
        ("Début du mois prochain", "2026-04-01T09:00"),
        ("Fin du mois", "2026-03-31T09:00"),
        ("Le 12/03 à 10h", "2026-03-12T10:00"),
        ("Le 12 mars 2026", "2026-03-12T09:00"),
        ("2026-03-12", "2026-03-12T09:00"),
        ("Le 1er avril", "2026-04-01T09:00"),
        ("Le 6 avril", "2026-04-07T09:00"),  # Easter Monday
        ("Le 12 janvier 2026", "2026-03-11T09:00"),  # over
        ("Le 31/02", "2026-03-11T09:00"),  # no such day
        ("Dans 999 jours", "2026-06-10T12:00"),  # no further than that
        ("Prochain jour ouvré", "2026-03-11T09:00"),
        ("Quand les poules auront des dents", "2026-03-11T09:00"),
        ("", "2026-03-11T09:00"),
        ("à 99 h", "2026-03-11T09:00"),
    ],
)
def test_what_is_said_on_a_tuesday_at_eleven_is_this_instant(said: str, comes: str) -> None:
    assert instant_of(said, PARIS, at(TUESDAY)) == at(comes)


@pytest.mark.parametrize(
    "said",
    ["Après vérification", "apres verification manuelle", "Après validation", "Une fois approuvé", "Jamais",
     "Lundi à 9 h, après vérification"],
)  # fmt: skip
def test_what_asks_for_a_look_is_a_persons(said: str) -> None:
    assert instant_of(said, PARIS, at(TUESDAY)) is None


@pytest.mark.parametrize(
    ("now", "said", "comes"),
    [
        ("2026-03-27T16:00", "Demain matin", "2026-03-30T09:00"),  # over the weekend in which summer time begins
        ("2026-03-27T16:00", "Lundi à 9 h", "2026-03-30T09:00"),
        ("2026-10-23T16:00", "Lundi à 9 h", "2026-10-26T09:00"),  # and over that in which it ends
        ("2026-12-31T16:00", "Demain matin", "2027-01-04T09:00"),  # the New Year is a Friday
        ("2026-07-13T10:00", "Demain matin", "2026-07-15T09:00"),
        ("2026-03-09T08:00", "Lundi", "2026-03-09T09:00"),
        ("2026-03-09T10:00", "Lundi", "2026-03-16T09:00"),
        ("2026-12-15T10:00", "Le 12 janvier", "2027-01-12T09:00"),
    ],
)
def test_weekends_holidays_and_clock_changes_are_passed_over(now: str, said: str, comes: str) -> None:
    assert instant_of(said, PARIS, at(now)) == at(comes)


def test_overseas_keeps_its_own_clock_and_holidays() -> None:
    reunion = Office(zone="Indian/Reunion")
    noon = at("2026-12-18T12:00", "Indian/Reunion")
    assert instant_of("Lundi à 9 h", reunion, noon) == at("2026-12-21T09:00", "Indian/Reunion")
    assert instant_of("Demain", reunion, at("2027-12-19T12:00", "Indian/Reunion")) == at(
        "2027-12-21T09:00",
        "Indian/Reunion",  # the 20th: the end of slavery
    )


def test_an_office_that_never_opens_is_asked_again_much_later() -> None:
    assert instant_of("Demain", Office(days=()), at(TUESDAY)) == at("2026-03-11T09:00") + LONGEST_CLOSED


instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
clocks = st.tuples(st.integers(0, 23), st.sampled_from([0, 15, 30])).map(lambda c: time(*c))
offices = st.builds(
    lambda edges, days, name: Office(min(edges), max(edges), tuple(days), name),
    st.lists(clocks, min_size=2, max_size=2, unique=True),
    st.sets(st.integers(1, 7), min_size=1),
    st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Martinique", "Pacific/Auckland", "Pacific/Tahiti"]),
)
words = st.sampled_from(
    ["demain", "lundi", "matin", "dans", "3", "999", "jours", "heures", "mois", "semaine prochaine", "fin de", "à 9 h",
     "à 23 h 45", "31/02", "2026-13-45", "le 29 février", "début", "après-demain", "aujourd'hui", "prochain", "midi"]
)  # fmt: skip
sayings = st.lists(words, max_size=5).map(" ".join) | st.text(max_size=60)


@settings(max_examples=500)
@given(sayings, offices, instants)
def test_whatever_is_said_the_lead_comes_back_in_the_future_while_people_are_there(
    said: str, office: Office, now: datetime
) -> None:
    comes = instant_of(said, office, now)
    if comes is None:
        return
    assert now < comes <= now + FURTHEST + LONGEST_CLOSED
    there = comes.astimezone(zone(office.zone))
    assert office.opens <= there.time() < office.closes
    assert there.isoweekday() in office.days
    assert not is_holiday(there.date(), "FR")


@given(offices, instants)
def test_an_opening_is_the_first_instant_at_which_people_are_there(office: Office, now: datetime) -> None:
    opening = office.next_open(now)
    assert office.is_open(opening)
    assert opening >= now
    for part in range(1, 20):
        before = now + (opening - now) * part / 20
        assert before >= opening or not office.is_open(before)


@given(instants, st.sampled_from(list(Why)), st.integers(0, 1))
def test_what_the_rules_say_is_understood(now: datetime, why: Why, rank: int) -> None:
    there = now.astimezone(zone("Europe/Paris"))
    if not PARIS.is_open(now) or (why is Why.RUSH and not (there.hour == 11 or there.hour == 14)):
        return
    asked = ExportQuestion(
        classified_leads=(), pending_leads_count=0, capacity=1, daily_limit=1, exported_today=0,
        current_day=WEEK[there.weekday()], current_time=f"{there:%H:%M}",
    )  # fmt: skip
    comes = instant_of(later_moment(asked, why, rank), PARIS, now)
    assert comes is not None
    days = (comes.astimezone(zone("Europe/Paris")).date() - there.date()).days
    if why is Why.RUSH:
        assert days == 0
    elif why is Why.WEEK:
        assert 1 <= days <= 14
    else:
        assert comes >= PARIS.next_opening(now)
        assert days - rank <= 5
    assert comes - now < timedelta(days=15)
