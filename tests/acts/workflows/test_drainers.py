"""The drainers do all of it: a schedule fires, its audience enters, the workflow begins; a segment is filled."""

from datetime import timedelta

from django.utils import timezone

from crm.models import Segment, SegmentMember
from tests.make import make_contact, make_workflow
from workflows.models import Enrolment, Execution, Trigger
from workflows.tasks import drain, refresh_segments


def test_a_schedule_that_is_due_begins_in_one_tick(db: None) -> None:
    trigger = {"schedule": "* * * * *", "audience": "'client' in contact.etiquettes"}
    workflow = make_workflow({"trigger": trigger, "steps": [{"id": "pause", "wait": "15m"}]})
    client, _other = make_contact(site=workflow.site, tags=["client"]), make_contact(site=workflow.site)
    Trigger.objects.update(next_at=timezone.now() - timedelta(minutes=3))
    drain()
    execution = Execution.objects.get()
    assert (execution.contact, execution.workflow, execution.at) == (client, workflow, "pause")
    assert Enrolment.objects.count() == 1
    assert Trigger.objects.get().next_at > timezone.now() - timedelta(seconds=5)


def test_segments_are_filled_in_one_go(db: None) -> None:
    contact = make_contact(tags=["vip"])
    for n in range(3):
        Segment.objects.create(
            site=contact.site, organization=contact.organization, slug=f"s{n}", name="VIP",
            condition="'vip' in contact.etiquettes",
        )  # fmt: skip
    refresh_segments()
    assert SegmentMember.objects.count() == 3
    assert not Segment.objects.filter(refreshed_at=None).exists()
