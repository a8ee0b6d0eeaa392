"""A site that lives: it reports events, time passes, and the drainers run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Site
from communications.deliver import deliver_batch
from communications.models import Message
from crm.models import Contact, Event
from tests.make import NOW, make_contact, make_event, make_site
from workflows.deploy import deploy
from workflows.execute import execute_batch
from workflows.models import Execution
from workflows.route import route_batch


@dataclass
class Town:
    """One site, one contact, and a clock that is moved by hand."""

    site: Site
    contact: Contact
    now: datetime = NOW

    def report(self, name: str, **data: Any) -> Event:
        event = make_event(contact=self.contact, name=name, data=data, occurred_at=self.now, received_at=self.now)
        self.drain()
        return event

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)
        self.drain()

    def drain(self) -> None:
        while route_batch(now=self.now, limit=100).events:
            pass
        while execute_batch(now=self.now, limit=100).executions:
            pass
        while deliver_batch(now=self.now, limit=100):
            pass

    def deploy(self, sector: str) -> None:
        deploy(self.site, sector, now=self.now)

    @property
    def sent(self) -> list[tuple[str, str]]:
        rows = Message.objects.filter(site=self.site).order_by("id").values_list("template", "channel", "status")
        return [(template.split("/")[1], channel) for template, channel, status in rows if status == "sent"]

    def execution(self, slug: str) -> Execution:
        return Execution.objects.get(site=self.site, workflow__slug=slug)


@pytest.fixture
def town(db: None) -> Town:
    site = make_site(details={"lien_avis": "https://avis.exemple.fr", "lien_rdv": "https://rdv.exemple.fr"})
    return Town(site, make_contact(site=site))
