"""The page on providers tells of each one, and of each of its codes, what the code does."""

import re
from pathlib import Path

import pytest

from communications.faults import Fault
from communications.providers.base import Provider
from communications.providers.choice import SANDBOX, kinds

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text()
ROW = re.compile(r"^\| ([A-Z_]+) \| (.*?) \| (.*?) \|$", re.MULTILINE)
TOLD = {name: kind for name, kind in kinds().items() if name != SANDBOX}


def rows(name: str) -> dict[str, tuple[str, str]]:
    section = PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]
    return {fault: (at_once, reported) for fault, at_once, reported in ROW.findall(section)}


@pytest.mark.parametrize("kind", TOLD.values(), ids=TOLD)
def test_each_code_stands_where_it_belongs(kind: type[Provider]) -> None:
    told = rows(kind.name)
    for column, table in enumerate((kind.faults, kind.reported)):
        found = {(code, fault) for fault, cells in told.items() for code in re.findall(r"`([\w.]+)`", cells[column])}
        assert found == {(code, fault.name) for code, fault in table.items()}
    alarming = {code for cells in told.values() for code in re.findall(r"`(\w+)`!", cells[1])}
    assert alarming == set(kind.alarming)


def test_each_fault_and_what_providers_need_is_told() -> None:
    assert all(f"\n| {fault.name} | " in PAGE for fault in Fault)
    settings = {name for kind in TOLD.values() for name in (*kind.made_from, kind.rate_setting)}
    untold = {name for name in settings if f"`{name}`" not in PAGE and not name.endswith("_API_URL")}
    assert untold == set()
