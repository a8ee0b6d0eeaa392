"""A file of contacts: bytes and a name in, columns and rows out. Pure.

What it is, its first bytes say, not its name. Its first line holds the titles of the columns.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm.import_csv import csv_lines
from crm.import_limits import MOST_BYTES, ImportFileError, Line
from crm.import_xlsx import xlsx_lines

__all__ = ["ImportFileError", "Row", "Sheet", "read", "shown_name"]

LONGEST_TITLE = 100
LONGEST_NAME = 200
# Where a title should stand and this does, there are no titles.
NO_TITLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?[\d .()/-]{8,}")
FOREIGN = {
    b"%PDF": "un PDF", b"\xd0\xcf\x11\xe0": "un ancien classeur Excel (.xls), ou un classeur protégé par mot de passe",
    b"\x89PNG": "une image", b"\xff\xd8\xff": "une image", b"GIF8": "une image", b"\x1f\x8b": "une archive",
    b"Rar!": "une archive", b"7z\xbc\xaf": "une archive", b"{\\rtf": "un document", b"\x7fELF": "un programme",
    b"MZ\x90": "un programme",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number in the file, a text for each column, and whether it has more cells than there are titles."""

    line: int
    values: tuple[str, ...]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds. No two columns have the same title."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def samples(self, column: int, count: int = 3) -> list[str]:
        """Return the first different values of a column."""
        found: dict[str, None] = {}
        for row in self.rows:
            if len(found) == count:
                break
            if row.values[column]:
                found[row.values[column]] = None
        return list(found)


def read(name: str, data: bytes) -> Sheet:
    """Return what a CSV or XLSX file holds. Raises ImportFileError."""
    if not data.strip():
        raise ImportFileError("Ce fichier est vide.")
    if len(data) > MOST_BYTES:
        raise ImportFileError(f"Ce fichier dépasse {MOST_BYTES // 1024 // 1024} Mo : partagez-le en plusieurs.")
    for first, what in FOREIGN.items():
        if data.startswith(first):
            raise ImportFileError(
                f"« {shown_name(name)} » est {what}. Enregistrez vos contacts en CSV ou en « Classeur Excel (.xlsx) »."
            )
    return _sheet(xlsx_lines(data) if data.startswith(b"PK") else csv_lines(data))


def shown_name(name: str) -> str:
    """Return the name of a file as it is kept: without folders and without what nobody sees."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[-LONGEST_NAME:] or "fichier"


def _sheet(lines: Sequence[Line]) -> Sheet:
    if not lines:
        raise ImportFileError("Ce fichier est vide.")
    (number, titles), *rest = lines
    if any(NO_TITLE.fullmatch(title) for title in titles):
        raise ImportFileError(
            f"La ligne {number} contient déjà un contact : ajoutez au-dessus une ligne avec les titres des colonnes "
            "(nom, email, téléphone…)."
        )
    if not rest:
        raise ImportFileError("Ce fichier n'a que des titres : il n'y a aucun contact en dessous.")
    columns = _titles(titles)
    width = len(columns)
    rows = (Row(n, tuple(cells[:width] + [""] * (width - len(cells))), len(cells) > width) for n, cells in rest)
    return Sheet(columns, tuple(rows))


def _titles(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a title for each column: what has none is called by its place, what is there twice gets a number."""
    found: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        base = title = " ".join(cell.split())[:LONGEST_TITLE] or f"Colonne {place}"
        count = 1
        while title in found:
            count += 1
            title = f"{base} ({count})"
        found[title] = None
    return tuple(found)
