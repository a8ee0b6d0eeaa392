"""The file of exported leads: nothing that a contact wrote is a formula in it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.sheet import COLUMNS, cell, written

WIDTH = len(COLUMNS)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


def row(text: Any) -> tuple[Any, ...]:
    return (text, *([""] * (WIDTH - 1)))


def from_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "+33612345678+1", "+"]
)
def test_what_begins_as_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["+33612345678", "Zoé", "a=b", "", "06 12", "3-2", "'déjà"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


@given(texts)
def test_no_cell_begins_as_a_formula_but_a_phone_number(text: str) -> None:
    written_ = str(cell(text))
    assert written_[:1] not in set("=@-\t\r\n＝＋－＠")
    assert written_[:1] != "+" or written_[1:].isdecimal()


@given(texts)
def test_a_file_can_be_read_again_whatever_is_in_it(text: str) -> None:
    lines = from_csv(written([row(text), row("fin")], "csv"))
    assert [len(line) for line in lines] == [WIDTH] * 3
    assert lines[1][0] == cell(text)
    assert lines[2][0] == "fin"


@pytest.mark.parametrize("text", ["=1+1", "+33612345678", "\x00\x07a\x1f", "é" * 40_000, "\ufffe", "@x", "a\nb"])
def test_excel_reads_texts_as_texts(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written([row(text)], "xlsx"))).active
    assert sheet is not None
    assert sheet.cell(2, 1).data_type in ("s", "inlineStr")  # never a formula, never a number
    assert (sheet.cell(2, 1).value or "") == cell(text)


def test_numbers_lists_instants_and_nothing() -> None:
    assert cell(82) == 82
    assert cell(["a", "b"]) == "a ; b"
    assert cell(["=a"]) == "'=a"
    assert cell(datetime(2026, 3, 10, 10, tzinfo=UTC)) == "2026-03-10T10:00:00+00:00"
    assert cell(None) == ""


def test_a_csv_file_opens_in_a_french_excel() -> None:
    content = written([], "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    assert from_csv(content) == [[title for title, _path in COLUMNS]]
