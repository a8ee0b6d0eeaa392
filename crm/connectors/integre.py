"""The built-in CRM: an exported lead becomes qualified in our own pipeline, with a task for the sales team."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import SYSTEM
from crm.connectors.base import Card, Connector, Found, Refused, Sent, Trouble
from crm.models.lead import Lead, Quality, Stage
from crm.models.task import Task
from crm.move_stage import locked, move_stage

STEP = "export_crm"  # marks the one task of a lead's export
# How soon somebody should call.
DUE = {Quality.HOT: timedelta(hours=4), Quality.WARM: timedelta(days=1)}
LATEST = timedelta(days=3)
LONGEST_TITLE = 300


class BuiltIn(Connector):
    """Writes our own rows."""

    name: ClassVar[str] = "integre"
    label: ClassVar[str] = "CRM intégré"
    hint: ClassVar[str] = "Rien à régler : le lead passe à l'étape « qualifié » et une tâche est créée."
    batch: ClassVar[int] = 200

    @transaction.atomic
    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        now = self.access.now
        known = {lead.pk: lead for lead in locked(list(self._leads(cards).values_list("pk", flat=True)), now)}
        here = [card for card in cards if card.lead_id in known]
        new = [pk for pk, lead in known.items() if lead.stage == Stage.LEAD]
        move_stage(new, Stage.QUALIFIED, SYSTEM, "exporté", None, now)
        told = set(
            Task.objects.filter(contact_id__in=[c.contact_id for c in here], step=STEP).values_list("contact_id")
        )
        Task.objects.bulk_create(
            [_task(card, known[card.lead_id], now) for card in here if (card.contact_id,) not in told]
        )
        gone = Refused(Trouble.LEAD, "gone", "ce lead n'existe plus")
        return {card.export_id: Sent(str(card.lead_id)) if card in here else gone for card in cards}

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        stages = dict(self._leads(cards).values_list("pk", "stage"))
        return {
            card.export_id: Found(str(card.lead_id), stages[card.lead_id]) if card.lead_id in stages else None
            for card in cards
        }

    def check(self) -> Refused | None:
        return None

    def _leads(self, cards: Sequence[Card]) -> QuerySet[Lead]:
        ids = [card.lead_id for card in cards]
        return Lead.objects.filter(organization_id=self.access.organization_id, pk__in=ids)


def _task(card: Card, lead: Lead, now: datetime) -> Task:
    title = f"Contacter {card.called} ({card.quality}, score {card.score})"
    if card.reason:
        title += f" : {card.reason}"
    due = card.decided_at + DUE.get(Quality(card.quality), LATEST)
    return Task(
        organization_id=lead.organization_id, site_id=lead.site_id, contact_id=lead.contact_id, step=STEP,
        title=title[:LONGEST_TITLE], due_at=due, created_at=now,
    )  # fmt: skip
