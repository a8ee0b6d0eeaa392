"""A file of contacts, whatever its bytes: columns and rows, or a clear error."""

import csv
from contextlib import suppress
from datetime import date, datetime, time
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crm.import_csv import decoded, separator_of
from crm.import_files import ImportFileError, read, shown_name
from crm.import_limits import LONGEST_CELL, MOST_COLUMNS, MOST_LINES, tidy
from crm.import_rejects import FORMULA, rejects


def workbook(*rows, formats=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, number_format in formats:
        book.active[place].number_format = number_format
    written = BytesIO()
    book.save(written)
    return written.getvalue()


# Made once: it bears the hour, and hypothesis wants the same bytes each time.
BOOK = workbook(["nom", "email"], ["Zoé", "zoe@example.com"])


def table(data, name="contacts.csv"):
    sheet = read(name, data)
    return [sheet.columns, *(row.values for row in sheet.rows)]


def sheet_or_error(data):
    """Read a file; whatever else than an error of ours comes out of it fails the test."""
    with suppress(ImportFileError):
        return read("x", data)


@settings(max_examples=500)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode) | st.binary().map(lambda b: b"PK\x03\x04" + b))
@example(b"PK\x05\x06" + b"\x00" * 18)
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"sep=;\n")
def test_any_bytes_are_rows_or_a_clear_error(data):
    sheet = sheet_or_error(data)
    if sheet is None:
        return
    assert len(set(sheet.columns)) == len(sheet.columns) <= MOST_COLUMNS
    assert sheet.rows
    assert all(len(row.values) == len(sheet.columns) for row in sheet.rows)
    assert [row.line for row in sheet.rows] == sorted({row.line for row in sheet.rows})


@settings(max_examples=50)
@given(st.data())
def test_a_workbook_with_any_damage_is_rows_or_a_clear_error(data):
    whole = bytearray(BOOK)
    for _n in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    sheet_or_error(bytes(whole))


LETTERS = "abcdéèçÀœ€'0129 -_.()"  # those that cp1252 has, too
CELLS = st.text(LETTERS + ',;|\t"\n', max_size=12).map(tidy).filter(lambda c: not (c[:1] == "'" and c[1:2] in "=+-@"))
TITLES = st.text("abcdefgé ", min_size=1, max_size=10).map(lambda t: " ".join(t.split())).filter(bool)


@st.composite
def tables(draw, cells=CELLS):
    titles = draw(st.lists(TITLES, min_size=2, max_size=5, unique=True))
    rows = draw(st.lists(st.tuples(*[cells] * len(titles)).filter(any), min_size=1, max_size=6))
    return [tuple(titles), *rows]


