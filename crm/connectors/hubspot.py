"""HubSpot: contacts, each once, and their companies. https://developers.hubspot.com/docs/api-reference/crm-contacts-v3

What is known is read first (by our id of it, by email, by phone): a contact that is there is only completed, so that
no export undoes what a salesperson typed; a new one is upserted by email, which a repeat or a race makes no second of.
`lifecyclestage` only goes forward (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import phonenumbers
from django.conf import settings

from crm.connectors.base import Card, Connector, Found, Refused, Sent, Trouble
from crm.connectors.calls import NotTakenError
from crm.connectors.hubspot_api import BATCH, HubSpotApi, Input
from crm.connectors.hubspot_companies import associate

CONTACTS = "/crm/v3/objects/contacts/batch"
FACTS = ("email", "firstname", "lastname", "phone", "company", "jobtitle")
READ = (*FACTS, "hs_additional_emails", "mobilephone", "hs_lead_status", "lifecyclestage")
BEFORE_LEAD = ("", "subscriber")
PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,99}")
# What the options may write into properties of the organization's own.
EXTRAS = {
    "score": lambda c: str(c.score), "quality": lambda c: c.quality, "reason": lambda c: c.reason,
    "sector": lambda c: c.sector, "region": lambda c: c.region, "company_size": lambda c: c.company_size,
    "pain_points": lambda c: "\n".join(c.pain_points), "interests": lambda c: "\n".join(c.interests),
    "insights": lambda c: "\n".join(c.insights), "site": lambda c: c.site,
}  # fmt: skip


class HubSpot(Connector):
    """One account, through the token of a private app."""

    name: ClassVar[str] = "hubspot"
    label: ClassVar[str] = "HubSpot"
    hint: ClassVar[str] = (
        "Jeton d'une application privée, avec les droits crm.objects.contacts et crm.objects.companies, read et write."
    )
    needs_secret: ClassVar[bool] = True
    secret_label: ClassVar[str] = "Jeton de l'application privée"  # noqa: S105 - what the form calls it
    batch: ClassVar[int] = BATCH

    def __init__(self, access: Any) -> None:
        super().__init__(access)
        self.extras: Mapping[str, str] = access.options.get("properties", {})
        self.lead_status = str(access.options.get("lead_status", "NEW"))
        self.api = HubSpotApi(settings.HUBSPOT_API_URL, access.secret, {*READ, *self.extras.values()})

    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        try:
            known = self._known(cards)
        except NotTakenError as error:
            return {card.export_id: error.refused for card in cards}
        leading = {_identity(card, known): card for card in cards}  # the same person twice in a batch is refused
        results = self._write(list(leading.values()), known)
        by_id = {r.external_id: card for card in leading.values() if isinstance(r := results[card.export_id], Sent)}
        if self.access.options.get("companies", True) and (refused := associate(self.api, by_id)):
            results |= {card.export_id: refused for card in by_id.values() if card.company}
        return {card.export_id: results[leading[_identity(card, known)].export_id] for card in cards}

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        try:
            known = self._known(cards)
        except NotTakenError as error:
            return {card.export_id: error.refused for card in cards}
        return {card.export_id: _found(known.get(card.export_id)) for card in cards}

    def check(self) -> Refused | None:
        try:
            self.api.call("GET", "/crm/v3/objects/contacts", params={"limit": 1})
        except NotTakenError as error:
            return error.refused
        return None

    @classmethod
    def wrong_options(cls, options: Mapping[str, Any]) -> str:
        if unknown := sorted(set(options) - {"properties", "lead_status", "companies"}):
            return f"Réglage inconnu : {unknown[0]}. Possibles : properties, lead_status, companies."
        extras = options.get("properties", {})
        if not isinstance(extras, dict) or set(extras) - set(EXTRAS):
            return f"« properties » associe à un nom de propriété HubSpot : {', '.join(EXTRAS)}."
        if not all(isinstance(name, str) and PROPERTY.fullmatch(name) and name not in READ for name in extras.values()):
            return "« properties » : un nom interne de propriété est fait de minuscules, de chiffres et de « _ »."
        if not isinstance(options.get("lead_status", ""), str) or not isinstance(options.get("companies", True), bool):
            return "« lead_status » est un texte ; « companies » est true ou false."
        return ""

    def _known(self, cards: Sequence[Card]) -> dict[int, Input]:
        """Return the contacts that are there, by export id. Raises NotTakenError."""
        named = [card.external_id for card in cards if card.external_id.isdecimal()]
        by_id = {r["id"]: r for r in (self.api.read("contacts", named, READ) if named else [])}
        known = {card.export_id: by_id[card.external_id] for card in cards if card.external_id in by_id}
        rest = [card for card in cards if card.export_id not in known]
        emails = [card.email for card in rest if card.email]
        by_email = _by_email(self.api.read("contacts", emails, READ, "email") if emails else [])
        known |= {card.export_id: by_email[card.email] for card in rest if card.email in by_email}
        return known | self._by_phone([card for card in rest if not card.email and card.phone])

    def _by_phone(self, cards: Sequence[Card]) -> dict[int, Input]:
        """Look for those without an email. HubSpot compares numbers without the code of the country
        (https://developers.hubspot.com/docs/api-reference/search/guide).
        """
        national = {card.export_id: _national(card.phone) for card in cards}
        phones, digits = [card.phone for card in cards], sorted(set(national.values()))
        groups = [{"phone": phones}, {"mobilephone": phones}, {"hs_searchable_calculated_phone_number": digits}]
        found = self.api.search("contacts", groups, READ) if cards else []
        known: dict[int, Input] = {}
        for export_id, number in national.items():
            if contact := next((c for c in found if _has(c, number)), None):
                known[export_id] = contact
        return known

    def _write(self, cards: Sequence[Card], known: Mapping[int, Input]) -> dict[int, Sent | Refused]:
        results: dict[int, Sent | Refused] = {}
        calls: dict[str, dict[str, Input]] = {"update": {}, "upsert": {}, "create": {}}
        for card in cards:
            contact = known.get(card.export_id)
            given = self._properties(card, contact["properties"] if contact else {})
            if contact and not given:
                results[card.export_id] = Sent(contact["id"])
            elif contact:
                calls["update"][str(card.export_id)] = {"id": contact["id"], "properties": given}
            elif card.email:
                calls["upsert"][str(card.export_id)] = {"id": card.email, "idProperty": "email", "properties": given}
            else:
                calls["create"][str(card.export_id)] = {"properties": given}
        for name, inputs in calls.items():
            results |= {int(trace): r for trace, r in self.api.write(f"{CONTACTS}/{name}", inputs).items()}
        gone = Refused(Trouble.AGAIN, "gone", "supprimé à l'instant", 404)
        return {id_: gone if isinstance(r, Refused) and r.http_status == 404 else r for id_, r in results.items()}

    def _properties(self, card: Card, there: Mapping[str, Any]) -> dict[str, str]:
        """Return what is to be written: what is missing there, and what is ours alone."""
        facts = (card.email, card.first_name, card.last_name, card.phone, card.company, card.job_title)
        wanted = {**dict(zip(FACTS, facts, strict=True)), "hs_lead_status": self.lead_status}
        given = {name: value for name, value in wanted.items() if value and not there.get(name)}
        if str(there.get("lifecyclestage") or "") in BEFORE_LEAD:
            given["lifecyclestage"] = "lead"
        return given | {self.extras[name]: EXTRAS[name](card) for name in self.extras}


def _identity(card: Card, known: Mapping[int, Input]) -> str:
    contact = known.get(card.export_id)
    return contact["id"] if contact else card.email or card.phone or card.key


def _by_email(contacts: Sequence[Input]) -> dict[str, Input]:
    found: dict[str, Input] = {}
    for contact in contacts:
        more = str(contact["properties"].get("hs_additional_emails") or "").split(";")
        for email in (contact["properties"].get("email") or "", *more):
            found.setdefault(str(email).strip().lower(), contact)
    return found


def _national(phone: str) -> str:
    """Return a number of E.164 form without the code of its country."""
    try:
        return str(phonenumbers.parse(phone).national_number)
    except phonenumbers.NumberParseException:
        return phone


def _has(contact: Input, number: str) -> bool:
    given = (contact["properties"].get(name) or "" for name in ("phone", "mobilephone"))
    return any(re.sub(r"\D", "", str(text)).endswith(number) for text in given)


def _found(contact: Input | None) -> Found | None:
    if contact is None:
        return None
    stage = contact["properties"].get("hs_lead_status") or contact["properties"].get("lifecyclestage") or ""
    return Found(contact["id"], str(stage)[:40])
