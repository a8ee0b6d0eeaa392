"""The board of leads under a mouse, a finger and a keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import chromium
from tests.browser.conftest import House

pytestmark = pytest.mark.road
HOLD = 400  # milliseconds: a finger that rests so long takes a card, one that does not scrolls
MAKE = """
from accounts.models import Site
from tests.make import make_contact, make_lead
site = Site.objects.get(slug="site-123")
print(make_lead(contact=make_contact(site=site, name="{who}", email="{who}@exemple.fr", phone=None)).pk)
"""
Mover = Callable[[Page, Locator, Locator], None]


def by_mouse(page: Page, card: Locator, column: Locator) -> None:
    page.mouse.move(*middle(card))
    page.mouse.down()
    page.mouse.move(*middle(column), steps=12)
    page.mouse.up()


def by_finger(page: Page, card: Locator, column: Locator) -> None:
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    (x, y), (to_x, to_y) = middle(card), middle(column)
    touch("touchStart", x, y)
    page.wait_for_timeout(HOLD)
    for n in range(1, 13):
        touch("touchMove", x + (to_x - x) * n / 12, y + (to_y - y) * n / 12)
        page.wait_for_timeout(20)
    touch("touchEnd")


def by_keyboard(page: Page, card: Locator, column: Locator) -> None:
    card.focus()
    page.keyboard.press("Alt+ArrowRight")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("mover", [by_mouse, by_finger, by_keyboard], ids=lambda mover: mover.__name__)
def test_a_card_moves_on_and_that_is_kept(browser: Browser, house: House, mover: Mover) -> None:
    who = f"Ana-{mover.__name__}"
    lead = house.manage(MAKE.format(who=who)).split()[-1]
    with chromium.window(browser, has_touch=mover is by_finger) as page:
        house.sign_in(page)
        page.goto(f"{house.url}/admin/crm/lead/tableau/")
        card = page.locator(f"[data-stage=lead] #deal-{lead}")
        moved = page.locator(f"[data-stage=qualified] #deal-{lead}")
        mover(page, card, page.locator("[data-stage=qualified]"))
        expect(moved).to_be_visible()
        expect(page.locator("[data-said]")).to_contain_text(who)  # what a screen reader says of it
        assert house.rows(f"SELECT stage FROM leads WHERE id = {int(lead)}") == [("qualified",)]
        page.reload()
        expect(moved).to_be_visible()
