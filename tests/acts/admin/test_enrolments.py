"""The pages of enrolments: counted before, begun once, held and stopped."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from crm.models import Segment, SegmentMember
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_site, make_workflow
from workflows.models import Enrolment

pytestmark = pytest.mark.django_db
BEGIN = "admin:workflows_enrolment_begin"


@pytest.fixture
def world():
    workflow = make_workflow({"trigger": {"api": True}, "steps": [{"id": "pause", "wait": "15m"}]})
    site = workflow.site
    segment = Segment.objects.create(
        site=site, organization=site.organization, slug="vip", name="VIP", condition="true"
    )
    for _n in range(3):
        SegmentMember.objects.create(segment=segment, contact=make_contact(site=site), entered_at=NOW)
    return workflow, segment


def form(workflow, segment, **changes):
    return {"workflow": workflow.pk, "segment": segment.pk, "condition": "", "per_minute": 60} | changes


def test_it_is_counted_first_and_begun_once(boss, world):
    page = boss.post(reverse(BEGIN), form(*world))
    assert "3 contacts" in page.content.decode()
    assert not Enrolment.objects.exists()
    for _n in range(2):
        answer = boss.post(reverse(BEGIN), form(*world, key=page.context["key"]))
    made = Enrolment.objects.get()
    assert answer.url == reverse("admin:workflows_enrolment_change", args=[made.pk])
    assert (made.segment, made.per_minute, made.condition) == (world[1], 60, "")
    assert boss.get(answer.url).status_code == 200
    assert AuditEntry.objects.get().actor == made.created_by


def test_mistakes_stand_beside_their_field(boss, world):
    workflow, segment = world
    other = make_site()
    alien = Segment.objects.create(
        site=other, organization=other.organization, slug="x", name="X", condition="true"
    )  # fmt: skip
    for changes, field in (
        ({"condition": "contact."}, "condition"), ({"segment": alien.pk}, "segment"),
        ({"per_minute": 0}, "per_minute"), ({"segment": ""}, "__all__"), ({"workflow": ""}, "workflow"),
    ):  # fmt: skip
        page = boss.post(reverse(BEGIN), form(workflow, segment) | changes | {"key": "k"})
        assert list(page.context["form"].errors) == [field]
    assert not Enrolment.objects.exists()


def test_the_acts_hold_and_stop(boss, world):
    boss.post(reverse(BEGIN), form(*world, key="k"))
    made = Enrolment.objects.get()
    states = []
    for name in ("pause", "reprise", "arret", "reprise"):
        boss.post(reverse("admin:workflows_enrolment_act", args=[name]), {"ids": made.pk})
        states.append(Enrolment.objects.get().status)
    assert states == ["en_pause", "en_cours", "arretee", "arretee"]


def test_a_member_enrols_on_their_own_sites_only(world):
    workflow, segment = world
    stranger = signed_in(make_site().organization, Role.OWNER)
    page = stranger.post(reverse(BEGIN), form(workflow, segment, key="k"))
    assert set(page.context["form"].errors) == {"workflow", "segment"}
    reader = signed_in(workflow.organization, Role.READER)
    assert reader.get(reverse(BEGIN)).status_code == 403
    member = signed_in(workflow.organization, Role.OPERATOR)
    assert member.post(reverse(BEGIN), form(workflow, segment, key="k")).status_code == 302
    assert stranger.get(reverse("admin:workflows_enrolment_changelist")).context["cl"].result_count == 0
