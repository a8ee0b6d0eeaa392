"""Undo an import: whom it made goes, unless something has happened to them since; what it changed is as it was before.

A field that somebody changed after the import keeps what they wrote. Who is kept is said, with the reason. A second
time changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.audit import record
from berinia.rows import fetch, run, update_rows
from crm.import_known import column_label, kept, lock
from crm.import_plan import CREATED, NEW_LEAD, UPDATED, Known
from crm.import_touched import delete, given_of, touched
from crm.import_write import mark, write_contacts, write_leads
from crm.imports import ImportActError, again
from crm.models import Import
from crm.models.transfer import ImportStatus

ROWS = """
SELECT id, contact_id, result, before, after FROM lignes_import
WHERE imported_id = %s AND contact_id IS NOT NULL AND result = ANY(%s) ORDER BY contact_id
"""
# An insert about a contact (a message, an event) waits for this lock, and this lock for those under way.
LOCK = "SELECT id FROM contacts WHERE id = ANY(%s) AND site_id = %s ORDER BY id FOR UPDATE"
CONSENTS = "DELETE FROM consentements WHERE contact_id = ANY(%s) AND source = 'import' AND recorded_by LIKE %s || ' %%'"
NOTES = "DELETE FROM notes WHERE id = ANY(%s) AND contact_id = ANY(%s)"
# Leads that the import made of known contacts, as it left them.
LEADS = """
DELETE FROM leads t WHERE t.contact_id = ANY(%(ids)s) AND t.source = %(mark)s AND t.updated_at = %(done)s
AND NOT EXISTS (SELECT 1 FROM exports_leads e WHERE e.lead_id = t.id)
"""
# Others without an email who have the phone now: of two such contacts a site can have one only.
SAME_PHONE = """
SELECT phone FROM contacts WHERE site_id = %s AND email IS NULL AND phone = ANY(%s)
"""
CHANGED = "modifié depuis"
PHONE_TAKEN = "un autre contact a maintenant ce téléphone"


@dataclass(slots=True)
class Undone:
    """What an undoing does, or would do: how many are deleted and restored, and why others are not, by line's id."""

    deleted: int = 0
    restored: int = 0
    kept: dict[int, str] = field(default_factory=dict)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why contacts stay as they are, and how many, the most frequent first."""
        return Counter(self.kept.values()).most_common()


def refusal(imported: Import, now: datetime) -> str:
    """Return why an import cannot be undone, in French; "" when it can."""
    if imported.status != ImportStatus.DONE or imported.done_at is None:
        return "Seul un import qui est fait s'annule."
    days = settings.RETENTION_IMPORTS_DAYS
    if now - imported.done_at > timedelta(days=days):
        return f"Un import s'annule dans les {days} jours : ce délai est passé."
    return ""


def foresee(imported: Import) -> Undone:
    """Return what undoing an import would do now, without doing it."""
    rows = _rows(imported)
    made, changed = _parted(rows)
    undone = Undone(kept={})
    why = touched(imported, list(made), _notes(rows))
    _keep(undone, made, why)
    undone.deleted = len(made) - len(undone.kept)
    known = kept(imported.site_id, list(changed))
    left = [_restored(changed[contact_id], contact)[1] for contact_id, contact in known.items()]
    undone.restored = sum(not names for names in left)
    return undone


def undo(import_id: int, *, actor: str, now: datetime) -> Undone:
    """Undo an import. A second call changes nothing. Raises ImportActError, BusyError."""
    return again(lambda: _undo(import_id, actor, now))


def _undo(import_id: int, actor: str, now: datetime) -> Undone:
    imported = Import.objects.select_for_update(of=("self",)).get(pk=import_id)
    if imported.status == ImportStatus.UNDONE:
        return Undone()
    if why := refusal(imported, now):
        raise ImportActError(why)
    undone, rows = Undone(), _rows(imported)
    made, changed = _parted(rows)
    fetch(LOCK, [sorted(made.keys() | changed.keys()), imported.site_id])
    _take_back(imported, undone, made, _notes(rows))
    _restore(imported, undone, changed, now)
    update_rows("lignes_import", {"id": "bigint", "kept": "text"}, list(undone.kept.items()))
    imported.status, imported.undone_at = ImportStatus.UNDONE, now
    imported.save(update_fields=["status", "undone_at"])
    details = {"effaces": undone.deleted, "retablis": undone.restored, "gardes": len(undone.kept)}
    record(
        actor, "import.annuler", "import", imported.pk, now=now, organization_id=imported.organization_id,
        details=details,
    )  # fmt: skip
    return undone


def _rows(imported: Import) -> list[Any]:
    return fetch(ROWS, [imported.pk, [CREATED, UPDATED]])


def _parted(rows: Iterable[Any]) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the lines that made a contact and those that changed one, each by the contact."""
    made, changed = dict[int, Any](), dict[int, Any]()
    for row in rows:
        (made if row.result == CREATED else changed)[row.contact_id] = row
    return made, changed


