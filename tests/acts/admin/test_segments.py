"""The pages of segments."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from crm.models import Segment, SegmentMember
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_site

pytestmark = pytest.mark.django_db
ADD = "admin:crm_segment_add"


def form(site, **changes):
    return {"site": site.pk, "slug": "vip", "name": "VIP", "condition": "'vip' in contact.etiquettes"} | changes


def test_a_segment_is_made_shown_changed_and_deleted(boss):
    site = make_site()
    assert boss.post(reverse(ADD), form(site)).status_code == 302
    segment = Segment.objects.get()
    assert (segment.organization, segment.refreshed_at) == (site.organization, None)
    SegmentMember.objects.create(segment=segment, contact=make_contact(site=site), entered_at=NOW)
    Segment.objects.update(refreshed_at=NOW)
    page = reverse("admin:crm_segment_change", args=[segment.pk])
    assert "Inscrire ce segment" in boss.get(page).content.decode()
    boss.post(page, {"name": "Très bons clients", "condition": "contact.nom == 'Zoé'"})
    segment.refresh_from_db()
    assert (segment.name, segment.slug, segment.refreshed_at) == ("Très bons clients", "vip", None)
    boss.post(reverse("admin:crm_segment_act", args=["actualiser"]), {"ids": segment.pk})
    boss.post(reverse("admin:crm_segment_delete", args=[segment.pk]), {"post": "yes"})
    assert not Segment.objects.exists()
    actions = ["segment.creer", "segment.modifier", "segment.actualiser", "segment.supprimer"]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == actions


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"condition": "contact."}, "condition"), ({"condition": "event.x == 1"}, "condition"),
        ({"condition": " "}, "condition"), ({"slug": "VIP"}, "slug"), ({"slug": "_vip"}, "slug"),
        ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_a_mistake_stands_beside_its_field(boss, changes, field):
    page = boss.post(reverse(ADD), form(make_site(), **changes))
    assert list(page.context["adminform"].form.errors) == [field]
    assert not Segment.objects.exists()


def test_the_same_slug_twice_on_a_site_is_refused(boss):
    site = make_site()
    boss.post(reverse(ADD), form(site))
    assert boss.post(reverse(ADD), form(site)).status_code == 200
    assert boss.post(reverse(ADD), form(make_site())).status_code == 302
    assert Segment.objects.count() == 2


def test_members_make_segments_on_their_own_sites_only(boss):
    ours, theirs = make_site(), make_site()
    boss.post(reverse(ADD), form(theirs))
    member = signed_in(ours.organization, Role.OPERATOR)
    assert member.post(reverse(ADD), form(theirs, slug="x")).status_code == 200
    assert member.get(reverse("admin:crm_segment_changelist")).context["cl"].result_count == 0
    assert member.post(reverse(ADD), form(ours)).status_code == 302
    reader = signed_in(ours.organization, Role.READER)
    assert reader.get(reverse(ADD)).status_code == 403
