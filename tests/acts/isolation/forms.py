"""What a browser would send of a page's form."""

import re
from typing import Any

from django.forms import ModelChoiceField
from django.test import Client

from tests.acts.isolation.places import Place
from tests.acts.isolation.world import World


def form_of(client: Client, url: str) -> dict[str, Any]:
    """Return what a browser would send back of a form of the admin, unchanged."""
    page = client.get(url)
    context = page.context
    if context is None or "adminform" not in context:
        return {}
    found: dict[str, Any] = {}
    for bound in context["adminform"].form:
        _add(found, bound)
    for formset in context["inline_admin_formsets"]:
        management = formset.formset.management_form
        found |= {management.add_prefix(name): value for name, value in management.initial.items()}
        for inline in formset.formset.initial_forms:
            found |= {bound.html_name: bound.value() or "" for bound in inline}
    return found


def _add(found: dict[str, Any], bound: Any) -> None:
    value, name = bound.value(), bound.html_name
    if hasattr(bound.field.widget, "decompress"):
        for number, part in enumerate(bound.field.widget.decompress(value)):
            found[f"{name}_{number}"] = part or ""
    elif value is True:
        found[name] = "on"
    elif value not in (None, False):
        found[name] = ",".join(map(str, value)) if isinstance(value, list) else value


def added(client: Client, url: str, world: World) -> dict[str, Any]:
    """Return a filled-in form for a new row, of things of a world."""
    page = client.get(url)
    if page.context is None or "adminform" not in page.context:
        return {}
    form, found = page.context["adminform"].form, form_of(client, url)
    row = world.rows.get(form._meta.model._meta.label_lower)
    for name, field in form.fields.items():
        if isinstance(field, ModelChoiceField):
            label = field.queryset.model._meta.label_lower
            found[name] = world.rows[label].pk if label in world.rows else ""
        elif field.required and not found.get(name):
            found[name] = getattr(row, name, None) or "nouveau"
    return found | ({"slug": "tout-nouveau"} if "slug" in found else {}) | (
        {"email": "nouveau@example.com"} if "email" in found else {})  # fmt: skip


ANSWERS = {"raison": "essai", "reprise": "envoyer", "duree": "3600", "page": "1", "confirm": "1", "acte": "publier"}


def sent(boss: Client, place: Place, world: World) -> dict[str, Any]:
    """Return what is sent to an address, without the world's name: a form shows again what was typed into it."""
    found = _sent(boss, place, world)
    return {key: _plain(value, world) for key, value in found.items()}


def _plain(value: Any, world: World) -> Any:
    return re.sub(world.name, "autre", value, flags=re.IGNORECASE) if isinstance(value, str) else value


def _sent(boss: Client, place: Place, world: World) -> dict[str, Any]:
    """Return an address's own form as a superuser sees it, or every name of every row."""
    if place.act is not None:
        row = world.row(place.label)
        return {**world.numbers(), **ANSWERS, "ids": str(row.pk)}
    if place.name.endswith("_change"):
        return form_of(boss, place.path) | {"name": "Changé", "business_name": "Changé", "title": "Changé"}
    if place.name.endswith("_add"):
        return added(boss, place.path, world)
    if place.name.endswith("_delete"):
        return {"post": "yes"}
    return {**world.numbers(), **ANSWERS, **OWN.get(place.name, lambda w: {})(world)}


# What a page of its own is sent, where the names of rows do not do.
OWN: dict[str, Any] = {
    "admin:workflows_workflow_deploy": lambda world: {"site": world.site.pk, "sector": "plombier"},
    "admin:crm_lead_move": lambda world: {"lead": world.row("crm.lead").pk, "stage": "qualified", "etape": "qualified"},
    "admin:workflows_enrolment_begin": lambda world: {
        "workflow": world.row("workflows.workflow").pk, "segment": world.row("crm.segment").pk, "pace": 60,
    },
    "admin:communications_template_new_draft": lambda world: {
        "organization": world.organization.pk, "name": "plombier/autre", "channel": "sms", "body": "Bonjour",
    },
    "admin:workflows_workflow_draft": lambda world: {"text": "steps: []", "acte": "enregistrer", "yaml": "steps: []"},
    "admin:auth_user_password_change": lambda world: {
        "password1": "tout-autre-chose-9", "password2": "tout-autre-chose-9",
    },
}  # fmt: skip
