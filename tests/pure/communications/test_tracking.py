"""A pixel and links of our own: only for who agreed, and only on links to pages."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.tracking import seen, sign, track

BASE = "https://app.exemple.fr"
EMAIL = """<html><body><a href="https://a.fr/?x=1&amp;y=2">Devis</a> <a class="b" href='HTTP://b.fr'>B</a>
<a href="tel:+33612345678">Appeler</a> <a href="mailto:a@b.fr">Écrire</a> <a href="https://app.exemple.fr/u/12:x">Fin</a>
<a href="#haut">Haut</a> <img src="https://a.fr/logo.png"> <link href="https://a.fr/style.css"></body></html>"""


def told(message_id: int, link: str) -> str:
    return f"[{message_id}|{link}]"


def test_without_consent_an_email_goes_out_as_it_is() -> None:
    assert track(EMAIL, 7, False, False, BASE, told) == EMAIL


def test_a_pixel_stands_at_the_end_of_the_body() -> None:
    found = track(EMAIL, 7, True, False, BASE, told)
    pixel = re.search(r"<img src=\"https://app.exemple.fr/o/\[7\|\].gif\" alt=\"\" width=\"1\"[^>]*></body>", found)
    assert pixel
    assert found.replace(pixel[0].removesuffix("</body>"), "") == EMAIL
    assert track("Bonjour", 7, True, False, BASE, told).startswith("Bonjour<img")


def test_links_to_pages_are_noted_and_no_others() -> None:
    found = track(EMAIL, 7, False, True, BASE, told)
    assert [unescape(link) for link in re.findall(r"/c/(\[.*?\])", found)] == [
        "[7|https://a.fr/?x=1&y=2]", "[7|HTTP://b.fr]",
    ]  # fmt: skip
    for kept in (
        "tel:+33612345678",
        "mailto:a@b.fr",
        "https://app.exemple.fr/u/12:x",
        "#haut",
        "logo.png",
        "style.css",
    ):
        assert f'"{kept}' in found or f"/{kept}" in found
    assert '<img src="https://app' not in found


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_any_text_can_be_tracked(text: str, opens: bool, clicks: bool) -> None:
    found = track(text, 7, opens, clicks, BASE, told)
    assert found.count("/o/") - text.count("/o/") == int(opens)


@given(st.integers(1, 2**62), st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_a_token_says_what_it_was_made_of(message_id: int, link: str) -> None:
    token = sign(message_id, link)
    assert re.fullmatch(r"[\w.:-]+", token)
    found = seen(token)
    assert found
    assert (found.message_id, found.link) == (message_id, link)


@pytest.mark.parametrize("token", ["", "rien", "eyJ9:abc", sign(7, "https://a.fr")[:-1], "x" + sign(7, "https://a.fr")])
def test_a_token_that_was_made_up_says_nothing(token: str) -> None:
    assert seen(token) is None
