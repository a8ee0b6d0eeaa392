"""Sheets: a table of typed cells, to be read on a page or taken along as CSV for a French spreadsheet. Pure.

No cell runs as a formula (https://owasp.org/www-community/attacks/CSV_Injection): a text that begins as one does gets
an apostrophe. Numbers are numbers, with a decimal comma.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"
SHOWN = 40  # rows on a page; the file has them all

Kind = Literal["text", "count", "share", "seconds", "euros", "change"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head and what its cells are."""

    title: Any
    kind: Kind = "text"

    @property
    def is_number(self) -> bool:
        """Whether it stands on the right."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `links` has, for each row, where its first cell leads; `notes`, what is added to it in small."""

    key: str
    title: Any
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    links: Sequence[str] = ()
    empty: Any = ""

    @property
    def lines(self) -> list[tuple[str, list[tuple[Column, Any]]]]:
        """The first rows: where each leads, and its cells beside their columns."""
        links = self.links or [""] * len(self.rows)
        return [
            (link, list(zip(self.columns, row, strict=True)))
            for link, row in zip(links[:SHOWN], self.rows[:SHOWN], strict=True)
        ]

    @property
    def left(self) -> int:
        """How many rows only the file has."""
        return max(0, len(self.rows) - SHOWN)


def csv_lines(sheet: Sheet) -> Iterator[str]:
    """Yield a sheet's lines as CSV: a byte order mark, semicolons, CRLF (RFC 4180). Shares are percentages."""
    yield BOM + _line(str(column.title) + _unit(column) for column in sheet.columns)
    for row in sheet.rows:
        yield _line(_cell(value, column.kind) for column, value in zip(sheet.columns, row, strict=True))


def safe(text: str) -> str:
    """Return a text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _unit(column: Column) -> str:
    return {"share": " (%)", "seconds": " (s)", "euros": " (€)", "change": " (%)"}.get(column.kind, "")


def _cell(value: Any, kind: Kind) -> str:
    if value is None or value == "":
        return ""
    if kind == "text" or isinstance(value, str):
        return safe(str(value))
    if kind in ("share", "change"):
        value = round(value * 100, 2)
    number = f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return number.replace(".", ",")


def _line(cells: Any) -> str:
    return ";".join(_quoted(cell) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    if any(mark in cell for mark in ';"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