def _notes(rows: Iterable[Any]) -> list[int]:
    return [row.after["note"] for row in rows if row.after and "note" in row.after]


def _keep(undone: Undone, made: Mapping[int, Any], why: Mapping[int, str]) -> None:
    undone.kept |= {made[contact_id].id: reason for contact_id, reason in why.items()}


def _take_back(imported: Import, undone: Undone, made: Mapping[int, Any], notes: Sequence[int]) -> None:
    why = touched(imported, list(made), notes)
    _keep(undone, made, why)
    undone.deleted = delete(sorted(made.keys() - why.keys()))


def _restore(imported: Import, undone: Undone, changed: Mapping[int, Any], now: datetime) -> None:
    ids = list(changed)
    lock(imported.site_id, ids)
    run(CONSENTS, [ids, mark(imported)])
    run(NOTES, [_notes(changed.values()), ids])
    run(LEADS, given_of(imported, ()) | {"ids": [c for c, row in changed.items() if "lead" in (row.before or {})]})
    known = kept(imported.site_id, ids)
    taken = _taken_phones(imported, changed, known)
    contacts: list[tuple[Known, dict[str, Any]]] = []
    for contact in known.values():
        row = changed[contact.id]
        values, left = _restored(row, contact)
        if "lead" in (row.before or {}) and contact.lead is not None:
            left.append("lead")
        if "email" in values and contact.phone in taken:
            del values["email"]
            undone.kept[row.id] = PHONE_TAKEN
        elif left:
            undone.kept[row.id] = f"{CHANGED} : {', '.join(map(column_label, left))}"[:300]
        undone.restored += row.id not in undone.kept
        contacts.append((contact, values))
    write_contacts(contacts, now)
    write_leads([(contact, values) for contact, values in contacts if contact.lead], now)


def _taken_phones(imported: Import, changed: Mapping[int, Any], known: Mapping[int, Known]) -> set[str]:
    phones = [known[c].phone for c, row in changed.items() if c in known and "email" in (row.before or {})]
    return {row.phone for row in fetch(SAME_PHONE, [imported.site_id, phones])} if phones else set()


def _restored(row: Any, contact: Known) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that go back to what they were, and those that somebody changed since."""
    values, left = dict[str, Any](), list[str]()
    for name, was in (row.before or {}).items():
        if name == "lead" or (name.startswith("lead.") and "lead" in row.before):
            continue  # the lead goes as a whole
        if _now(contact, name) == row.after[name]:
            values[name] = was
        else:
            left.append(name)
    return values, left


def _now(contact: Known, name: str) -> Any:
    if name.startswith("fields."):
        return contact.fields.get(name.removeprefix("fields."))
    if name.startswith("lead."):
        return (contact.lead or NEW_LEAD)[name.removeprefix("lead.")]
    value = getattr(contact, name)
    return list(value) if isinstance(value, tuple) else value
