"""The house as an operator's browser sees it: the real processes, fake providers behind them, a real Chromium."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.road.conftest import System


class House(System):
    """The system of the road tests, with its demo access and ways into the admin."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def access(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return found

    def sign_in(self, page: Page) -> None:
        """Sign in with the demo's password, as a person does."""
        page.goto(f"{self.url}/admin/login/?next=/admin/")
        page.fill("input[name=username]", self.access["admin_user"])
        page.fill("input[name=password]", self.access["admin_password"])
        page.click("button[type=submit]")
        page.wait_for_url(f"{self.url}/admin/")

    def addresses(self) -> list[str]:
        """Return every page of the admin, with the first row of each model."""
        code = "from tests.browser.addresses import main; main()"
        found: list[str] = json.loads(self.manage(code).splitlines()[-1])
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module: its loop must not run on where other tests start loops of their own.

    Where there is none the tests are skipped; CI says that there has to be one (BROWSER=1).
    """
    if chromium.path() is None:
        message = "no Chromium here: apt-get install chromium, or set CHROMIUM to one"
        pytest.fail(message) if os.environ.get("BROWSER") else pytest.skip(message)
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """`make run` on servers of its own, once a module."""
    with (
        tempfile.TemporaryDirectory(prefix="berinia-browser-") as folder,
        FakeResend() as resend,
        FakeTwilio() as twilio,
    ):
        started = House(Path(folder) / "data", resend, twilio, LOGIN_ATTEMPTS="100")
        started.folder.mkdir()
        try:
            started.start()
            yield started
        finally:
            if started.process and started.process.poll() is None:
                started.stop()
            for left in started.processes():
                left.kill()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of one's own, whose console must not complain."""
    with chromium.window(browser) as opened:
        yield opened
