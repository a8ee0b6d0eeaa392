"""Whatever the holder of another organization's key, or a user of another organization, asks of the API: 404, and
nothing changes."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.keys import KeyKind
from accounts.models import Role
from tests.acts.isolation.conftest import THEIRS
from tests.acts.isolation.places import PUBLIC, Place, places
from tests.acts.isolation.test_admin import body, undone
from tests.acts.isolation.world import World, picture
from tests.make import DEFINITION, make_key

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")
# A body that the address takes, so that it is not refused for its form. About rows of `world`.
BODIES: dict[tuple[str, str], Any] = {
    ("lead", "post"): lambda world: {"etape": "qualified"},
    ("notes", "post"): lambda world: {"texte": "bonjour"},
    ("task", "post"): lambda world: {"statut": "faite"},
    ("enrolment", "post"): lambda world: {"action": "arret"},
    ("enrolments", "post"): lambda world: {"contacts": [str(world.row("crm.contact").pk)]},
    ("draft", "put"): lambda world: {"definition": DEFINITION},
    ("draft", "delete"): lambda world: None,
    ("publish", "post"): lambda world: {"revision": "x"},
    ("validate", "post"): lambda world: {"definition": DEFINITION},
    ("migrate", "post"): lambda world: {},
    ("simulate", "post"): lambda world: {"definition": DEFINITION},
    ("replay", "post"): lambda world: {"jours": 7},
    ("diff", "get"): lambda world: None,
    ("events", "post"): lambda world: {
        "evenement": "appel_urgence", "siteId": world.site.slug,
        "contactData": {"email": world.row("crm.contact").email},
    },
    ("workflows", "post"): lambda world: {
        "action": "auto_deploy_sector", "secteur": "plombier", "siteId": world.site.slug,
    },
    ("automation", "put"): lambda world: {
        "action": "pause", "executionIds": [str(world.row("workflows.execution").pk)],
    },
}  # fmt: skip
QUERIES = {"diff": "?de=1&a=1"}


def api_places(world: World) -> list[Place]:
    return [p for p in places(world) if p.path.startswith("/api/") and p.name not in PUBLIC]


def methods(place: Place) -> list[str]:
    """Return the methods that an address takes."""
    view: Any = getattr(place.view, "view_class", None) or getattr(place.view, "cls", None)
    return [method for method in METHODS if hasattr(view, method)]


def call(place: Place, method: str, world: World, **headers: str) -> Any:
    given = BODIES.get((place.name, method), lambda w: {})(world) if method != "get" else None
    raw = b"" if given is None else json.dumps(given).encode()
    return Client().generic(
        method.upper(), place.path + QUERIES.get(place.name, ""), raw, content_type="application/json", headers=headers
    )


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def tried(world: World, expected: Any, **headers: str) -> list[str]:
    """Call every address with every method about a world; return what was not as expected."""
    faults, before = [], picture(world)
    for place in api_places(world):
        for method in methods(place):
            with undone():
                answer = call(place, method, world, **headers)
                if not expected(place, answer.status_code):
                    faults.append(f"{method} {place}: {answer.status_code} {body(answer)[:120]}")
                if THEIRS.lower() in body(answer).lower():
                    faults.append(f"{method} {place}: shows {THEIRS}")
                if picture(world) != before:
                    faults.append(f"{method} {place}: changed something")
    return faults


def test_a_secret_key_opens_nothing_of_another_organization(theirs, ours):
    key = make_key(ours.site)

    def expected(place: Place, status: int) -> bool:
        return status == 404 if place.is_object else status < 500

    assert tried(theirs, expected, **bearer(key)) == []


def test_a_publishable_key_opens_nothing_of_another_organization(theirs, ours):
    key = make_key(ours.site, KeyKind.PUBLISHABLE)

    def expected(place: Place, status: int) -> bool:
        return status in (403, 404) if place.is_object else status < 500

    assert tried(theirs, expected, **bearer(key)) == []


@pytest.mark.parametrize("role", [Role.OWNER, Role.READER])
def test_a_users_token_opens_no_site_of_another_organization(theirs, ours, role):
    token = tokens.issue(ours.member(role), timezone.now(), has_factor=False).access
    on_theirs = bearer(token) | {"X-Site-Id": theirs.site.slug}
    assert tried(theirs, lambda place, status: status == 404, **on_theirs) == []
    on_ours = bearer(token) | {"X-Site-Id": ours.site.slug}
    assert (
        tried(theirs, lambda place, status: status in (403, 404) if place.is_object else status < 500, **on_ours) == []
    )


def test_nobody_gets_in_without_a_key(theirs):
    for headers in ({}, bearer("ber_sk_inconnue"), bearer("a.b.c"), {"Authorization": "Basic YTpi"}):
        assert tried(theirs, lambda place, status: status == 401, **headers) == []


def test_its_own_key_gets_in(theirs):
    """The walks above would pass if every address were wrong."""
    key, opened, faults = make_key(theirs.site), 0, []
    for place in api_places(theirs):
        for method in methods(place):
            with undone():
                answer = call(place, method, theirs, **bearer(key))
                if answer.status_code in (401, 403, 404, 405) or answer.status_code >= 500:
                    faults.append(f"{method} {place}: {answer.status_code} {body(answer)[:150]}")
                opened += answer.status_code < 300
    assert [f for f in faults if not f.startswith(NOT_THERE)] == []
    assert opened >= 25, opened


# There is no draft yet, of a workflow that nobody edits.
NOT_THERE = tuple(f"{method} {name} " for method, name in (
    ("get", "draft"), ("delete", "draft"), ("post", "publish"), ("post", "validate"),
))  # fmt: skip


def test_lists_hold_nothing_of_another_organization(theirs, ours):
    """Also where a filter names them."""
    key, numbers = make_key(ours.site), theirs.numbers()
    for place in api_places(theirs):
        if place.is_object or "get" not in methods(place):
            continue
        for name in ("siteId", "contact", "contact_id", "workflow", "execution", "cursor", "q", "segment"):
            value = numbers.get(name) or (theirs.site.slug if name == "siteId" else numbers["contact"])
            answer = Client().get(f"{place.path}?{name}={value}", headers=bearer(key))
            assert answer.status_code < 500, (place, name)
            assert THEIRS.lower() not in body(answer).lower(), (place, name)
