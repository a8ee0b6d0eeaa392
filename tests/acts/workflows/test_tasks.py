"""A drainer does both kinds of work in turn: neither waits for the other to come to an end."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Event
from tests.make import make_contact, make_event, make_execution
from workflows.models import StepRun
from workflows.tasks import drain

pytestmark = pytest.mark.django_db(transaction=True)


def test_events_without_end_do_not_hold_up_what_is_due(settings: Any) -> None:
    settings.ENGINE_BATCH = 1
    execution = make_execution(due_at=timezone.now(), entered_at=timezone.now() - timedelta(hours=1))
    for _ in range(4):
        make_event(contact=make_contact(site=execution.site), name="visite")

    drain()

    routed = list(Event.objects.filter(name="visite").order_by("routed_at").values_list("routed_at", flat=True))
    passed = StepRun.objects.filter(execution_id=execution.pk).order_by("id").values_list("at", flat=True)[0]
    assert routed[0] < passed < routed[1]
