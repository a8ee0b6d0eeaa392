"""Every page of the admin in a real browser: axe finds nothing, no page is wider than a phone, no console complains."""

import re
from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as BrowserTimeout

from tests.browser import chromium
from tests.browser.conftest import House
from tests.browser.screenshots import populate

# What the admin's theme does by itself: its rule, and where.
THEMES_OWN = [
    ("aria-allowed-role", r"\.object-tools|x-ref"),
    ("list", r"\.object-tools"),
    ("target-size", r"#searchbar-submit|searchbar|select2|action-(select|toggle)"),
    ("aria-input-field-name", r"select2"),
    ("select-name", r"_set-\d+-"),  # a row below a form: its label is the column's head
    ("link-in-text-block", r'href="\.\./password/"'),
]
# What another theme can change is the contrast alone.
RULES = {"light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "dark": ["color-contrast"]}


@pytest.fixture(scope="module")
def lived(house: House) -> House:
    """A house in which people have lived."""
    populate(house, 400)
    return house


def violations(page: Page, rules: list[str]) -> list[str]:
    """Return what axe finds that is ours. It does not ask frames: those of previews are sandboxed, and never answer."""
    found: list[str] = []
    for violation in Axe().run(page, options={"runOnly": rules, "iframes": False}).response["violations"]:
        for node in violation["nodes"]:
            where = f"{node['target'][0]} {node['html'][:160]}"
            if not any(violation["id"] == rule and re.search(place, where) for rule, place in THEMES_OWN):
                found.append(f"{violation['id']}: {where}\n    {because(node)}")
    return found


def because(node: dict[str, Any]) -> str:
    """Return why axe finds fault with a part: of a contrast, its colours and its ratio."""
    return " ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])


def wrong_with(page: Page, address: str, rules: list[str]) -> list[str]:
    """Return what is wrong with the page that is open: for axe, without a title, too wide for a phone."""
    wrong = violations(page, rules)
    wrong += [] if page.title().strip(" |") else ["no title"]
    page.set_viewport_size(chromium.PHONE)
    with suppress(BrowserTimeout):  # a chart takes a moment to fit
        page.wait_for_function(f"document.documentElement.scrollWidth <= {chromium.PHONE['width']}", timeout=3_000)
    width: Any = page.evaluate("document.documentElement.scrollWidth")
    wrong += [f"{width} px wide on a phone"] if width > chromium.PHONE["width"] else []
    page.set_viewport_size(chromium.DESKTOP)
    return [f"{address} {what}" for what in wrong]


def is_open(page: Page, address: str) -> bool:
    """Tell whether it is a page for whoever is signed in: neither forbidden, nor a file, nor what a preview frames.

    An email as its contact sees it is served sandboxed: axe, a script, would wait in it for ever.
    """
    answer = page.request.get(address)
    is_framed = "sandbox" in answer.headers.get("content-security-policy", "")
    return answer.ok and answer.headers.get("content-type", "").startswith("text/html") and not is_framed


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_for_everybody(browser: Browser, lived: House, theme: str) -> None:
    wrong: list[str] = []
    with chromium.window(browser, color_scheme=theme) as page:
        lived.sign_in(page)
        opened = [address for address in lived.addresses() if is_open(page, lived.url + address)]
        for address in opened:
            page.goto(lived.url + address)
            wrong += wrong_with(page, address, RULES[theme])
    assert not wrong, f"{len(wrong)} findings:\n" + "\n".join(wrong)
    assert len(opened) > 80
