"""API keys: shown once, stored as a digest."""

import pytest

from accounts.keys import KeyKind, digest, new_key


@pytest.mark.parametrize(("kind", "mark"), [(KeyKind.SECRET, "ber_sk_"), (KeyKind.PUBLISHABLE, "ber_pk_")])
def test_a_key_says_what_it_is_and_its_digest_does_not_say_the_key(kind: KeyKind, mark: str) -> None:
    made = new_key(kind)
    assert made.plain.startswith(mark)
    assert made.plain.startswith(made.prefix)
    assert len(made.prefix) <= 12
    assert digest(made.plain) == made.digest
    assert made.plain not in made.digest
    assert new_key(kind).digest != made.digest
