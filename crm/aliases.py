"""Aliases: the other names and addresses of a contact into whom others were merged. They lie in its other fields."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

NAMES, EMAILS, PHONES = "autres_noms", "autres_emails", "autres_telephones"


class Person(Protocol):
    """A contact, as far as this looks at it."""

    name: str
    email: str | None
    phone: str | None
    fields: dict[str, Any]


def others(fields: Mapping[str, Any], key: str) -> list[str]:
    """Return what the other fields hold under a key; people may have written anything there."""
    found = fields.get(key)
    return [text for text in found if isinstance(text, str) and text] if isinstance(found, list) else []


def names_of(person: Person) -> list[str]:
    """Return every name of a person."""
    return [person.name, *others(person.fields, NAMES)]


def addresses_of(person: Person) -> Iterator[tuple[str | None, str | None]]:
    """Yield every email and phone of a person, each with what it stands beside."""
    yield person.email, person.phone
    for email in others(person.fields, EMAILS):
        yield email, None
    for phone in others(person.fields, PHONES):
        yield None, phone


def with_aliases(kept: Person, gone: Person) -> dict[str, Any]:
    """Return the other fields of two who are one: who stays is right, and nothing that led to the other is lost."""
    fields = {**gone.fields, **kept.fields}
    for key, mine, theirs in (
        (NAMES, kept.name, gone.name), (EMAILS, kept.email, gone.email), (PHONES, kept.phone, gone.phone),
    ):  # fmt: skip
        main = mine or theirs
        known = [*others(kept.fields, key), *others(gone.fields, key), *([theirs] if theirs else [])]
        if more := [text for text in dict.fromkeys(known) if text != main]:
            fields[key] = more
    return fields
