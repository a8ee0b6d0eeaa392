"""The companies of HubSpot contacts: found by domain or by name, made where there is none, associated.

HubSpot does not tell companies that come over its API apart by domain, nor lets one upsert by it
(https://knowledge.hubspot.com/records/deduplication-of-records): they are looked for first.
"""

from collections.abc import Mapping, Sequence

from crm.connectors.base import Card, Refused, Sent, Trouble
from crm.connectors.calls import NotTakenError
from crm.connectors.hubspot_api import BATCH, HubSpotApi, Input

# Whose domain says nothing about a company.
MAIL_HOSTS = frozenset({
    "aol.com", "bbox.fr", "free.fr", "gmail.com", "gmx.com", "gmx.fr", "googlemail.com", "hotmail.com", "hotmail.fr",
    "icloud.com", "laposte.net", "live.com", "live.fr", "mac.com", "mail.com", "me.com", "msn.com", "neuf.fr",
    "numericable.fr", "orange.fr", "outlook.com", "outlook.fr", "pm.me", "proton.me", "protonmail.com", "sfr.fr",
    "wanadoo.fr", "yahoo.com", "yahoo.fr", "ymail.com",
})  # fmt: skip


def domain_of(card: Card) -> str:
    """Return the domain of the lead's company, as far as the email tells it."""
    domain = card.email.rpartition("@")[2].lower()
    return "" if domain in MAIL_HOSTS else domain


def associate(api: HubSpotApi, cards: Mapping[str, Card]) -> Refused | None:
    """Associate contacts, by their ids, with the companies of their leads; return why not, if that may be repeated.

    A company that HubSpot does not take is left out: its name stands on the contact.
    """
    named = {id_: card for id_, card in cards.items() if card.company}
    try:
        for part in [list(named)[at : at + BATCH] for at in range(0, len(named), BATCH)]:
            _associate(api, {id_: named[id_] for id_ in part})
    except NotTakenError as error:
        return None if error.refused.trouble is Trouble.LEAD else error.refused
    return None


def _associate(api: HubSpotApi, cards: Mapping[str, Card]) -> None:
    keys = {id_: _key(card) for id_, card in cards.items()}
    known = _known(api, list(cards.values()))
    missing = {key: cards[id_] for id_, key in keys.items() if key not in known}
    inputs = {key: _input(card) for key, card in missing.items()}
    for key, result in api.write("/crm/v3/objects/companies/batch/create", inputs).items():
        if isinstance(result, Sent):
            known[key] = result.external_id
        elif result.trouble is not Trouble.LEAD:
            raise NotTakenError(result)
    pairs = [{"from": {"id": id_}, "to": {"id": known[key]}} for id_, key in keys.items() if key in known]
    if pairs:
        api.call("POST", "/crm/v4/associations/contacts/companies/batch/associate/default", body={"inputs": pairs})


def _known(api: HubSpotApi, cards: Sequence[Card]) -> dict[str, str]:
    """Return the ids of the companies that are there, by the keys of cards. The oldest one counts."""
    domains = sorted({domain_of(card) for card in cards} - {""})
    names = sorted({card.company for card in cards})
    known: dict[str, str] = {}
    for company in api.search("companies", [{"domain": domains}, {"name": names}], ["domain", "name"]):
        for name in ("domain", "name"):
            if value := str(company["properties"].get(name) or "").strip().lower():
                known.setdefault(f"{name}:{value}", company["id"])
    by_name = {_key(card): known.get(f"name:{card.company.lower()}") for card in cards}
    return known | {key: id_ for key, id_ in by_name.items() if id_ and key not in known}


def _key(card: Card) -> str:
    return f"domain:{domain}" if (domain := domain_of(card)) else f"name:{card.company.lower()}"


def _input(card: Card) -> Input:
    domain = {"domain": domain_of(card)} if domain_of(card) else {}
    return {"properties": {"name": card.company, **domain}}
