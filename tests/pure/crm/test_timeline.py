"""The timeline: several sources as one, in pages that repeat nothing and leave nothing out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm.timeline import Entry, merge, read, written

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


def entry(source: str, pk: int, hours: float) -> Entry:
    return Entry(source, pk, NOW - timedelta(hours=hours), "notes", f"{source}{pk}")


def pages(rows: dict[str, list[Entry]], most: int) -> list[list[Entry]]:
    """Read all pages as the admin does: of each source, one more than a page takes, below its position."""
    position: dict[str, int] = {}
    found = []
    for _n in range(200):
        page = merge(
            {
                name: [e for e in entries if e.pk < position.get(name, 10**9)][: most + 1]
                for name, entries in rows.items()
            },
            position,
            most,
        )
        found.append(list(page.entries))
        if page.next is None:
            return found
        position = dict(page.next)
    raise AssertionError("endless")


def test_sources_are_one_list_newest_first():
    rows = {"n": [entry("n", 2, 1), entry("n", 1, 5)], "m": [entry("m", 9, 3)]}
    page = merge(rows, {}, 10)
    assert [e.title for e in page.entries] == ["n2", "m9", "n1"]
    assert page.next is None


def test_the_next_page_begins_where_each_source_was_left():
    rows = {"n": [entry("n", 2, 1), entry("n", 1, 5)], "m": [entry("m", 9, 3)]}
    page = merge(rows, {}, 2)
    assert page.next == {"n": 2, "m": 9}
    assert [[e.title for e in found] for found in pages(rows, 2)] == [["n2", "m9"], ["n1"]]
    assert merge({"n": rows["n"][1:], "m": []}, {"n": 2, "m": 9}, 2).next is None


def test_what_was_noted_late_holds_up_nothing_and_stands_at_its_time():
    late = entry("n", 3, 100)  # noted last, about four days ago
    rows = {"n": [late, entry("n", 2, 1)], "m": [entry("m", 9, 2), entry("m", 8, 3)]}
    assert [[e.title for e in found] for found in pages(rows, 3)] == [["n2", "m9", "n3"], ["m8"]]


instants = st.lists(st.integers(0, 50), max_size=12)


@given(st.dictionaries(st.sampled_from("abc"), instants), st.integers(1, 5))
def test_pages_hold_everything_once(hours: dict[str, list[int]], most: int):
    rows = {name: [entry(name, len(found) - n, hour) for n, hour in enumerate(found)] for name, found in hours.items()}
    shown = [e for page in pages(rows, most) for e in page]
    assert sorted(e.title for e in shown) == sorted(e.title for entries in rows.values() for e in entries)
    for page in pages(rows, most):
        assert len(page) <= most
        assert [e.at for e in page] == sorted((e.at for e in page), reverse=True)


def test_a_position_travels_in_a_link():
    assert written({"m": 9, "ev": 12}) == "ev12.m9"
    assert read("ev12.m9", ["m", "ev"]) == {"m": 9, "ev": 12}
    for wrong in ("", "x", "m", "9", "m-1", "m9999999999999999999", "m1;drop", "zz4"):
        assert read(wrong, ["m", "ev"]) == {}
