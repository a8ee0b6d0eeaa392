"""Whatever a member of another organization asks of the admin: nothing is shown, and nothing changes.

Every address of the resolver is tried, with the rows of the other organization in its path, its query and its body.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import AuditEntry, Role
from tests.acts.isolation.conftest import THEIRS, client_of
from tests.acts.isolation.forms import sent
from tests.acts.isolation.places import CATCH_ALLS, PUBLIC, Place, places
from tests.acts.isolation.world import OF_THE_HOUSE, World, picture, unknown_tables

pytestmark = pytest.mark.django_db
ANSWERED = range(200, 500)
REFUSED = (302, 403, 404, 405)
# What somebody has read is no change to anybody's rows, and would fill the log.
NOT_WRITTEN = frozenset({"admin:communications_notification_read", "admin:communications_notification_read_all"})


@contextmanager
def undone() -> Iterator[None]:
    """Take back what happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def admin_places(world: World) -> list[Place]:
    return [p for p in places(world) if p.path.startswith("/admin/") and p.name not in PUBLIC]


def asked(client: Client, place: Place, method: str, data: dict[str, Any]) -> Any:
    query = {key: value for key, value in data.items() if method == "GET"}
    if method == "GET":
        return client.get(place.path, query)
    return client.post(f"{place.path}", data)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def test_every_table_leads_to_its_organization_or_is_the_houses(db):
    assert unknown_tables() == set(), f"say of whom it is: PATHS or OF_THE_HOUSE ({sorted(OF_THE_HOUSE)})"


def refusals(place: Place, answer: Any) -> Iterator[str]:
    """Say what is wrong with the answer that somebody of another organization gets."""
    if answer.status_code not in (REFUSED if place.is_object else ANSWERED):
        yield f"{place}: {answer.status_code}"
    if THEIRS.lower() in body(answer).lower():
        yield f"{place}: shows {THEIRS}"


def test_nothing_of_another_organization_is_shown(theirs, ours):
    clients = {role: client_of(ours.member(role)) for role in Role}
    numbers, faults = theirs.numbers(), []
    for place in admin_places(theirs):
        for role, client in clients.items():
            with undone():
                answer = asked(client, place, "GET", {} if place.is_object else numbers)
                faults += [f"{role} {fault}" for fault in refusals(place, answer)]
    assert faults == []


def test_nothing_of_another_organization_is_changed(theirs, ours):
    clients = {role: client_of(ours.member(role)) for role in Role}
    boss, faults, before = client_of(theirs.member("boss")), [], picture(theirs)
    for place in admin_places(theirs):
        data = sent(boss, place, theirs)
        for role, client in clients.items():
            with undone():
                faults += [f"{role} {fault}" for fault in refusals(place, asked(client, place, "POST", data))]
                after = picture(theirs)
                if after != before:
                    faults.append(f"{role} {place}: changed {[t for t in after if after[t] != before[t]]}")
    assert faults == []


def test_what_is_kept_from_others_is_open_to_their_own(theirs):
    """The walks above would pass if every address were wrong: those of the organization get in, and change things."""
    owner, boss = client_of(theirs.member(Role.OWNER)), client_of(theirs.member("boss"))
    found, changed, faults, before = 0, 0, [], picture(theirs)
    for place in admin_places(theirs):
        with undone():
            answer = asked(owner, place, "GET", {})
            found += place.is_object and answer.status_code == 200
            if answer.status_code >= 500:
                faults.append(f"{place}: {answer.status_code}")
        with undone():
            asked(owner, place, "POST", sent(boss, place, theirs))
            changed += picture(theirs) != before
    assert faults == []
    assert found >= 50, found
    assert changed >= 25, changed


def test_every_change_in_the_admin_leaves_an_entry_in_the_audit_log(theirs):
    boss, unwritten, changed, before = client_of(theirs.member("boss")), [], 0, picture(theirs)
    for place in admin_places(theirs):
        with undone():
            entries = AuditEntry.objects.count()
            answer = asked(boss, place, "POST", sent(boss, place, theirs))
            assert answer.status_code in ANSWERED, place
            if picture(theirs) != before:
                changed += 1
                if AuditEntry.objects.count() == entries and place.name not in NOT_WRITTEN:
                    after = picture(theirs)
                    unwritten.append(f"{place}: {[table for table in after if after[table] != before[table]]}")
    assert unwritten == []
    assert changed >= 30, changed


def test_whoever_is_not_signed_in_is_asked_to(theirs):
    client, faults = Client(), []
    for place in admin_places(theirs):
        for method in ("GET", "POST"):
            with undone():
                answer = asked(client, place, method, theirs.numbers())
                if answer.status_code != 302 or not answer.url.startswith("/admin/login/"):
                    faults.append(f"{method} {place}: {answer.status_code}")
    assert faults == []


def test_autocompletion_and_search_offer_nothing_of_others(theirs, ours):
    from django.contrib import admin

    client, tried = client_of(ours.member(Role.OWNER)), 0
    for model, page in admin.site._registry.items():
        for name in page.autocomplete_fields:
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
            for term in ("", THEIRS, THEIRS.lower()[:4]):
                answer = client.get(f"/admin/autocomplete/?{urlencode(query | {'term': term})}")
                assert THEIRS.lower() not in body(answer).lower(), (model, name)
                tried += 1
    assert tried >= 12
    for term in (THEIRS, "Durand"):
        for extended in ("", "&extended=1"):
            answer = client.get(f"/admin/search/?s={term}{extended}")
            assert f"{THEIRS} Durand" not in body(answer)


def test_public_addresses_are_there_and_show_nothing(theirs):
    client = Client()
    found = {place.name: place for place in places(theirs)}
    assert set(PUBLIC) <= set(found) | CATCH_ALLS, set(PUBLIC) - set(found)
    for name in PUBLIC:
        for method in (client.get, client.post):
            with undone():
                answer = method(found[name].path)
                assert answer.status_code in ANSWERED, name
                assert THEIRS.lower() not in body(answer).lower(), name
