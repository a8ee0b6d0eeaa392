"""Arrays as PostgreSQL reads them."""

from datetime import UTC, datetime

import pytest

from berinia.rows import _array


def test_every_kind_of_value_is_written() -> None:
    at = datetime(2026, 3, 10, 10, 0, 0, 5, tzinfo=UTC)
    assert _array([1, None, True, 2.5]) == "{1,NULL,True,2.5}"
    assert _array([at]) == "{2026-03-10T10:00:00.000005+00:00}"
    assert _array(["a", "NULL", 'dit "oui"', "c:\\x", "{1,2}", ""]) == r'{"a","NULL","dit \"oui\"","c:\\x","{1,2}",""}'


def test_what_it_does_not_know_is_an_error() -> None:
    with pytest.raises(TypeError, match="no array of dict"):
        _array([{}])
