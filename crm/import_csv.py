"""The lines of a text file with separators: its encoding and its separator are found out. Pure."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from io import StringIO
from itertools import islice

from crm.import_limits import MOST_COLUMNS, ImportFileError, Line, Lines, tidy
from crm.import_rejects import FORMULA

SEPARATORS = ";,\t|"
SAMPLE = 50  # lines by which a separator is judged


def csv_lines(data: bytes) -> list[Line]:
    """Return the lines of a text file. Raises ImportFileError."""
    text = decoded(data)
    first, _, rest = text.partition("\n")
    named = first.strip().strip('"')
    if named.lower().startswith("sep=") and len(named) == 5:  # how Excel is told which one it is
        return _lines(rest, named[4], skipped=1)
    return _lines(text, separator_of(text))


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or Windows' cp1252. Raises ImportFileError."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text.removeprefix("\ufeff")
    raise ImportFileError(
        "Ce fichier n'est pas un texte lisible. Enregistrez-le en « CSV UTF-8 » ou en « Classeur Excel (.xlsx) »."
    )


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith(BOM_UTF8):
        return ("utf-8-sig",)
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return ("utf-16",)
    # Text in Latin letters has a zero in every other byte of UTF-16: on the odd ones if it is little-endian.
    even, odd = data[0:2000:2].count(0), data[1:2000:2].count(0)
    if even + odd > len(data[:2000]) // 4:
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return ("utf-8", "cp1252")


def separator_of(text: str) -> str:
    """Return the separator that cuts the first lines into the most even columns."""
    return max(SEPARATORS, key=lambda separator: _evenness(text, separator))


def _evenness(text: str, separator: str) -> tuple[float, int]:
    """Return which part of the lines is as wide as the first one, and how wide that is; nothing for a single column."""
    widths = []
    try:
        for cells in islice(csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True), SAMPLE):
            widths += [len(cells)] if any(cells) else []
    except csv.Error:
        pass  # a quote is not closed, or not where this separator would have it: what came before it counts
    if not widths or widths[0] == 1:
        return (0, 0)
    return (widths.count(widths[0]) / len(widths), widths[0])


def _lines(text: str, separator: str, skipped: int = 0) -> list[Line]:
    found, begins = Lines(), skipped + 1
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            # What is past the limit is too much already, however far it goes.
            found.add(begins, [_unguarded(tidy(cell)) for cell in cells[: MOST_COLUMNS + 1]])
            begins = skipped + reader.line_num + 1
    except csv.Error:
        raise ImportFileError(f"Ligne {begins} : un guillemet n'est pas fermé.") from None
    return found.all


def _unguarded(cell: str) -> str:
    """Take away the ' that keeps a spreadsheet from running a cell (crm/import_rejects.py)."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
