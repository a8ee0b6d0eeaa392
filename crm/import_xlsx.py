"""The lines of a workbook's first sheet, each cell as a person sees it. Formulas are not run: what was saved counts.

Pure. A workbook is a zip of XML: how much it unpacks to is looked at before it is unpacked.
"""

import re
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from crm.import_limits import (
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_TEXTS,
    MOST_UNPACKED,
    ImportFileError,
    Line,
    Lines,
    tidy,
)

UNREADABLE = "Ce classeur est abîmé ou protégé. Ouvrez-le, puis enregistrez-le en « Classeur Excel (.xlsx) »."
TOO_MUCH = "Ce classeur contient trop de données une fois décompressé : gardez une seule feuille, sans images."
MACRO_OR_OTHER = "Ce fichier compressé n'est pas un classeur Excel : enregistrez-le en « Classeur Excel (.xlsx) »."
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
PIECE = 1 << 20
ZEROS = re.compile(r"0+")  # a format of postal codes: 00000


def xlsx_lines(data: bytes) -> list[Line]:
    """Return the lines of the first sheet. Raises ImportFileError."""
    try:
        _look_inside(data)
        return _lines(data)
    except ImportFileError:
        raise
    except Exception as error:  # openpyxl raises what comes: KeyError, ValueError, ParseError, …
        raise ImportFileError(UNREADABLE) from error


def _look_inside(data: bytes) -> None:
    """Check what the zip would unpack to. A part never unpacks to more than it says of itself: zipfile stops there."""
    try:
        with ZipFile(BytesIO(data)) as zipped:
            parts = zipped.infolist()
            if "xl/workbook.xml" not in zipped.namelist():
                raise ImportFileError(MACRO_OR_OTHER)
            texts = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or texts > MOST_TEXTS:
                raise ImportFileError(TOO_MUCH)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_declarations(zipped, part.filename)
    except BadZipFile:
        raise ImportFileError(UNREADABLE) from None


def _refuse_declarations(zipped: ZipFile, name: str) -> None:
    """Refuse entities: a few bytes of them can become gigabytes. No spreadsheet program writes any."""
    with zipped.open(name) as part:
        before = b""
        while piece := part.read(PIECE):
            if any(word in before + piece for word in DECLARATIONS):
                raise ImportFileError(UNREADABLE)
            before = piece[-16:]


def _lines(data: bytes) -> list[Line]:
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise ImportFileError("Ce classeur n'a pas de feuille.")
        found = Lines()
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
            found.add(number, [tidy(seen(cell)) for cell in cells])
        return found.all
    finally:
        book.close()


def seen(cell: Any) -> str:
    """Return what a person sees in a cell: no exponent, no `.0`, dates as they are written in France."""
    match cell.value:
        case None:
            return ""
        case str() as text:
            return "" if cell.data_type == "e" else text  # #N/A and its like say nothing
        case bool() as value:
            return "oui" if value else "non"
        case int() | float() as value:
            return _number(value, cell.number_format)
        case datetime() as instant if instant.time() != time():
            return instant.strftime("%d/%m/%Y %H:%M:%S")
        case date() as day:
            return day.strftime("%d/%m/%Y")
        case time() as hour:
            return hour.strftime("%H:%M")
        case other:
            return str(other)


def _number(value: int | float, number_format: str | None) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.15g}"
    text = str(int(value))
    return text.zfill(len(number_format)) if number_format and ZEROS.fullmatch(number_format) else text
