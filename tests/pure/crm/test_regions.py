"""A postal code says which region of France it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.regions import DEPARTMENTS, REGIONS, postal_code_in, region_of


@pytest.mark.parametrize(
    ("code", "region"),
    [("69003", "Auvergne-Rhône-Alpes"), ("01 120", "Auvergne-Rhône-Alpes"), ("20200", "Corse"), ("97400", "La Réunion"),
     ("75009", "Île-de-France"), ("98800", ""), ("", ""), ("6900", ""), ("690031", "")],
)  # fmt: skip
def test_regions(code, region):
    assert region_of(code) == region


def test_each_department_of_the_mainland_is_in_one_region():
    numbers = [number for listed in DEPARTMENTS.values() for number in listed.split()]
    assert len(numbers) == len(REGIONS)
    assert {f"{n:02}" for n in range(1, 96)} <= set(numbers)


@pytest.mark.parametrize(
    ("text", "code"),
    [("3 rue des Lilas, 69003 Lyon", "69003"), ("BP 98800, 13012 Marseille", "13012"), ("12345678", ""), ("Lyon", "")],
)
def test_a_postal_code_is_found_in_an_address(text, code):
    assert postal_code_in(text) == code


@given(text=st.text())
def test_what_is_found_is_of_a_region(text):
    code = postal_code_in(text)
    assert not code or region_of(code)
