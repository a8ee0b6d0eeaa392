"""The village: a few hundred people, the workflows that look after them, and what happens to them.

Waits are of seconds, so that whole lives pass in a minute. Each event bears a `ref` of its own, which every
message repeats: what a provider was handed can be told apart to the last one. Pure, but for `install`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

PEOPLE = 300
CAP = 20  # of the contest, in a day
SECTOR = "chaos"
TEMPLATES = {
    "un": "sms", "relance": "sms", "voie_a": "sms", "secours": "sms", "deux": "email", "fini": "email",
    "devis": "email", "devis_suite": "sms", "bienvenue": "email", "bonjour": "sms", "commande": "sms",
    "livree": "email", "retard": "sms", "concours": "sms",
}  # fmt: skip


def definitions(hook: str) -> dict[str, Any]:
    """Return the workflows by slug; `hook` is the address that they call."""
    return {
        "appel": {
            "trigger": {"event": "appel"},
            "entry": {"key": "ref"},
            "goal": {"event": "avis", "where": "double(event.note) >= 4.0", "within": "20s"},
            "exits": ["annule"],
            "steps": [
                {"id": "un", "send": "sms", "template": "un"},
                {"id": "pause", "wait": "2s"},
                {
                    "id": "reponse",
                    "wait_for": {"event": "reponse", "where": "event.choix == 'oui'", "timeout": "6s"},
                    "then": [{"id": "deux", "send": "email", "template": "deux"}],
                    "else": [{"id": "relance", "send": "sms", "template": "relance"}],
                },
                {
                    "id": "tri",
                    "split": [
                        {"name": "a", "weight": 2, "steps": [{"id": "voie_a", "send": "sms", "template": "voie_a"}]},
                        {"name": "b", "weight": 1, "steps": [{
                            "id": "crm", "call": {"url": hook + "/appel", "data": {"de": "appel"}, "timeout": "10m"},
                            "on_failure": [{"id": "secours", "send": "sms", "template": "secours"}],
                        }]},
                    ],
                },
                {"id": "fini", "send": "email", "template": "fini"},
            ],
        },
        "devis": {
            "trigger": {"event": "devis"},
            "entry": {"reentry": "5s"},
            "exits": ["annule"],
            "steps": [
                {"id": "devis", "send": "email", "template": "devis", "on_failure": [{"id": "perdu", "stop": "perdu"}]},
                {"id": "pause", "wait": "3s"},
                {
                    "id": "erp", "call": {"url": hook + "/devis", "timeout": "10m"},
                    "then": [{"id": "devis_suite", "send": "sms", "template": "devis_suite"}],
                    "on_failure": [{"id": "sans_erp", "stop": "l'ERP ne répond pas"}],
                },
            ],
        },
        "inscription": {
            "trigger": {"event": "inscription"},
            "entry": {"reentry": "never"},
            "steps": [
                {"id": "bienvenue", "send": "email", "template": "bienvenue"},
                {"id": "pause", "wait": "1s"},
                {"id": "joignable", "if": "contact.telephone != ''", "then": [
                    {"id": "bonjour", "send": "sms", "template": "bonjour"},
                ]},
            ],
        },
        "commande": {
            "trigger": {"event": "commande"},
            "entry": {"key": "numero", "reentry": "never"},
            "steps": [
                {"id": "commande", "send": "sms", "template": "commande"},
                {
                    "id": "livraison", "wait_for": {"event": "livraison", "timeout": "8s"},
                    "then": [{"id": "livree", "send": "email", "template": "livree"}],
                    "else": [{"id": "retard", "send": "sms", "template": "retard"}],
                },
            ],
        },
        "concours": {
            "trigger": {"event": "concours"},
            "entry": {"key": "ref", "per_day": CAP},
            "steps": [{"id": "concours", "send": "sms", "template": "concours"}],
        },
    }  # fmt: skip


def text_of(name: str, channel: str) -> str:
    """Return the text of a message: which it is, and about which event."""
    text = name + " {{ event.ref }}"
    return text if channel == "sms" else f"<mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section>"


def install(site: Any, hook: str) -> None:
    """Publish the workflows and their messages on a site (accounts.models.Site)."""
    from communications.models import Template
    from workflows.deploy import publish
    from workflows.models import Workflow

    for name, channel in TEMPLATES.items():
        Template.objects.create(
            organization=site.organization, name=f"{SECTOR}/{name}", channel=channel,
            subject=f"{name} {{{{ event.ref }}}}" if channel == "email" else "", body=text_of(name, channel),
        )  # fmt: skip
    for slug, document in definitions(hook).items():
        workflow = Workflow.objects.create(
            site=site, organization=site.organization, slug=f"chaos-{slug}", name=slug, sector=SECTOR
        )
        publish(workflow, document)


@dataclass(frozen=True, slots=True)
class Ask:
    """One event that the site reports, `at` seconds after the start. `key` is its idempotency key."""

    at: float
    key: str
    name: str
    person: int
    data: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Return it as the API takes it."""
        return {"evenement": self.name, "contactData": contact(self.person), "donnees": self.data}


