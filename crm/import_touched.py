"""Who has been touched since an import made them: written to, edited, heard of. They are not taken back with it.

All tables with a contact are looked at, those of other apps too, so that a new one is not forgotten.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from psycopg import sql

from berinia.rows import fetch, run
from crm.import_write import event_key, mark
from crm.models import Contact, Import

# What the import itself wrote, or what comes and goes by itself: of a row `t`. Of other tables any row counts.
OWN = {
    "lignes_import": "t.imported_id = %(import)s OR t.result <> 'mis_a_jour'",
    "leads": "t.source = %(mark)s AND t.updated_at = %(done)s",
    "consentements": "t.source = 'import' AND t.recorded_by LIKE %(mark)s || ' %%'",
    "notes": "t.id = ANY(%(notes)s)",
    "evenements": "t.idempotency_key = %(key)s || t.contact_id OR t.name LIKE 'segment.%%'",
    "membres_segment": "TRUE",
    "doublons": "t.state = 'ouvert'",
}
ROWS = "lignes_import"  # the report of what was done stays, without the contact
CARDS = """
SELECT id FROM contacts WHERE id = ANY(%s)
AND (updated_at <> %s OR opted_out_at IS NOT NULL OR whatsapp_at IS NOT NULL)
"""
EDITED = "sa fiche a été modifiée depuis"


def given_of(imported: Import, notes: Sequence[int]) -> dict[str, Any]:
    """Return the parameters of the conditions above. `notes` are the ids of those that the import wrote."""
    return {
        "import": imported.pk, "mark": mark(imported), "done": imported.done_at, "key": event_key(imported),
        "notes": list(notes),
    }  # fmt: skip


@cache
def holders() -> tuple[tuple[str, str, str], ...]:
    """Return each table with a contact: its name, the column, and how people call its rows."""
    return tuple(
        (model._meta.db_table, str(field.column), str(model._meta.verbose_name_plural))
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.concrete_fields
        if field.related_model is Contact or field.attname == "contact_id"
    )


def touched(imported: Import, ids: Sequence[int], notes: Sequence[int]) -> dict[int, str]:
    """Return why contacts that an import made are not to be deleted, by id; who is not in it may be."""
    found = {row.id: EDITED for row in fetch(CARDS, [list(ids), imported.done_at])}
    given = given_of(imported, notes) | {"ids": list(ids)}
    for table, column, called in holders():
        query = f"SELECT DISTINCT t.{column} AS id FROM {table} t WHERE t.{column} = ANY(%(ids)s)"  # noqa: S608
        for row in fetch(f"{query} AND ({OWN.get(table, 'FALSE')}) IS NOT TRUE", given):
            found[row.id] = f"il a depuis : {called}"
    return found


def delete(ids: Sequence[int]) -> int:
    """Delete locked contacts whom nobody touched, with what the import wrote of them; return how many."""
    for statement in _statements():
        run(statement, [list(ids)])
    return run("DELETE FROM contacts WHERE id = ANY(%s)", [list(ids)])


def _statements() -> Iterator[sql.Composed]:
    form = "DELETE FROM {table} WHERE {column} = ANY(%s)"
    for table, column, _called in holders():
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        if table == ROWS:
            cleared = "UPDATE {table} SET {column} = NULL, before = NULL, after = NULL WHERE {column} = ANY(%s)"
            yield sql.SQL(cleared).format(**names)
        elif table in OWN:
            yield sql.SQL(form).format(**names)
