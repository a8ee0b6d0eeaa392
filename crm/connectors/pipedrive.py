"""Pipedrive: a person, an organization, and a lead in the Leads Inbox with a note. https://developers.pipedrive.com

Persons and organizations over API v2 (https://developers.pipedrive.com/docs/api/v1/Persons, "v2"), leads and notes over
v1, where alone they are written (https://developers.pipedrive.com/docs/api/v1/Leads). Nothing there is idempotent: what
is there is looked for first. A lead carries our key as `origin_id`, and is found by it among those of its person.
What a salesperson typed stays: a person who is there is only completed.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings

from crm.connectors.base import Access, Card, Connector, Found, Refused, Sent, Trouble
from crm.connectors.calls import Api, NotTakenError, Reply, trouble_of, wait_of

PERSONS, ORGANIZATIONS, LEADS, NOTES = "/api/v2/persons", "/api/v2/organizations", "/v1/leads", "/v1/notes"
CODE = re.compile(r"[A-Za-z][A-Za-z_]{2,60}")
ID = re.compile(r"(\d{1,18})(?::([0-9a-f-]{36}))?")
# A budget of tokens a day and company: https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
DAY_IS_SPENT, UNTIL_ASKED_AGAIN, BURST = "x-daily-ratelimit-token-remaining", timedelta(hours=1), timedelta(seconds=2)
LONGEST_TITLE = 255
Record = dict[str, Any]


class Pipedrive(Connector):
    """One account, through the API token of one of its users. Its id of a lead is `person:lead`."""

    name: ClassVar[str] = "pipedrive"
    label: ClassVar[str] = "Pipedrive"
    hint: ClassVar[str] = "Jeton API d'un utilisateur : Pipedrive → Préférences personnelles → API."
    needs_secret: ClassVar[bool] = True
    secret_label: ClassVar[str] = "Jeton API"  # noqa: S105 - what the form calls it
    batch: ClassVar[int] = 5  # some calls each

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.api = Api(settings.PIPEDRIVE_API_URL, {"x-api-token": access.secret}, refusal)

    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        results: dict[int, Sent | Refused] = {}
        for at, card in enumerate(cards):
            try:
                results[card.export_id] = Sent(self._push(card))
            except NotTakenError as error:
                results[card.export_id] = error.refused
                if error.refused.trouble is not Trouble.LEAD:  # the others would fare no better
                    return results | {other.export_id: error.refused for other in cards[at + 1 :]}
        return results

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        results: dict[int, Found | Refused | None] = {}
        for card in cards:
            try:
                results[card.export_id] = self._look_up(card)
            except NotTakenError as error:
                results[card.export_id] = error.refused
        return results

    def check(self) -> Refused | None:
        try:
            self.api.call("GET", "/v1/users/me")
        except NotTakenError as error:
            return error.refused
        return None

    def _push(self, card: Card) -> str:
        """Return the ids of the person and the lead. Raises NotTakenError."""
        organization_id = self._organization(card.company) if card.company else None
        person = self._person(card)
        if person is None:
            given = {"name": card.called, "emails": _entries(card.email), "phones": _entries(card.phone)}
            person = _data(self.api.call("POST", PERSONS, body=_filled(given | {"org_id": organization_id})))
        elif missing := _missing(person, card, organization_id):
            self.api.call("PATCH", f"{PERSONS}/{person['id']}", body=missing)
        return f"{person['id']}:{self._lead(card, int(person['id']), organization_id)}"

    def _person(self, card: Card) -> Record | None:
        """Return the person as they are there: by our id of them, by email, else by phone."""
        person_id, _lead_id = _ids(card)
        if person_id and (known := self._get(f"{PERSONS}/{person_id}")):
            return known
        field, term = ("email", card.email) if card.email else ("phone", card.phone)
        found = self._search(PERSONS, field, term) if term else None
        return self._get(f"{PERSONS}/{found}") if found else None

    def _organization(self, name: str) -> int:
        if found := self._search(ORGANIZATIONS, "name", name):
            return found
        return int(_data(self.api.call("POST", ORGANIZATIONS, body={"name": name}))["id"])

    def _lead(self, card: Card, person_id: int, organization_id: int | None) -> str:
        """Return the id of the lead; one that a person has put into the archive is there all the same."""
        lead = self._known_lead(card, person_id)
        if lead is None:
            given = {
                "title": f"{card.called} · {card.quality} {card.score}"[:LONGEST_TITLE], "person_id": person_id,
                "organization_id": organization_id, "origin_id": card.key,
            }  # fmt: skip
            lead = _data(self.api.call("POST", LEADS, body=_filled(given)))
        elif _list(self.api.call("GET", NOTES, params={"lead_id": lead["id"], "limit": 1})):
            return str(lead["id"])
        self.api.call("POST", NOTES, body={"lead_id": lead["id"], "content": note_of(card)})
        return str(lead["id"])

    def _known_lead(self, card: Card, person_id: int) -> Record | None:
        _person_id, lead_id = _ids(card)
        if lead_id and (known := self._get(f"{LEADS}/{lead_id}")):
            return known
        leads = _list(self.api.call("GET", LEADS, params={"person_id": person_id, "limit": 100}))
        return next((lead for lead in leads if lead.get("origin_id") == card.key), None)

    def _look_up(self, card: Card) -> Found | None:
        if (person := self._person(card)) is None:
            return None
        lead = self._known_lead(card, int(person["id"]))
        if lead is None:  # Pipedrive deletes a lead that becomes a deal
            return Found(str(person["id"]), "sans lead")
        return Found(f"{person['id']}:{lead['id']}", "archivé" if lead.get("is_archived") else "ouvert")

    def _get(self, path: str) -> Record | None:
        """Return a record; None: it is not there (any more)."""
        try:
            record = _data(self.api.call("GET", path))
        except NotTakenError as error:
            if error.refused.http_status in (404, 410):
                return None
            raise
        return None if record.get("is_deleted") else record

    def _search(self, path: str, field: str, term: str) -> int | None:
        """Return the id of the oldest record whose field is exactly this."""
        params = {"term": term, "fields": field, "exact_match": "true", "limit": 10}
        content = self.api.call("GET", f"{path}/search", params=params)
        items = content.get("data", {}).get("items", []) if isinstance(content.get("data"), dict) else []
        ids = [item["item"]["id"] for item in items if isinstance(item, dict) and isinstance(item.get("item"), dict)]
        return min((id_ for id_ in ids if isinstance(id_, int)), default=None)


def refusal(reply: Reply) -> Refused:
    """Say what an error means. Bodies: https://pipedrive.readme.io/docs/core-api-concepts-error-responses."""
    given = reply.content.get("code") if isinstance(reply.content, dict) else ""
    code = given if isinstance(given, str) and CODE.fullmatch(given) else ""
    if reply.status == 429 and str(reply.headers.get(DAY_IS_SPENT)) == "0":
        return Refused(Trouble.AGAIN, "daily_budget", "budget du jour épuisé", 429, UNTIL_ASKED_AGAIN)
    reset = reply.headers.get("x-ratelimit-reset", "")
    usual = max(timedelta(seconds=int(reset)), BURST) if reset.isdecimal() and len(reset) < 5 else BURST
    return Refused(trouble_of(reply.status), code, "", reply.status, wait_of(reply, usual))


