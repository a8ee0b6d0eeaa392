"""Origins as browsers write them, and which a key is good for."""

import pytest

from accounts.origins import InvalidOriginError, allowed, normalize


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        (" HTTPS://Www.Exemple.FR:443/ ", "https://www.exemple.fr"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://été.fr", "https://xn--t-9fab.fr"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_an_origin_is_written_as_browsers_do(written, origin):
    assert normalize(written) == origin


@pytest.mark.parametrize(
    "text",
    ["", "null", "*", "exemple.fr", "https://", "https://*.exemple.fr", "https://exemple.fr/page", "ftp://exemple.fr",
     "https://moi:secret@exemple.fr", "https://exemple.fr?x=1", "https://exemple.fr:99999", "https://a..b",
     "javascript:alert(1)", "https://exem ple.fr", "https://" + "a" * 200 + ".fr", "https://[zz]"],
)  # fmt: skip
def test_what_is_more_or_less_than_an_origin_is_refused(text):
    with pytest.raises(InvalidOriginError):
        normalize(text)


def test_a_key_without_origins_is_good_for_its_site_with_and_without_www():
    assert allowed([], "https://exemple.fr/contact") == ("https://exemple.fr", "https://www.exemple.fr")
    assert allowed([], "https://www.exemple.fr") == ("https://www.exemple.fr", "https://exemple.fr")
    assert allowed([], "http://localhost:3000/") == ("http://localhost:3000",)
    assert allowed([], "http://192.0.2.7") == ("http://192.0.2.7",)
    assert allowed([], "") == ()


def test_a_key_with_origins_is_good_for_no_other():
    assert allowed(["https://boutique.fr"], "https://exemple.fr") == ("https://boutique.fr",)
