"""Every address of the house, from the resolver, about the rows of one world. What nobody said how to fill fails."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from tests.acts.isolation.world import World

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Catch everything that no other pattern does: not found, whoever asks.
CATCH_ALLS = frozenset({"admin/(?P<url>.*)$", "^api/"})
# Open to everybody, and why.
PUBLIC = {
    "": "leads to the admin", "login": "the door", "login-code": "the door; leads back without the password",
    "token": "the door of the API", "token-refresh": "shows its own token",
    "admin:login": "the door", "admin:logout": "the way out",
    "logout": "the way out", "set_language": "the language of whoever asks", "snippet": "a script for sites",
    "workflow-schema": "what a definition looks like", "schema": "what the API looks like", "docs": "the same, to read",
    "admin:jsi18n": "words of the interface", "resend-webhook": "signed by the provider",
    "twilio-status": "signed by the provider", "twilio-sms": "signed by the provider",
    "twilio-whatsapp": "signed by the provider", "alert-stop": "a signed token", "report-stop": "a signed token",
    "unsubscribe": "a signed token", "message-opened": "a signed token", "message-clicked": "a signed token",
}  # fmt: skip
# What a parameter stands for where its name, or its address, does not say so.
FILLED: dict[str, Any] = {
    "admin:view_on_site": lambda world: {
        "content_type_id": ContentType.objects.get_for_model(world.row("crm.contact")).pk,
        "object_id": world.row("crm.contact").pk,
    },
    "admin:crm_connection_download": lambda world: {"kind": "csv"},
    "admin:workflows_analytics_csv": lambda world: {"table": "secteurs"},
    "admin:app_list": lambda world: {"app_label": "crm"},
    "version": lambda world: {"number": 1},
}
OWN_IDS = ("object_id", "id", "pk")


class UncoveredError(Exception):
    """A new address takes something that the table above does not know: say what, so that it is tried."""


@dataclass(frozen=True)
class Place:
    """An address. `label`: the model it is about; `is_object`: it names a row of the world."""

    name: str
    path: str
    view: Any
    label: str = ""
    is_object: bool = False
    act: Any = None

    def __str__(self) -> str:
        return f"{self.name} {self.path}"


def places(world: World) -> list[Place]:
    """Return every address that can be asked for, filled with what belongs to a world."""
    return [place for route, name, pattern in _patterns(get_resolver().url_patterns)
            if route not in CATCH_ALLS for place in _filled(world, route, name, pattern)]  # fmt: skip


def _patterns(found: Sequence[Any], before: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for one in found:
        if isinstance(one, URLResolver):
            inside = f"{one.namespace}:" if one.namespace else ""
            yield from _patterns(one.url_patterns, before + str(one.pattern), space + inside)
        else:
            yield before + str(one.pattern), space + (one.name or ""), one


def _filled(world: World, route: str, name: str, pattern: URLPattern) -> Iterator[Place]:
    label = _label(route)
    own = FILLED.get(name, lambda w: {})(world)
    is_object, values = False, {}
    if name == "admin:app_list":
        yield Place(name, f"/admin/{own['app_label']}/", pattern.callback)
        return
    for parameter in PARAMETER.findall(route):
        if parameter in own:
            values[parameter] = own[parameter]
            is_object = is_object or name == "admin:view_on_site"
            continue
        value, is_row = _value(world, label, name, parameter, route)
        values[parameter], is_object = value, is_object or is_row
    path = "/" + PARAMETER.sub(lambda match: str(values[match[1]]), route).replace("\\Z", "")
    if isinstance(values.get("name"), list):
        for act in values["name"]:
            acted = "/" + PARAMETER.sub(lambda match: act.name, route)  # noqa: B023 - used at once
            yield Place(name, acted, pattern.callback, label, act=act)
        return
    yield Place(name, path, pattern.callback, label, is_object)


def _label(route: str) -> str:
    """Return the model that an address of the admin is about."""
    parts = route.split("/")
    if parts[0] == "admin" and len(parts) > 3:
        label = f"{parts[1]}.{parts[2]}"
        if any(model._meta.label_lower == label for model in admin.site._registry):
            return label
    return ""


def _value(world: World, label: str, name: str, parameter: str, route: str) -> tuple[Any, bool]:
    """Return what a parameter stands for, and whether that is a row of the world."""
    if label and parameter in OWN_IDS:
        return world.row(label).pk, True
    if label and parameter == "name" and ("/acte/" in route or "/filtre/" in route):
        page: Any = admin.site._registry[apps.get_model(label)]
        return list(page.acts), False
    if route.startswith("api/workflows/") and parameter == "name":
        return world.row("workflows.workflow").slug, True
    if route.startswith("api/") and parameter.endswith("_id"):
        wanted = parameter.removesuffix("_id")
        return next(row.pk for found, row in world.rows.items() if found.endswith(f".{wanted}")), True
    if name in PUBLIC and parameter == "token":
        return "inconnu", False
    raise UncoveredError(f"{name} ({route}): what is <{parameter}>? Say so in FILLED (tests/acts/isolation/places.py).")