def note_of(card: Card) -> str:
    """Return what salespeople read about a lead, as HTML in which nothing is a tag that was not one here."""
    lines = [
        ("Qualité", f"{card.quality}, score {card.score}"), ("Pourquoi", card.reason), ("Fonction", card.job_title),
        ("Secteur", card.sector), ("Région", card.region), ("Besoins", " ; ".join(card.pain_points)),
        ("Intérêts", " ; ".join(card.interests)), ("À savoir", " ; ".join(card.insights)), ("Site", card.site),
    ]  # fmt: skip
    return "<br>".join(f"<b>{title}</b> : {html.escape(text)}" for title, text in lines if text)


def _missing(person: Record, card: Card, organization_id: int | None) -> Record:
    """Return what a person who is there lacks. A list that is written replaces the one that is there."""
    missing: Record = {} if person.get("org_id") or not organization_id else {"org_id": organization_id}
    if not person.get("name"):
        missing["name"] = card.called
    for field, value in (("emails", card.email), ("phones", card.phone)):
        there = [entry for entry in person.get(field) or [] if isinstance(entry, dict)]
        if value and not any(_same(str(entry.get("value")), value) for entry in there):
            missing[field] = [*there, *_entries(value, is_primary=not there)]
    return missing


def _same(there: str, value: str) -> bool:
    return there.strip().lower() == value or re.sub(r"[^\d+]", "", there) == value


def _entries(value: str, *, is_primary: bool = True) -> list[Record]:
    return [{"value": value, "primary": is_primary, "label": "work"}] if value else []


def _filled(given: Record) -> Record:
    return {name: value for name, value in given.items() if value}


def _ids(card: Card) -> tuple[str, str]:
    """Return the ids of the person and the lead that an earlier export noted."""
    found = ID.fullmatch(card.external_id)
    return (found[1], found[2] or "") if found else ("", "")


def _data(content: Record) -> Record:
    """Return the one record of an answer. Raises NotTakenError."""
    data = content.get("data")
    if not isinstance(data, dict) or not data.get("id"):
        raise NotTakenError(Refused(Trouble.AGAIN, "unreadable", "réponse sans enregistrement"))
    return data


def _list(content: Record) -> list[Record]:
    data = content.get("data")
    return [record for record in data if isinstance(record, dict)] if isinstance(data, list) else []
