"""Segments are filled, kept up to date, and say who comes in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEntry
from communications.models import Notification
from crm.models import Contact, Event, Segment, SegmentMember
from tests.make import NOW, make_contact, make_site, make_workflow
from workflows import segments
from workflows.audience import Audience, AudienceError
from workflows.enrol import Entry, enrol
from workflows.models import Enrolment, Execution
from workflows.route import route_batch

VIP = "'vip' in contact.etiquettes"


def make_segment(condition: str = VIP, slug: str = "vip", site: Any = None, **changes: Any) -> Segment:
    site = site or make_site()
    segment = Segment(site=site, organization=site.organization, slug=slug, name=slug.title(), condition=condition)
    segments.save(segment, actor="camille", now=NOW)
    return segment


def refresh(now: datetime) -> None:
    done: list[int] = []
    for _n in range(100):
        found = segments.refresh_part(now=now, skip=done)
        if found is None and not done:
            return
        done = [] if found is None else [*done, found]
    raise AssertionError("it goes on for ever")


def members(segment: Segment) -> list[int]:
    return list(
        SegmentMember.objects.filter(segment=segment).order_by("contact_id").values_list("contact_id", flat=True)
    )


def entered() -> list[int]:
    return list(Event.objects.filter(name="segment.vip").order_by("id").values_list("contact_id", flat=True))


def tag(contact: Contact, now: datetime, *tags: str) -> None:
    Contact.objects.filter(pk=contact.pk).update(tags=list(tags), updated_at=now)


def minute(n: int) -> datetime:
    return NOW + timedelta(minutes=n)


def test_a_new_segment_is_filled_without_a_word_and_then_says_who_comes_in(db: None) -> None:
    segment = make_segment()
    first, second = (make_contact(site=segment.site, tags=tags) for tags in (["vip"], []))
    make_contact(tags=["vip"])  # of another site
    refresh(NOW)
    assert (members(segment), entered()) == ([first.pk], [])
    tag(second, minute(1), "vip")
    refresh(minute(1))
    refresh(minute(2))
    refresh(minute(9))
    assert (members(segment), entered()) == ([first.pk, second.pk], [second.pk])
    event = Event.objects.get()
    assert (event.name, event.site, event.occurred_at) == ("segment.vip", segment.site, minute(1))


def test_who_leaves_and_comes_back_enters_again(db: None) -> None:
    segment = make_segment()
    refresh(NOW)
    contact = make_contact(site=segment.site)
    for n, tags in enumerate((["vip"], [], [], ["vip", "x"], ["vip"]), 1):
        tag(contact, minute(n), *tags)
        refresh(minute(n))
    assert (members(segment), entered()) == ([contact.pk], [contact.pk] * 2)


def test_it_is_looked_at_once_a_minute_and_only_at_what_has_changed(db: None, monkeypatch: Any) -> None:
    segment = make_segment()
    old = make_contact(site=segment.site, updated_at=NOW - timedelta(days=1))
    refresh(NOW)
    Contact.objects.filter(pk=old.pk).update(tags=["vip"])  # behind everybody's back
    refresh(NOW + timedelta(seconds=59))
    refresh(minute(1))
    assert members(segment) == []
    segments.refresh_now([segment.pk], actor="camille", now=minute(1))
    refresh(minute(1))
    assert (members(segment), entered()) == ([old.pk], [old.pk])
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["segment.creer", "segment.actualiser"]


def test_a_condition_on_now_is_looked_at_for_everybody(db: None) -> None:
    segment = make_segment("now > timestamp('2026-03-10T10:05:00Z')")
    contact = make_contact(site=segment.site, updated_at=NOW - timedelta(days=1))
    refresh(NOW)
    assert members(segment) == []
    refresh(minute(6))
    assert (members(segment), entered()) == ([contact.pk], [contact.pk])


def test_a_change_seen_late_is_seen(db: None) -> None:
    segment = make_segment()
    contact = make_contact(site=segment.site)
    tag(contact, NOW)
    refresh(minute(1))
    tag(contact, NOW + timedelta(seconds=58), "vip")  # its request began before the pass and committed after
    refresh(minute(2))
    assert entered() == [contact.pk]


def test_a_big_site_is_gone_through_part_by_part_and_segments_take_turns(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(segments, "PART", 3)
    big = make_segment()
    ids = [make_contact(site=big.site, tags=["vip"]).pk for _n in range(7)]
    small = make_segment()
    assert segments.refresh_part(now=NOW) == big.pk
    assert members(big) == ids[:3]
    big.refresh_from_db()
    assert (big.reached, big.pass_at, big.refreshed_at) == (ids[2], NOW, None)
    assert segments.refresh_part(now=minute(1), skip=[big.pk]) == small.pk
    refresh(minute(2))
    assert members(big) == ids
    big.refresh_from_db()
    assert (big.reached, big.pass_at, big.refreshed_at) == (0, None, minute(2))  # a second pass: the first took long
    assert entered() == []


def test_a_crash_within_a_part_takes_nothing_twice(db: None, monkeypatch: Any) -> None:
    segment = make_segment()
    refresh(NOW)
    contact = make_contact(site=segment.site, tags=["vip"])

    def dies(_queue: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(segments, "wake", dies)
        with pytest.raises(KeyboardInterrupt):
            segments.refresh_part(now=minute(1))
    assert (members(segment), entered()) == ([], [])
    refresh(minute(1))
    assert (members(segment), entered()) == ([contact.pk], [contact.pk])


def test_who_opted_out_enters_without_an_event(db: None) -> None:
    segment = make_segment()
    refresh(NOW)
    contact = make_contact(site=segment.site, tags=["vip"], opted_out_at=NOW)
    refresh(minute(1))
    assert (members(segment), entered()) == ([contact.pk], [])


def test_another_condition_fills_it_anew_without_a_word(db: None) -> None:
    segment = make_segment()
    contact = make_contact(site=segment.site, tags=["client"], updated_at=NOW - timedelta(days=9))
    refresh(NOW)
    segment.condition = "'client' in contact.etiquettes"
    segments.save(segment, actor="camille", now=NOW)
    refresh(minute(1))
    assert (members(segment), entered()) == ([contact.pk], [])
    segment.name = "Clients"
    segments.save(segment, actor="camille", now=NOW)
    assert Segment.objects.get().refreshed_at == minute(1)


def test_entering_starts_the_workflow_that_waits_for_it(db: None) -> None:
    segment = make_segment()
    workflow = make_workflow({"trigger": {"segment": "vip"}, "steps": [{"id": "p", "wait": "5m"}]}, site=segment.site)
    refresh(NOW)
    make_contact(site=segment.site, tags=["vip"])
    refresh(minute(1))
    route_batch(now=minute(1), limit=10)
    assert Execution.objects.get().workflow == workflow


def test_a_condition_that_cannot_be_meant_is_refused(db: None) -> None:
    for condition in ("contact.", "event.x == 1", "foo(contact)"):
        with pytest.raises(AudienceError):
            make_segment(condition)
    assert not Segment.objects.exists()


def test_one_that_cannot_be_read_is_told_and_holds_up_no_other(db: None) -> None:
    broken, good = make_segment(), make_segment()
    Segment.objects.filter(pk=broken.pk).update(condition="contact.")
    make_contact(site=good.site, tags=["vip"])
    done: list[int] = []
    while (found := segments.refresh_part(now=NOW, skip=done)) is not None:
        done.append(found)
    assert len(members(good)) == 1
    assert Notification.objects.get().link.endswith(f"/{broken.pk}/change/")


def test_deleting_it_stops_the_enrolments_that_choose_by_it(db: None) -> None:
    segment = make_segment()
    workflow = make_workflow({"trigger": {"api": True}, "steps": [{"id": "p", "wait": "5m"}]}, site=segment.site)
    audience = Audience(segment.site_id, segment_id=segment.pk, condition="contact.nom != ''")
    enrol(workflow, audience, Entry(), actor="camille", now=NOW)
    segments.delete(segment, actor="camille", now=NOW)
    assert (Enrolment.objects.get().status, Segment.objects.count()) == ("arretee", 0)
