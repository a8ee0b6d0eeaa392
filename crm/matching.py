"""Who is this? Reports of a site are matched to its contacts, one after the other. Pure.

A person is known by the email; one without, by the phone. The reports of a batch see the contacts
that earlier ones of the same batch made, so a batch ends as its reports one by one would.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OPT_OUT = "desinscription"  # the event by which a contact asks not to be written to any more


@dataclass(frozen=True, slots=True)
class Choice:
    """What a contact agreed to or refused, in the words of crm.models.Consent. `at` None: just now."""

    is_granted: bool
    channels: tuple[str, ...]
    purposes: tuple[str, ...] = ("marketing",)
    basis: str = "consent"
    text: str = ""
    text_version: str = ""
    source: str = "api"
    url: str = ""
    ip: str | None = None
    user_agent: str = ""
    recorded_by: str = ""
    at: datetime | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """Return each purpose with each channel that it concerns: only emails are followed."""
        pairs = ((p, c) for p in self.purposes for c in (self.channels if p == "marketing" else ("email",)))
        return list(dict.fromkeys(pairs))


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened to a contact, its email and phone already in their stored form.

    At least one of `email` and `phone` is given. `workflow_id` names the one workflow that the
    event may start; `idempotency_key` makes a second report with the same key the same event.
    """

    name: str
    data: Mapping[str, Any]
    contact_name: str = ""
    email: str | None = None
    phone: str | None = None
    idempotency_key: str | None = None
    workflow_id: int | None = None
    timezone: str = ""  # where the contact is, an IANA zone; "" says nothing
    is_trusted: bool = True  # False: from a browser, whose key anybody can read; it fills in, and changes nothing
    consent: Choice | None = None  # what the contact said with it; an opt-out is not lifted by it


@dataclass(slots=True, eq=False)
class Person:
    """A contact while its reports are looked at. `id` is None until it is stored."""

    id: int | None
    name: str
    email: str | None
    phone: str | None
    is_opted_out: bool
    timezone: str = ""  # an IANA zone; "" is the site's
    changes: dict[str, Any] = field(default_factory=dict)

    def set(self, **values: Any) -> None:
        """Take over values and remember which of them are new."""
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self.changes[name] = value


class People:
    """The contacts of one site that a batch is about: those found, and those it makes."""

    def __init__(self, known: Iterable[Person]) -> None:
        """Take the contacts found, in the order of their ids."""
        self.all: list[Person] = []
        self._by_email: dict[str, Person] = {}
        self._by_phone: defaultdict[str, list[Person]] = defaultdict(list)  # oldest first
        for person in known:
            self._add(person)

    def match(self, report: Report) -> Person:
        """Return the contact of a report, brought up to date with it."""
        person = self._find(report) or self._add(Person(None, "", report.email, report.phone, False))
        if report.contact_name and (report.is_trusted or not person.name):
            person.set(name=report.contact_name)
        if report.timezone and (report.is_trusted or not person.timezone):
            person.set(timezone=report.timezone)
        if report.phone and report.phone != person.phone and (report.is_trusted or not person.phone):
            person.set(phone=report.phone)
            same_phone = self._by_phone[report.phone]
            same_phone.append(person)
            same_phone.sort(key=self.all.index)
        if report.name == OPT_OUT:
            person.set(is_opted_out=True)
        return person

    def _find(self, report: Report) -> Person | None:
        same_phone = [p for p in self._by_phone[report.phone] if p.phone == report.phone] if report.phone else []
        if report.email is None:
            return same_phone[-1] if same_phone else None
        if known := self._by_email.get(report.email):
            return known
        for person in same_phone:
            if person.email is None:
                person.set(email=report.email)
                self._by_email[report.email] = person
                return person
        return None

    def _add(self, person: Person) -> Person:
        self.all.append(person)
        if person.email:
            self._by_email[person.email] = person
        if person.phone:
            self._by_phone[person.phone].append(person)
        return person
