"""Leads as connectors get them, and the CRMs that they go to, each a fake with a look inside."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from crm.connectors import Access, Card, Connector, connectors
from crm.models import Lead, Task
from tests.conftest import PATIENCE
from tests.fakes.hook import FakeHook
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.pipedrive import FakePipedrive
from tests.fakes.server import Answer, Call, Fake
from tests.make import NOW, make_contact, make_site

SECRET = "whsec_" + "c2VjcmV0IHRoYXQgbm9ib2R5IGhhcyBzZWVu"

CARD = Card(
    key="lead/7", export_id=1, lead_id=7, contact_id=70, name="Zoé Martin", first_name="Zoé", last_name="Martin",
    email="zoe@boulangerie-martin.fr", phone="+33612345678", company="Boulangerie Martin", company_size="micro",
    job_title="Gérante", sector="boulangerie", region="Île-de-France", quality="CHAUD", score=82, stage="lead",
    pain_points=["no-shows"], interests=["site web"], insights=["rappeler le matin"], decision_maker=True,
    reason="demande un devis", site="salon", decided_at=NOW,
)  # fmt: skip


def card(number: int = 1, **changes: Any) -> Card:
    """Return a lead; each number is another person."""
    if number != 1:
        changes = {
            "key": f"lead/{number + 6}", "export_id": number, "lead_id": number + 6, "contact_id": number + 69,
            "email": f"personne{number}@exemple-{number}.fr", "phone": f"+3361234{number:04d}",
            "company": f"Entreprise {number}", "name": f"Personne {number}", "first_name": "Personne",
            "last_name": str(number),
        } | changes  # fmt: skip
    return replace(CARD, **changes)


class Place(ABC):
    """A CRM that leads go to. `write`: how one knows a call that writes a person."""

    secret = ""
    address = ""
    can_fail = True  # it is reached over a network

    def __init__(self, fake: Any = None) -> None:
        self.fake: Any = fake

    def connector(self, **changes: Any) -> Connector:
        """Return what talks with it."""
        access = Access(1, 3, NOW, secret=self.secret, address=self.address)
        return connectors()[self.name](replace(access, **changes))

    name = ""

    @abstractmethod
    def people(self) -> list[Any]:
        """Return who is there."""

    def card(self, number: int = 1, **changes: Any) -> Card:
        """Return a lead that can go there."""
        return card(number, **changes)

    def is_write(self, call: Call) -> bool:
        """Tell whether a call writes a person."""
        return call.method == "POST"

    def befalls(self, fault: str, times: int = 1) -> None:
        """Let a fault befall the next calls that write a person."""
        left = [fault] * times
        self.fake.weather = lambda call: left.pop() if left and self.is_write(call) else ""

    def poison(self, one: Card) -> Card:
        """Return this lead as the CRM never takes it."""
        return one

    def forget(self) -> None:
        """Lose everything, as if people had deleted it."""
        raise NotImplementedError

    def answers_rubbish(self) -> None:
        """Let it answer what nobody understands."""
        self.fake.answer = lambda call: Answer(200, "<html>", {"Content-Type": "text/html"})


class HubSpotPlace(Place):
    name, secret = "hubspot", FakeHubSpot.token

    def people(self) -> list[Any]:
        return self.fake.has("contacts")

    def is_write(self, call: Call) -> bool:
        return call.path in {f"/crm/v3/objects/contacts/batch/{act}" for act in ("upsert", "create", "update")}

    def poison(self, one: Card) -> Card:
        return replace(one, email="pas une adresse@", company="")

    def forget(self) -> None:
        self.fake.store = {kind: {} for kind in self.fake.store}


class PipedrivePlace(Place):
    name, secret = "pipedrive", FakePipedrive.token

    def people(self) -> list[Any]:
        return self.fake.has("persons")

    def is_write(self, call: Call) -> bool:
        return call.method in ("POST", "PATCH") and call.path.startswith("/api/v2/persons")

    def poison(self, one: Card) -> Card:
        return replace(one, email="pas une adresse@")

    def forget(self) -> None:
        self.fake.store = {kind: {} for kind in self.fake.store}


class WebhookPlace(Place):
    name, secret = "webhook", SECRET

    def __init__(self, fake: FakeHook) -> None:
        super().__init__(fake)
        self.address = fake.url + "/leads"

    def people(self) -> list[Any]:
        return self.fake.accepted()

    def poison(self, one: Card) -> Card:
        self.befalls("refuse:422:nope")
        return one


class BuiltInPlace(Place):
    name, can_fail = "integre", False

    def people(self) -> list[Any]:
        return list(Task.objects.all())

    def card(self, number: int = 1, **changes: Any) -> Card:
        self.site = getattr(self, "site", None) or make_site()
        contact = make_contact(site=self.site, email=f"p{number}@exemple.fr", phone=None)
        lead = Lead.objects.create(organization=contact.organization, site=contact.site, contact=contact)
        self.organization_id = lead.organization_id
        return card(number, lead_id=lead.pk, contact_id=contact.pk, **changes)

    def connector(self, **changes: Any) -> Connector:
        return super().connector(**{"organization_id": self.organization_id} | changes)

    def forget(self) -> None:
        Lead.objects.all().delete()


class FilePlace(Place):
    name, can_fail = "fichier", False

    def people(self) -> list[Any]:
        return []


PLACES: Mapping[str, type[Place]] = {
    p.name: p for p in (HubSpotPlace, PipedrivePlace, WebhookPlace, BuiltInPlace, FilePlace)
}


@contextmanager
def place(name: str, settings: Any) -> Iterator[Place]:
    """Run the fake of a CRM, with the settings pointing at it."""
    settings.DELIVERY_TIMEOUT_SECONDS, settings.CALLS_TRUSTED_HOSTS = PATIENCE, frozenset({"127.0.0.1"})
    fakes: dict[str, Any] = {"hubspot": FakeHubSpot, "pipedrive": FakePipedrive, "webhook": FakeHook}
    if name not in fakes:
        yield PLACES[name]()
        return
    with fakes[name]() as fake:
        assert isinstance(fake, Fake)
        if name == "webhook":
            fake.secret = SECRET
        else:
            setattr(settings, f"{name.upper()}_API_URL", fake.url)
        yield PLACES[name](fake)
