"""Imports: a file of contacts is taken in, its columns are given their fields, it is looked at, and then imported.

Nothing is written to contacts before `apply`, which does all of it in one transaction or nothing; a second time changes
nothing. It starts no workflow, unless the operator asks for an event of each contact that is made. crm/import_undo.py
takes it back.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction

from accounts.audit import record
from accounts.models import Site
from berinia.rows import run
from crm.import_files import Sheet, read, shown_name
from crm.import_known import ids_of, kept, lock, persons_of
from crm.import_mapping import check, guess
from crm.import_plan import CREATED, LEFT, UPDATED, WRONG, Known, Matched, Outcome, decide, match
from crm.import_rejects import rejects
from crm.import_resource import clean
from crm.import_write import OvertakenError, write, write_rows
from crm.ingest import COLLISIONS, TRIES, BusyError
from crm.models import Import, ImportRow
from crm.models.transfer import ImportStatus

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
OPEN = (ImportStatus.MAPPING, ImportStatus.PREVIEWED)
MANY = 1_000  # lines; from here on an import can make of a small table a large one
# PostgreSQL plans a foreign key's check once a connection. Planned for a table of a few rows, it reads the table whole,
# and would do so for each of ten thousand new ones. Fresh statistics have it planned again; what is locked is left out.
MEASURE = "ANALYZE (SKIP_LOCKED) contacts, leads, notes, consentements, evenements, lignes_import"


class ImportActError(Exception):
    """The act cannot be done now; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An import that has begun, and the last one of the same file to the same site, if there was one."""

    imported: Import
    earlier: Import | None


@dataclass(frozen=True, slots=True)
class Options:
    """What is done with contacts who are known, and whether workflows hear of those who are made."""

    updates: bool = False
    overwrites: bool = False
    announces: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, line by line; and what its wrong lines say."""

    outcomes: list[Outcome]
    cells: Mapping[int, tuple[str, ...]]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines would end how."""
        found = Counter(outcome.result for outcome in self.outcomes)
        return {result: found[result] for result in (CREATED, UPDATED, LEFT, WRONG)}

    @property
    def wrong(self) -> list[Outcome]:
        """The lines that are wrong."""
        return [outcome for outcome in self.outcomes if outcome.result == WRONG]


def upload(site: Site, name: str, data: bytes, *, actor: str, now: datetime) -> Uploaded:
    """Take a file in, its columns mapped by their titles. Raises ImportFileError."""
    sheet = read(name, data)
    digest = hashlib.sha256(data).hexdigest()
    earlier = Import.objects.filter(site=site, digest=digest).defer("content").order_by("-pk").first()
    with transaction.atomic():
        imported = Import.objects.create(
            organization_id=site.organization_id, site=site, file_name=shown_name(name), content=data, digest=digest,
            columns=list(sheet.columns), mapping=guess(sheet.columns), author=actor[:150], created_at=now,
        )  # fmt: skip
        _record(imported, actor, "deposer", now, {"lignes": len(sheet.rows), "colonnes": len(sheet.columns)})
    return Uploaded(imported, earlier)


def sheet_of(imported: Import) -> Sheet:
    """Return what the file of an open import holds. Raises ImportActError."""
    if imported.content is None:
        raise ImportActError("Le fichier de cet import n'est plus gardé : déposez-le de nouveau.")
    return read(imported.file_name, bytes(imported.content))


def set_mapping(import_id: int, mapping: Mapping[str, str], *, options: Options) -> Import:
    """Say which column is which field, and the options. Raises MappingError, ImportActError."""
    with transaction.atomic():
        imported = Import.objects.select_for_update().defer("content").get(pk=import_id)
        if imported.status not in OPEN:
            raise ImportActError("Cet import est fait : ses colonnes ne changent plus.")
        imported.mapping = check(mapping, imported.columns)
        imported.updates, imported.announces = options.updates, options.announces
        imported.overwrites = options.updates and options.overwrites
        imported.status = ImportStatus.PREVIEWED
        imported.save(update_fields=["mapping", "updates", "overwrites", "announces", "status"])
    return imported


def preview(import_id: int, *, now: datetime) -> Preview:
    """Return what an import would do, without doing it. Raises ImportActError, MappingError."""
    imported = Import.objects.select_related("site").get(pk=import_id)
    return foretell(imported.site, sheet_of(imported), imported.mapping, _options(imported), now=now)


def foretell(site: Site, sheet: Sheet, mapping: Mapping[str, str], options: Options, *, now: datetime) -> Preview:
    """Return what importing a sheet would do. Raises MappingError."""
    return _plan(site, sheet, mapping, options, now)[0]


def _options(imported: Import) -> Options:
    return Options(imported.updates, imported.overwrites, imported.announces)


def _plan(
    site: Site, sheet: Sheet, mapping: Mapping[str, str], options: Options, now: datetime, *, is_locked: bool = False
) -> tuple[Preview, dict[int, Known]]:
    lines = clean(sheet, check(mapping, sheet.columns), ZoneInfo(site.timezone), now)
    matched = match(lines, persons_of(site.pk, lines))
    ids = ids_of(matched)
    if is_locked:
        lock(site.pk, ids)
    known = kept(site.pk, ids)
    if is_locked and (known.keys() != set(ids) or _are_others(matched, known)):
        raise OvertakenError
    outcomes = decide(matched, known, updates=options.updates, overwrites=options.overwrites, now=now)
    wrong = {outcome.line for outcome in outcomes if outcome.result == WRONG}
    return Preview(outcomes, {row.line: row.values for row in sheet.rows if row.line in wrong}), known


def _are_others(matched: list[Matched], known: dict[int, Known]) -> bool:
    """Tell whether a contact has got another email since it was found: another line might be about it."""
    persons = [m.person for m in matched if m.person is not None and m.person.id is not None]
    return any(known[p.id or 0].email not in (None, p.email) for p in persons)


def apply(import_id: int, *, actor: str, now: datetime) -> Import:
    """Import the contacts, all of them or (when it raises) none. A second call changes nothing.

    Raises ImportActError, and BusyError when others keep changing the same contacts.
    """
    return again(lambda: _apply(import_id, actor, now))


def _apply(import_id: int, actor: str, now: datetime) -> Import:
    imported = Import.objects.select_for_update(of=("self",)).select_related("site").get(pk=import_id)
    if imported.status not in OPEN:
        return imported
    if imported.status != ImportStatus.PREVIEWED:
        raise ImportActError("Associez d'abord les colonnes du fichier.")
    options = _options(imported)
    found, known = _plan(imported.site, sheet_of(imported), imported.mapping, options, now, is_locked=True)
    write(imported, found.outcomes, known, actor, now)
    write_rows(imported, found.outcomes, found.cells)
    if len(found.outcomes) >= MANY:
        run(MEASURE)
    counts = found.counts
    imported.created, imported.updated = counts[CREATED], counts[UPDATED]
    imported.skipped, imported.failed = counts[LEFT], counts[WRONG]
    imported.status, imported.done_at, imported.content = ImportStatus.DONE, now, None
    imported.save()
    _record(imported, actor, "importer", now, counts | asdict(options))
    return imported


def again(act: Callable[[], Answer]) -> Answer:
    """Do something in a transaction, and once more when it meets another (as crm/ingest.py does). Raises BusyError."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return act()
        except OvertakenError:
            logger.info("an import was overtaken: once more")
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, COLLISIONS):
                raise
            logger.info("an import met another (%s): once more", type(error.__cause__).__name__)
    raise BusyError


def discard(import_ids: Sequence[int], *, actor: str, now: datetime) -> int:
    """Give up imports that were not done, with their files; return how many."""
    with transaction.atomic():
        rows = list(Import.objects.select_for_update().defer("content").filter(pk__in=import_ids, status__in=OPEN))
        for imported in rows:
            _record(imported, actor, "abandonner", now, {})
        Import.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def rejected(imported: Import, *, now: datetime) -> bytes:
    """Return the wrong lines of an import, done or not, as a file to be mended. Raises ImportActError."""
    if imported.status in OPEN:
        found = preview(imported.pk, now=now)
        return rejects(imported.columns, ((found.cells[outcome.line], outcome.said) for outcome in found.wrong))
    rows = ImportRow.objects.filter(imported=imported, result=WRONG).order_by("line").values_list("given", "errors")
    return rejects(imported.columns, ((given, errors) for given, errors in rows if given))


def _record(imported: Import, actor: str, action: str, now: datetime, details: Mapping[str, object]) -> None:
    record(
        actor, f"import.{action}", "import", imported.pk, now=now, organization_id=imported.organization_id,
        details=details,
    )  # fmt: skip
