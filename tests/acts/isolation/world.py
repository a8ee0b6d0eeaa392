"""Two organizations that must never meet, and everything that one of them has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.db import connection, models
from django.urls import get_resolver

from accounts.models import Membership, Organization, Role, Site, User
from communications.models import SendingRules
from communications.models.rules import EARLIEST, LATEST
from tests.make import (
    NOW,
    make_connection,
    make_contact,
    make_execution,
    make_export,
    make_key,
    make_lead,
    make_message,
    make_organization,
    make_site,
    make_template,
    make_workflow,
)

HOUSE = ("accounts", "crm", "communications", "agents", "workflows")
# Columns that lead to an organization, best first.
PATHS = (
    ("organization_id", "organization"), ("site_id", "site"), ("workflow_id", "workflow"), ("contact_id", "contact"),
    ("execution_id", "execution"), ("lead_id", "lead"), ("message_id", "message"), ("connection_id", "connection"),
    ("imported_id", "import"), ("template_id", "template"), ("enrolment_id", "enrolment"), ("segment_id", "segment"),
    ("notification_id", "notification"), ("user_id", "user"), ("mail_id", "notification"),
)  # fmt: skip
# Of everybody, or of the house: nobody's to keep apart.
OF_THE_HOUSE = {
    "accounts.platform", "accounts.user", "accounts.auditentry", "communications.receivedwebhook",
    "communications.countedday", "communications.sendbatch", "communications.redaction",
}  # fmt: skip


@dataclass
class World:
    """An organization with a row of each kind; all that is written in it begins with its name."""

    name: str
    rows: dict[str, Any]

    def row(self, label: str) -> Any:
        """Return the row of a model, by its label."""
        return self.rows[label]

    @property
    def organization(self) -> Organization:
        return self.rows["accounts.organization"]

    @property
    def site(self) -> Site:
        return self.rows["accounts.site"]

    def member(self, role: str) -> User:
        """Return a person with a role here; "boss": a superuser."""
        user = User.objects.create(
            username=f"{self.name}-{role}-{User.objects.count()}", is_staff=True, is_superuser=role == "boss",
            password=make_password(None),
        )  # fmt: skip
        if role != "boss":
            Membership.objects.create(user=user, organization=self.organization, role=role)
        return user

    def numbers(self) -> dict[str, str]:
        """Return what a page may be asked about, by any name that one may use."""
        found = {label.split(".")[1]: str(row.pk) for label, row in self.rows.items()}
        own = {f"{name}_id": pk for name, pk in found.items()}
        return found | own | {"ids": found["execution"], "siteId": self.site.slug, "id": found["contact"]}


def build(name: str) -> World:
    """Make an organization and a row of every model of the admin."""
    assert get_resolver().url_patterns  # the pages of the admin are found by then
    organization = make_organization(name=f"{name} SARL")
    site = make_site(
        organization=organization, business_name=f"{name} Plomberie", email=f"contact@{name.lower()}.example"
    )
    contact = make_contact(site=site, name=f"{name} Durand", phone=f"+3361234{len(name):02d}{ord(name[0]):02d}"[:12])
    workflow = make_workflow(site=site, name=f"{name} urgence")
    execution = make_execution(contact=contact, workflow=workflow, at="pause")
    lead = make_lead(contact=contact, quality="CHAUD", score=80, status="a_exporter", classified_at=NOW)
    linked = make_connection(organization=organization, name=f"{name} CRM") if _has("crm.connection", "name") else (
        make_connection(organization=organization))  # fmt: skip
    make_key(site)
    template = make_template(organization=organization, name=f"plombier/{name.lower()}", subject=f"{name} bonjour")
    rows = {
        "accounts.organization": organization, "accounts.site": site, "accounts.apikey": site.keys.get(),
        "crm.contact": contact, "workflows.workflow": workflow, "workflows.execution": execution, "crm.lead": lead,
        "crm.connection": linked, "crm.export": make_export(lead=lead, connection=linked),
        "communications.template": template,
        "communications.message": make_message(execution=execution, template=template.name),
        "crm.event": contact.events.first() if hasattr(contact, "events") else None,
    }  # fmt: skip
    world = World(name, {label: row for label, row in rows.items() if row is not None})
    world.rows["accounts.user"] = user = world.member(Role.OPERATOR)
    world.rows["accounts.membership"] = Membership.objects.get(user=user)
    for model in admin.site._registry:
        if model._meta.label_lower not in world.rows:
            world.rows[model._meta.label_lower] = filled(model, world)
    return world


def filled(model: Any, world: World) -> Any:
    """Make a row of a model that nobody made by hand: what it needs, of this world."""
    kept = model._default_manager.filter(**_about(model, world)).first() if _about(model, world) else None
    if kept is not None:
        return kept
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or (isinstance(field, models.AutoField)):
            continue
        value = _value(field, world)
        if value is not None:
            values[field.attname] = value
    return model._default_manager.create(**values | OWN.get(model._meta.label_lower, lambda w: {})(world))


def _about(model: Any, world: World) -> dict[str, Any]:
    return {"organization_id": world.organization.pk} if model is SendingRules else {}


# What no rule of thumb finds.
OWN: dict[str, Any] = {
    "communications.weeklyreport": lambda world: {"content": {
        "organisation": world.organization.name, "du": "2026-03-02", "au": "2026-03-08", "sites": [], "chiffres": [],
        "indicateurs": [], "secteurs": [], "workflows": [], "a_traiter": [], "messages": [],
        "agents": {"questions": 0, "cout_dollars": 0, "couts_inconnus": 0},
    }},
    "communications.sendingrules": lambda world: {"weekday_from": EARLIEST, "weekday_until": LATEST},
    "crm.duplicate": lambda world: {
        "first_id": world.row("crm.contact").pk,
        "second_id": make_contact(site=world.site, name=f"{world.name} Durant", email=f"b@{world.name}.example").pk,
    },
    "crm.consent": lambda world: {"purpose": "marketing", "channel": "email", "state": "granted"},
}  # fmt: skip


def _value(field: Any, world: World) -> Any:
    """Return a value for a field that has to have one, or that says whose the row is."""
    related = field.related_model._meta.label_lower if field.related_model else None
    if related in world.rows:
        return world.rows[related].pk
    for attname, name in PATHS:
        if field.attname == attname and not related:
            return next((row.pk for label, row in world.rows.items() if label.endswith(f".{name}")), None)
    if field.null or field.has_default() or field.has_db_default() or related:
        return None
    if field.choices:
        return next(value for value, _label in field.flatchoices)
    match field:
        case models.EmailField():
            return f"{field.name}@{world.name.lower()}.example"
        case models.CharField() | models.TextField():
            if field.unique or isinstance(field, models.SlugField):
                return f"{world.name.lower()}-{field.name}"
            return f"{world.name} {field.name}"[: field.max_length or 99]
        case models.DateTimeField():
            return NOW
        case models.DateField():
            return NOW.date()
        case models.TimeField():
            return NOW.time()
        case models.DurationField():
            return timedelta(minutes=1)
        case models.BooleanField():
            return False
        case models.IntegerField() | models.DecimalField() | models.FloatField():
            return 1
        case models.JSONField():
            return {}
    return None


def _has(label: str, name: str) -> bool:
    return any(field.name == name for field in apps.get_model(label)._meta.concrete_fields)


@cache
def columns() -> dict[str, str]:
    """Return by which column each table of the house leads to an organization."""
    found = {}
    for label in HOUSE:
        for model in apps.get_app_config(label).get_models():
            names = {field.attname for field in model._meta.concrete_fields}
            column = next((attname for attname, _name in PATHS if attname in names), None)
            if model is Organization:
                column = "id"
            if column is None:
                column = next(_by_relation(model), None)
            if column and model._meta.label_lower not in OF_THE_HOUSE:
                found[model._meta.db_table] = column
    return found


def _by_relation(model: Any) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if field.related_model is not None and field.related_model._meta.app_label in HOUSE:
            yield field.attname


def unknown_tables() -> set[str]:
    """Return the models of the house that `columns` cannot lead back to an organization."""
    known = columns()
    every = [model for label in HOUSE for model in apps.get_app_config(label).get_models()]
    return {m._meta.label_lower for m in every if m._meta.db_table not in known} - OF_THE_HOUSE


def picture(world: World) -> dict[str, str]:
    """Return a digest of all that belongs to an organization, by table, and of its people."""
    ids = {"id": world.organization.pk}
    for attname, name in PATHS:
        ids[attname] = next((row.pk for label, row in world.rows.items() if label.endswith(f".{name}")), -1)
    parts, params = [], []
    for table, column in sorted(columns().items()):
        # A row that was locked in passing says when, and nothing else.
        row = "(to_jsonb(t) - 'updated_at')::text"
        parts.append(f"SELECT '{table}', md5(coalesce(string_agg({row}, '|' ORDER BY {row}), '')) FROM {table} t "
                     f"WHERE t.{column} = %s")  # fmt: skip
        params.append(ids.get(column, -1))
    parts.append("SELECT 'utilisateurs', md5(coalesce(string_agg(u::text, '|' ORDER BY u.id), '')) FROM utilisateurs u "
                 "JOIN membres m ON m.user_id = u.id WHERE m.organization_id = %s")  # fmt: skip
    params.append(world.organization.pk)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return dict(cursor.fetchall())
