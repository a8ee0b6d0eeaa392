"""A sheet as CSV: what a French spreadsheet reads as it is, and never runs."""

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berinia.sheets import SHOWN, Column, Sheet, csv_lines, safe

COLUMNS = (Column("nom"), Column("n", "count"), Column("part", "share"), Column("délai", "seconds"))


def written(*rows: tuple[Any, ...]) -> str:
    return "".join(csv_lines(Sheet("t", "T", COLUMNS, rows)))


def test_it_is_what_a_french_spreadsheet_expects() -> None:
    text = written(('Été; "vif"', 1234, 0.6543, 7200.5), ("", None, None, None))
    assert text == '\ufeffnom;n;part (%);délai (s)\r\n"Été; ""vif""";1234;65,43;7200,5\r\n;;;\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+33612345678", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_text_runs(text: str) -> None:
    assert safe(text) == f"'{text}"


def test_a_number_below_nothing_is_a_number() -> None:
    assert written(("a", -3, -0.5, -1.25)).endswith("a;-3;-50;-1,25\r\n")


@given(st.lists(st.tuples(st.text(), st.integers(), st.floats(0, 1), st.none()), max_size=5))
def test_each_row_is_read_again_as_it_was(rows: list[tuple[Any, ...]]) -> None:
    rows = [row for row in rows if "\x00" not in row[0] and not set(row[0]) & {"\x1c", "\x1d", "\x1e", "\x85"}]
    read = list(csv.reader(StringIO(written(*rows).removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert [line[0] for line in read[1:]] == [safe(row[0]) for row in rows]
    assert all(len(line) == len(COLUMNS) for line in read)


def test_a_page_shows_the_first_rows_and_the_file_all() -> None:
    sheet = Sheet("t", "T", COLUMNS, [("a", n, None, None) for n in range(SHOWN + 2)])
    assert (len(sheet.lines), sheet.left, len(list(csv_lines(sheet)))) == (SHOWN, 2, SHOWN + 3)
