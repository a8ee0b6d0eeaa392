"""`make screenshots`: every page of the admin, light and dark, on a desktop and a phone, into screenshots/.

On realistic data: the four sectors deployed, people whose stories have just happened through the API, and some thousand
executions of the last year. `ONLY=lead` takes the pages whose address has that in it.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from tests.browser import chromium
from tests.browser.conftest import House
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.road.conftest import ROOT

FOLDER = ROOT / "screenshots"
DEVICES = {"desktop": chromium.DESKTOP, "phone": chromium.PHONE}
SKIPPED = re.compile(r"/(history|password|jsi18n|autocomplete)/|[?&](q|p|select_across|cursor|avant|format)=|\.csv")
TALLEST = 4_000  # pixels of a page that are taken

URGENT = {"urgence": "haute"}
PEOPLE = [
    ("Camille Martin", "camille.martin@exemple.fr", "+33612345601", "appel_urgence", {"probleme": "fuite d'eau"}),
    ("Léa Bernard", "lea.bernard@exemple.fr", "+33612345602", "appel_urgence", {"probleme": "chauffe-eau en panne"}),
    ("Hugo Petit", "hugo.petit@exemple.fr", "+33612345603", "demande_devis", {"travaux": "trois fenêtres"} | URGENT),
    ("Inès Moreau", "ines.moreau@exemple.fr", "+33612345604", "demande_consultation", {"sujet": "bail"} | URGENT),
    ("Gabriel Roux", "gabriel.roux@exemple.fr", "+33612345605", "telechargement_ressource", {"ressource": "Guide"}),
    ("Manon Faure", "manon.faure@exemple.fr", "+33612345606", "debut_travaux", {"chantier_id": "C12"}),
]


def populate(house: House, executions: int) -> None:
    """Deploy everything, let a few people's stories happen, and put a year of executions behind them."""
    for sector in ("plombier", "artisan", "avocat", "coach"):
        house.deploy(sector)
    house.call("generate", "--executions", str(executions), "--site", "site-123", "--full", "--yes")
    for n, (name, email, phone, event, data) in enumerate(PEOPLE):
        person = {"nom": name, "email": email, "telephone": phone}
        house.report(event, person, f"photo-{n}", appel_id=f"P{n}", devis_id=f"P{n}", dossier_id=f"P{n}", **data)
    house.wait(lambda: len(house.twilio.accepted()) + len(house.resend.accepted()) >= len(PEOPLE))
    camille = {"nom": PEOPLE[0][0], "telephone": PEOPLE[0][2]}
    house.report("intervention_terminee", camille, "photo-fin", appel_id="P0")
    house.report("avis_client", camille, "photo-avis", appel_id="P0", note=5)


def name_of(address: str) -> str:
    """Return a file's name for an address."""
    parts = urlsplit(address)
    text = parts.path.removeprefix("/admin/").strip("/") or "accueil"
    return re.sub(r"[^\w.-]+", "-", f"{text}-{parts.query}" if parts.query else text).strip("-")[:120]


def take(page: Page, address: str, path: Path) -> None:
    """Write the picture of one page, as tall as it is."""
    page.goto(address, wait_until="load")
    page.wait_for_timeout(400)  # fonts and charts
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 0
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(path=path, full_page=True, clip=clip)


def photograph(browser: Browser, house: House, only: str, devices: list[str], themes: list[str]) -> None:
    addresses = [a for a in house.addresses() if not SKIPPED.search(a) and only in a]
    print(f"{len(addresses)} pages", flush=True)
    for device in devices:
        for theme in themes:
            context = browser.new_context(
                viewport=DEVICES[device], color_scheme=theme, locale="fr-FR", device_scale_factor=1
            )
            page = context.new_page()
            house.sign_in(page)
            for address in addresses:
                try:
                    take(page, house.url + address, FOLDER / f"{name_of(address)}.{device}.{theme}.png")
                except BrowserError as error:
                    print(f"{address}: {str(error).splitlines()[0]}", file=sys.stderr)
                    page.close()  # what it goes on with would interrupt the next one
                    page = context.new_page()
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--executions", type=int, default=4_000)
    parser.add_argument("--devices", default=",".join(DEVICES))
    parser.add_argument("--themes", default="light,dark")
    options = parser.parse_args()
    if not options.only:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="berinia-photos-") as folder,
        FakeResend() as resend,
        FakeTwilio() as twilio,
    ):
        house = House(Path(folder) / "data", resend, twilio)
        house.folder.mkdir()
        try:
            house.start()
            populate(house, options.executions)
            with chromium.chromium() as browser:
                photograph(browser, house, options.only, options.devices.split(","), options.themes.split(","))
        finally:
            house.stop()
    print(f"{len(list(FOLDER.glob('*.png')))} images : {FOLDER}")


if __name__ == "__main__":
    main()
