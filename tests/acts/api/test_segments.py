"""Segments over the API."""

from crm.models import Segment, SegmentMember
from tests.make import NOW, make_contact


def test_the_site_s_segments_are_listed_with_their_size(api, stranger, browser, django_assert_max_num_queries):
    made = [
        Segment.objects.create(
            site=site, organization=site.organization, slug=slug, name=slug, condition="true", refreshed_at=NOW
        )
        for site, slug in ((api.site, "vip"), (api.site, "froids"), (stranger.site, "vip"))
    ]
    for segment in (made[0], made[0], made[2]):
        SegmentMember.objects.create(segment=segment, contact=make_contact(site=segment.site), entered_at=NOW)
    with django_assert_max_num_queries(4):
        answer = api.get("/api/segments").json()
    assert [(row["segment"], row["contacts"]) for row in answer["data"]] == [("froids", 0), ("vip", 2)]
    assert answer["suivant"] is None
    assert len(api.get("/api/segments?limit=1").json()["data"]) == 1
    assert browser.get("/api/segments").status_code == 403