def contact(person: int) -> dict[str, str]:
    """Return who somebody is."""
    return {"nom": "Camille Martin", "email": email(person), "telephone": phone(person)}


def email(person: int) -> str:
    """Return somebody's address."""
    return f"personne{person}@exemple.fr"


def phone(person: int) -> str:
    """Return somebody's number, E.164."""
    return f"+336{person:08}"


# What happens, how often, and what may follow: after how many seconds, how likely, and with what data.
FIRST = {"visite": 45, "appel": 22, "devis": 8, "inscription": 9, "commande": 11, "concours": 5}
THEN: dict[str, list[tuple[str, float, tuple[float, float], dict[str, Any]]]] = {
    "appel": [
        ("reponse", 0.5, (0.0, 9.0), {"choix": "oui"}),
        ("reponse", 0.2, (0.0, 9.0), {"choix": "non"}),
        ("annule", 0.1, (0.0, 9.0), {}),
        ("avis", 0.2, (3.0, 22.0), {"note": 5}),
        ("avis", 0.2, (3.0, 22.0), {"note": 2}),
        ("desinscription", 0.01, (0.0, 9.0), {}),
    ],
    "devis": [("annule", 0.1, (0.0, 5.0), {})],
    "commande": [
        ("livraison", 0.6, (0.0, 9.0), {}),
        ("commande", 0.4, (0.0, 2.0), {}),  # the same order once more: it starts nothing
    ],
}
PER_FIRST = 1 + sum(
    weight / sum(FIRST.values()) * sum(share for _n, share, _s, _d in THEN.get(name, ()))
    for name, weight in FIRST.items()
)


def life(seed: int, seconds: float, rate: float) -> Iterator[Ask]:
    """Yield the events of so many seconds, about `rate` a second, in their order."""
    chance = random.Random(f"life/{seed}")
    coming: list[tuple[float, int, Ask]] = []
    number, at = 0, 0.0
    while at < seconds or coming:
        if at < seconds and (not coming or at <= coming[0][0]):
            number += 1
            (name,) = chance.choices(list(FIRST), FIRST.values())
            ref, person = f"r{seed}x{number}", chance.randrange(PEOPLE)
            data = {"ref": ref} | ({"numero": ref} if name == "commande" else {})
            yield Ask(at, ref, name, person, data)
            for n, (then, share, span, more) in enumerate(THEN.get(name, ())):
                if chance.random() < share:
                    after = at + chance.uniform(*span)
                    heappush(coming, (after, number * 10 + n, Ask(after, f"{ref}.{n}", then, person, data | more)))
            at += chance.expovariate(rate / PER_FIRST)
        else:
            yield heappop(coming)[2]
