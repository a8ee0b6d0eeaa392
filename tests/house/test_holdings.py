"""Whoever adds a table about contacts, or a column to one, says what export and erasure do with it."""

import re

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection, models

from crm.models import Contact
from workflows.holdings import HOLDINGS
from workflows.retention import RULES

HOUSE = ("accounts", "crm", "communications", "agents", "workflows", "axes", "otp_totp", "otp_static")
# How a column is called that leads to a person, or names one.
TELLING = re.compile(
    r"(^|_)(contact|execution|message|event|person|recipient|destinataire)s?(_ids?)?$|"
    r"(^|_)(e?mail|phone|address|adresse|telephone|numero|ip|first_name|last_name|to)$"
)
# Tables with such a column that hold nothing of contacts, and why.
OF_OTHERS = {
    "organisations": "the client company",
    "sites": "the business's own details",
    "utilisateurs": "people who sign in to the admin",
    "axes_accessattempt": "people who sign in to the admin, for a day",
    "axes_accesslog": "stays empty (AXES_DISABLE_ACCESS_LOG)",
    "axes_accessfailurelog": "stays empty",
    "declencheurs_workflow": "the name of an event",
    "regles_envoi": "how much an organization may send",
    "lots_envoi": "ids of a provider's requests",
    "preferences_notification": "people who sign in to the admin",
    "connexions_crm": "where the business's own CRM answers",
    "effacements": "ids of messages at a provider, after their person is gone",
}


def tables(*labels):
    found = [
        m
        for label in labels
        if apps.get_app_config(label).models_module
        for m in apps.get_app_config(label).get_models()
    ]
    return [*found, LogEntry]


def is_telling(model):
    return any(
        f.related_model is Contact or isinstance(f, models.EmailField) or TELLING.search(f.attname)
        for f in model._meta.concrete_fields
    )


def unknown(found):
    known = {holding.table for holding in HOLDINGS} | OF_OTHERS.keys()
    return {m._meta.db_table for m in found if is_telling(m)} - known


def test_each_table_about_contacts_is_held():
    assert not unknown(tables(*HOUSE)), "add it to workflows/holdings.py and docs/privacy.md (or, if it is none, above)"


@pytest.mark.parametrize(
    "column",
    [
        {"contact": models.ForeignKey(Contact, models.CASCADE, related_name="+")},
        {"contact_id": models.BigIntegerField()},
        {"contact_ids": models.JSONField()},
        {"execution_id": models.BigIntegerField()},
        {"message_id": models.BigIntegerField()},
        {"email": models.TextField()},
        {"reply_to": models.EmailField()},
        {"phone": models.TextField()},
        {"sender_address": models.TextField()},
        {"ip": models.GenericIPAddressField()},
    ],
)
def test_a_new_table_with_such_a_column_would_be_noticed(column):
    class Meta:
        app_label, db_table, managed = "crm", "nouvelle_table", False

    fields = {"__module__": __name__, "Meta": Meta, **column}
    model = type("Nouvelle", (models.Model,), fields)
    apps.all_models["crm"].pop("nouvelle")
    assert unknown([model]) == {"nouvelle_table"}


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda h: h.table)
def test_each_column_is_exported_or_left_out_on_purpose(db, holding):
    with connection.cursor() as cursor:
        names = {column.name for column in connection.introspection.get_table_description(cursor, holding.table)}
    said = " ".join(holding.expressions())
    shown = {name for name in names if re.search(rf"\bt\.{name}\b", said)}
    assert shown | (holding.left_out & names) == names
    assert not shown & holding.left_out


def test_titles_and_tables_are_there_once():
    assert len({h.table for h in HOLDINGS}) == len({h.title for h in HOLDINGS}) == len(HOLDINGS)


def test_what_others_hold_is_still_there():
    assert {m._meta.db_table for m in tables(*HOUSE)} >= OF_OTHERS.keys()


def test_rules_of_retention_are_about_tables_that_are_there(db):
    assert {rule.table for rule in RULES} <= set(connection.introspection.table_names())
