"""Whoever adds a table about contacts says what becomes of its rows when two contacts are merged."""

import re

from django.db import models

from crm.models import Contact
from tests.house.test_holdings import HOUSE, tables
from workflows.merge_moves import MOVES


def is_of_contacts(model):
    return any(
        f.related_model is Contact or re.search(r"(^|_)contact_ids?$", f.attname) for f in model._meta.concrete_fields
    )


def test_every_table_of_contacts_is_moved():
    found = {m._meta.db_table for m in tables(*HOUSE) if is_of_contacts(m)}
    assert found == set(MOVES), "say in workflows/merge_moves.py what becomes of it"


def test_a_new_table_would_be_noticed():
    class Meta:
        app_label, db_table, managed = "crm", "autre_table", False

    from django.apps import apps

    fields = {"__module__": __name__, "Meta": Meta, "contact_id": models.BigIntegerField()}
    model = type("Autre", (models.Model,), fields)
    apps.all_models["crm"].pop("autre")
    assert is_of_contacts(model)
