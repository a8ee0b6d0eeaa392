"""Keys of CRMs: what is sealed opens again, under the same key only, and shows nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.sealing import SealError, seal, unseal


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_opens_again(plain: str) -> None:
    assert unseal(seal(plain)) == plain


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=50))
def test_what_is_sealed_shows_nothing_and_never_twice_the_same(plain: str) -> None:
    sealed = seal(plain)
    assert plain not in sealed
    assert sealed != seal(plain)


def test_nothing_stays_nothing() -> None:
    assert seal("") == unseal("") == ""


@pytest.mark.parametrize("damaged", ["x", "é", "gAAAAA", "pat-eu1-en-clair"])
def test_what_was_never_sealed_is_a_clear_error(damaged: str) -> None:
    with pytest.raises(SealError, match="saisissez-la à nouveau") as caught:
        unseal(damaged)
    assert len(damaged) < 3 or damaged not in str(caught.value)


def test_under_another_key_it_does_not_open(settings: Any) -> None:
    settings.CREDENTIALS_KEY = "a" * 40
    sealed = seal("pat-eu1-secret")
    settings.CREDENTIALS_KEY = "b" * 40
    with pytest.raises(SealError):
        unseal(sealed)
    settings.CREDENTIALS_KEY = "a" * 40
    assert unseal(sealed) == "pat-eu1-secret"


def test_the_key_itself_is_not_what_encrypts(settings: Any) -> None:
    """A key of Fernet as CREDENTIALS_KEY does not open it by itself: it is derived for this use."""
    from cryptography.fernet import Fernet, InvalidToken

    settings.CREDENTIALS_KEY = Fernet.generate_key().decode()
    with pytest.raises(InvalidToken):
        Fernet(settings.CREDENTIALS_KEY).decrypt(seal("secret").encode())
