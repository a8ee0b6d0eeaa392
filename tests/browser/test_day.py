"""A day of an operator, played in a real browser on the real processes, with fake providers behind them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import House

pytestmark = pytest.mark.road
WAIT = 30_000  # milliseconds for what the processes do behind the page
CAMILLE = {"nom": "Camille Martin", "email": "camille.martin@exemple.fr", "telephone": "+33612345601"}
HUGO = {"nom": "Hugo Petit", "telephone": "+33612345603"}
ZOE = {"nom": "Zoé Roux", "telephone": "+33612345604"}


def open_page(page: Page, house: House, path: str) -> None:
    page.goto(f"{house.url}/admin/{path}")


def press(page: Page, name: str) -> None:
    """Press the button or link of this name on the page itself, not in its menu."""
    named = re.compile(rf"(^|\s){re.escape(name)}$")  # an icon's name may stand before it
    main = page.locator("#main")
    main.get_by_role("link", name=named).or_(main.get_by_role("button", name=named)).first.click()


def body(house: House, phone: str) -> list[str]:
    return [message["body"] for message in house.twilio.accepted() if message["to"] == phone]


def newest(house: House, table: str) -> int:
    found: int = house.rows(f"SELECT max(id) FROM {table}")[0][0]
    return found


def test_a_day_of_an_operator(page: Page, house: House) -> None:
    house.sign_in(page)
    deploy_the_plumber(page, house)
    watch_an_event_become_messages(page, house)
    follow_one_execution(page, house)
    pause_and_resume(page, house)
    stop_everything_and_go_on(page, house)
    replay_what_failed(page, house)
    read_the_figures(page, house)
    erase_a_person(page, house)


def deploy_the_plumber(page: Page, house: House) -> None:
    open_page(page, house, "")
    press(page, "Déployer un secteur")
    page.get_by_role("link", name=re.compile("Voir ce que cela apporte : Plombier")).click()
    expect(page.locator("#main")).to_contain_text("Urgence 24h/24")
    expect(page.locator("#main")).to_contain_text("Plomberie Durand & Fils")  # in the messages as they will read
    page.get_by_role("button", name=re.compile("Déployer sur")).click()
    expect(page.locator("#main")).to_contain_text("est déployé")
    assert house.rows("SELECT slug, status FROM workflows_automatises") == [("urgence-24h", "actif")]


def watch_an_event_become_messages(page: Page, house: House) -> None:
    open_page(page, house, "")
    expect(page.locator("[data-live-text]").first).to_have_text("En direct", timeout=WAIT)
    sent = page.locator("#figure-envoyes b")
    expect(sent).to_have_text("0")
    house.report("appel_urgence", CAMILLE, "jour-1", appel_id="A1", probleme="fuite d'eau")
    expect(sent).to_have_text("1", timeout=WAIT)  # nobody loaded the page again
    assert len(body(house, CAMILLE["telephone"])) == 1


def follow_one_execution(page: Page, house: House) -> None:
    open_page(page, house, f"workflows/execution/{newest(house, 'executions_workflow')}/change/")
    expect(page.locator("#main")).to_contain_text("Pourquoi ?")
    expect(page.locator("[data-live-text]").first).to_have_text("En direct", timeout=WAIT)
    house.report("intervention_terminee", CAMILLE, "jour-2", appel_id="A1")
    expect(page.locator("#main")).to_contain_text("urgence_terminee", timeout=WAIT)
    house.report("avis_client", CAMILLE, "jour-3", appel_id="A1", note=5)
    expect(page.locator("#main")).to_contain_text("convertie", timeout=WAIT)


def pause_and_resume(page: Page, house: House) -> None:
    workflow = f"workflows/workflow/{newest(house, 'workflows_automatises')}/change/"
    open_page(page, house, workflow)
    press(page, "Mettre en pause")
    press(page, "Mettre en pause")  # the page that asks
    expect(page.locator("#main")).to_contain_text("en pause")
    house.report("appel_urgence", HUGO, "jour-4", appel_id="A2", probleme="chauffe-eau")
    house.wait(lambda: house.rows("SELECT count(*) FROM evenements WHERE routed_at IS NULL") == [(0,)], 20)
    assert body(house, HUGO["telephone"]) == []
    open_page(page, house, workflow)
    press(page, "Reprendre")
    press(page, "Reprendre")
    expect(page.locator("#main")).to_contain_text("actif")


def stop_everything_and_go_on(page: Page, house: House) -> None:
    open_page(page, house, "workflows/workflow/arret-urgence/")
    press(page, "Tout arrêter maintenant")
    expect(page.locator("[name=raison]:invalid")).to_be_visible()  # a stop says why: nothing is stopped yet
    page.get_by_label("Raison").fill("Un message part par erreur")
    press(page, "Tout arrêter maintenant")
    open_page(page, house, "")
    expect(page.get_by_role("alert").first).to_contain_text("Arrêt d'urgence")
    house.report("appel_urgence", ZOE, "jour-5", appel_id="A3", probleme="fuite")
    page.wait_for_timeout(2_500)  # two ticks of Beat
    assert body(house, ZOE["telephone"]) == []
    open_page(page, house, "workflows/workflow/arret-urgence/")
    press(page, "Lever l'arrêt d'urgence")
    house.wait(lambda: len(body(house, ZOE["telephone"])) == 1, 30)
    # In working hours leads go to the CRM by themselves, with a reason of their own.
    given = house.rows("SELECT reason FROM journal_audit WHERE reason <> '' AND action NOT LIKE 'lead.%'")
    assert given == [("Un message part par erreur",)]


def replay_what_failed(page: Page, house: House) -> None:
    house.twilio.faults.append("refuse:400:21617")
    lost = {"nom": "Inès Moreau", "telephone": "+33612345609"}
    house.report("appel_urgence", lost, "jour-7", appel_id="A4", probleme="fuite")
    house.wait(lambda: house.rows("SELECT count(*) FROM messages WHERE status = 'failed'") == [(1,)], 30)
    open_page(page, house, f"communications/message/{newest(house, 'messages')}/change/")
    expect(page.locator("#main")).to_contain_text("échoué")
    press(page, "Rejouer")
    press(page, "Rejouer")
    house.wait(lambda: len(body(house, lost["telephone"])) == 1, 30)


def read_the_figures(page: Page, house: House) -> None:
    open_page(page, house, "communications/weeklyreport/analyses/?secteur=plombier")
    expect(page.locator("#main")).to_contain_text("Plombier")
    expect(page.locator("#main")).to_contain_text(re.compile(r"98\s*%"))  # the sector's target
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbf")


def erase_a_person(page: Page, house: House) -> None:
    (camille,) = house.rows("SELECT id FROM contacts WHERE phone = '+33612345601'")
    open_page(page, house, f"crm/contact/{camille[0]}/change/")
    expect(page.locator("#main")).to_contain_text(re.compile(r"06\s12\s34\s56\s01"))
    page.goto(f"{house.url}/admin/crm/contact/acte/effacement/?ids={camille[0]}&page=1")
    page.get_by_label("Confirmation").fill("effacer")
    press(page, "Effacer la personne (RGPD)")
    house.wait(lambda: house.rows("SELECT count(*) FROM contacts WHERE phone = '+33612345601'") == [(0,)], 20)
    assert house.rows("SELECT count(*) FROM messages WHERE \"to\" = '+33612345601'") == [(0,)]