@settings(max_examples=200)
@given(
    tables(), st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from(";,\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans(),
)  # fmt: skip
def test_a_table_comes_back_out_of_any_csv(rows, encoding, separator, ending, is_quoted):
    written = StringIO()
    quoting = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    csv.writer(written, delimiter=separator, lineterminator=ending, quoting=quoting).writerows(rows)
    # Where a cell happens to look like a better cut, only a person could tell.
    assume(separator_of(written.getvalue()) == separator)
    data = written.getvalue().encode(encoding)
    assume(encoding != "cp1252" or not _is_utf8(data))
    assert table(data) == rows


def _is_utf8(data):
    try:
        return data.decode() != data.decode("cp1252")
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("separator", list(";,\t|"))
def test_the_separator_is_found_where_cells_hold_the_others(separator):
    others = [s for s in ";,|" if s != separator]
    written = StringIO()
    rows = [["nom", "email", "note"], *([f"a{others[0]}b", "x@y.fr", f'dit "{others[1]}"'] for _n in range(3))]
    csv.writer(written, delimiter=separator).writerows(rows)
    assert separator_of(written.getvalue()) == separator
    assert table(written.getvalue().encode())[1] == tuple(rows[1])


def test_a_single_column_needs_no_separator():
    assert table(b"email\na@example.com\n\nb@example.com\n") == [("email",), ("a@example.com",), ("b@example.com",)]


def test_excel_may_name_the_separator():
    sheet = read("a.csv", b"sep=|\r\nnom|email;x\r\nA|a@example.com\r\n")
    assert (sheet.columns, sheet.rows[0].values, sheet.rows[0].line) == (("nom", "email;x"), ("A", "a@example.com"), 3)


def test_lines_are_counted_as_an_editor_does():
    sheet = read("a.csv", b'\nnom,note\n\nA,"une\ndeux"\nB,x\n')
    assert [(row.line, row.values) for row in sheet.rows] == [(4, ("A", "une\ndeux")), (6, ("B", "x"))]


def test_a_line_with_more_cells_than_titles_says_so():
    sheet = read("a.csv", b"nom;email\nA;a@example.com;;\nB;b@example.com;x\n;c@example.com\n")
    assert [row.has_more for row in sheet.rows] == [False, True, False]


@settings(max_examples=50)
@given(tables(st.text("abcé€'=+-@;,\"\n", max_size=12).map(tidy)))
def test_a_table_comes_back_out_of_a_workbook(rows):
    book = Workbook()
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            if text:
                book.active.cell(number, place).value = text
                book.active.cell(number, place).data_type = "s"
    written = BytesIO()
    book.save(written)
    assert table(written.getvalue(), "a.xlsx") == rows


@pytest.mark.parametrize(
    ("value", "number_format", "seen"),
    [
        (612345678, "General", "612345678"), (6.12345678e8, "General", "612345678"),
        (33612345678.0, "0", "33612345678"),
        (0.1 + 0.2, "General", "0.3"), (12.5, "General", "12.5"), (-3, "General", "-3"), (True, "General", "oui"),
        (1000, "00000", "01000"), (date(2026, 3, 1), "DD/MM/YYYY", "01/03/2026"),
        (datetime(2026, 3, 1, 14, 30), "DD/MM/YYYY HH:MM", "01/03/2026 14:30:00"),  # noqa: DTZ001
        (time(9, 5), "HH:MM", "09:05"), ("  é\u200b\xa0", "General", "é"), ("=1+1", "General", ""),
        ("#N/A", "General", ""),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_see_it(value, number_format, seen):
    data = workbook(["a", "b"], ["x", value], formats=[("B2", number_format)])
    assert table(data, "a.xlsx")[1] == ("x", seen)


def test_of_a_workbook_the_first_sheet_counts():
    book = Workbook()
    book.active.append(["nom"])
    book.active.append(["Zoé"])
    book.create_sheet("autre").append(["rien"])
    written = BytesIO()
    book.save(written)
    assert table(written.getvalue()) == [("nom",), ("Zoé",)]


def test_another_zip_is_no_workbook():
    written = BytesIO()
    with ZipFile(written, "w") as zipped:
        zipped.writestr("photo.txt", "x")
    with pytest.raises(ImportFileError, match="n'est pas un classeur"):
        read("photos.zip", written.getvalue())


def test_as_many_as_allowed_are_allowed():
    assert len(read("a.csv", b"email\n" + b"a@b.fr\n" * MOST_LINES).rows) == MOST_LINES
    titles = ";".join(f"c{n}" for n in range(MOST_COLUMNS))
    assert len(read("a.csv", f"{titles}\nx\n".encode()).columns) == MOST_COLUMNS
    assert read("a.csv", b"a,b\n" + b"x" * LONGEST_CELL).rows
    with pytest.raises(ImportFileError, match="Ligne 2 : une case dépasse"):
        read("a.csv", b"a,b\n" + b"x" * (LONGEST_CELL + 1))


def test_a_workbook_has_the_same_limits():
    with pytest.raises(ImportFileError, match="plus de 100 colonnes"):
        read("a.xlsx", workbook(["x"] * 101))


def test_titles_are_told_apart():
    assert table(b"nom;;nom;Nom;nom\nA;B;C;D;E\n")[0] == ("nom", "Colonne 2", "nom (2)", "Nom", "nom (3)")


@pytest.mark.parametrize("first", [b"a@example.com;x", b"x;06 12 34 56 78", b"+33612345678"])
def test_a_first_line_with_a_contact_has_no_titles(first):
    with pytest.raises(ImportFileError, match="titres"):
        read("a.csv", first + b"\nx;y\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("C:\\tmp\\a.csv", "a.csv"), ("../../etc/passwd", "passwd"), ("", "fichier"), ("a\x00\n.csv", "a.csv")],
)
def test_a_name_is_shown_without_folders_and_tricks(name, shown):
    assert shown_name(name) == shown


@given(tables(st.text("ab=+-@\t\r\n;,\"'é", max_size=8).map(tidy)), st.lists(st.text(max_size=8), max_size=2))
def test_rejected_lines_run_nothing_and_come_back(rows, errors):
    titles, *lines = rows
    data = rejects(titles, [(line, errors) for line in lines])
    cells = list(csv.reader(StringIO(decoded(data), newline=""), delimiter=";"))
    assert not [cell for line in cells for cell in line if cell.startswith(FORMULA)]
    assume(separator_of(decoded(data)) == ";")
    assume(not any(cell.startswith(tuple(f"'{sign}" for sign in FORMULA)) for line in lines for cell in line))
    found = read("a.csv", data)
    assert found.columns == (*titles, "erreur")
    assert [row.values[:-1] for row in found.rows] == lines


def test_a_second_round_does_not_keep_the_errors_of_the_first():
    data = rejects(("email", "erreur"), [(("x", "ancienne"), ("nouvelle",))])
    assert table(data) == [("email", "erreur"), ("x", "nouvelle")]
