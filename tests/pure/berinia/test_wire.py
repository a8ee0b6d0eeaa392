"""JSON that PostgreSQL, or the next reader, would refuse is refused at the door."""

import pytest

from berinia.wire import BadJSONError, BadValueError, read


def test_what_is_fine_comes_through_unchanged():
    text = '\ufeff{"a": [1, 2.5, true, null, "é", "\\ud83d\\ude00", "\\\\u0000"], "n": -9223372036854775807}'
    assert read(text.encode()) == {"a": [1, 2.5, True, None, "é", "😀", "\\u0000"], "n": -(2**63) + 1}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b'"\xff"',
        b'"\x00"',
        b'{"a": 1} x',
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_what_is_no_json_is_refused(raw):
    with pytest.raises(BadJSONError) as refusal:
        read(raw)
    assert refusal.value.code == "json_invalide"


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 50_000, b"[" * 22 + b"]" * 22])
def test_deep_nesting_is_refused(raw):
    with pytest.raises(BadJSONError):
        read(raw)


def test_twenty_levels_are_fine():
    assert read(b"[" * 20 + b"]" * 20)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775808", "1" + "0" * 5000, "1e400", "-1e999"])
def test_a_number_that_nobody_can_store_is_refused(number):
    with pytest.raises(BadValueError) as refusal:
        read(f'{{"n": {number}}}'.encode())
    assert refusal.value.code == "nombre_trop_grand"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"donnees": {"note": "a\\u0000b"}}', "donnees.note"),
        (b'{"donnees": {"notes": ["a", "\\ud83d"]}}', "donnees.notes[1]"),
        (b'{"donnees": {"\\udE00": 1}}', "donnees"),
        (b'"\\u0000"', None),
    ],
)
def test_a_character_that_cannot_be_stored_is_refused_with_its_place(raw, field):
    with pytest.raises(BadValueError) as refusal:
        read(raw)
    assert (refusal.value.code, refusal.value.field) == ("caractere_interdit", field)
