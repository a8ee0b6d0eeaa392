"""The lines of an import that are wrong, as a file to be mended and imported again. Pure."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from crm.import_limits import tidy

TITLE = "erreur"
# What a spreadsheet would run as a formula: OWASP, « CSV injection ». Reading the file again takes the ' away.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rejects(columns: Sequence[str], lines: Iterable[tuple[Sequence[str], Sequence[str]]]) -> bytes:
    """Return lines, each its cells and its errors, as CSV for a French spreadsheet; the last column says the errors."""
    kept = [place for place, title in enumerate(columns) if title != TITLE]  # what an earlier round said
    written = StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow([safe(columns[place]) for place in kept] + [TITLE])
    for cells, errors in lines:
        writer.writerow([*(safe(cells[place]) for place in kept), safe(tidy(" ; ".join(errors)))])
    return written.getvalue().encode("utf-8-sig")


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
