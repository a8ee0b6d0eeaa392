"""berinia.js in a real Chromium, on a client's page of another origin than ours."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, sync_playwright

from accounts.keys import KeyKind
from accounts.models import ApiKey, Site
from crm.models import Consent, Event
from tests.make import make_site

pytestmark = pytest.mark.django_db(transaction=True)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FORM = """
<form action="/merci" method="get" data-berinia="demande_devis">
  <input name="your-name" value="Jean Dupont"> <input name="courriel" value="Jean@Example.com">
  <input type="tel" name="contact[tel]" value="06 12 34 56 78"> <textarea name="travaux">Trois fenêtres</textarea>
  <input type="hidden" name="urgence" value="haute"> <input type="number" name="surface" value="12.5">
  <input type="password" name="mot" value="secret"> <input name="numero_carte" value="4242424242424242">
  <input name="x" autocomplete="cc-csc" value="123"> <input type="hidden" name="_csrf" value="jeton">
  <input name="interne" value="non" data-berinia-ignore> <input type="file" name="plan">
  <label><input type="checkbox" name="offres" data-berinia-consentement="email sms" checked>
    J'accepte de recevoir les offres
    de Plomberie Martin.</label>
  <input type="checkbox" name="options" value="a" checked> <input type="checkbox" name="options" value="b" checked>
  <input name="site_web" data-berinia-piege> <button>Envoyer</button>
</form>
"""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a port of its own; yields the origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class ClientSite:
    """A client's web site: pages by path."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {"/merci": "<!doctype html><title>Merci</title><h1>Merci</h1>"}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path.partition("?")[0], "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self.handler = Handler


class Flaky:
    """Our API behind something that answers 503 at first."""

    def __init__(self, target: str, failures: int) -> None:
        self.target, self.left, self.keys, self.allows = target, failures, [], threading.Event()
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            def do_OPTIONS(self) -> None:
                flaky.answer(self, requests.options(flaky.target + self.path, headers=dict(self.headers), timeout=5))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                flaky.keys.append(self.headers["Idempotency-Key"])
                if flaky.left:
                    flaky.left -= 1
                    self.send_response(503)
                    self.send_header("Access-Control-Allow-Origin", "*")
                    self.end_headers()
                    return
                flaky.answer(self, requests.post(
                    flaky.target + self.path, body, headers=dict(self.headers), timeout=5))  # fmt: skip

            def log_message(self, *_args: object) -> None:
                pass

        self.handler = Handler

    def answer(self, to: BaseHTTPRequestHandler, answer: requests.Response) -> None:
        to.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.startswith("Access-Control") or name == "Content-Type":
                to.send_header(name, value)
        to.end_headers()
        to.wfile.write(answer.content)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page of Debian's Chromium. Playwright runs a loop in this thread: Django is told that this is meant."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def client_site() -> Iterator[ClientSite]:
    """A client's site, with its origin."""
    site = ClientSite()
    with serving(site.handler) as origin:
        site.origin = origin
        yield site


@pytest.fixture
def site(client_site: ClientSite) -> Site:
    """The site in BerinIA, which knows the address of the client's."""
    return make_site(url=f"{client_site.origin}/")


@pytest.fixture
def tag(site: Site, live_server: Any) -> Callable[..., str]:
    """Write the snippet with a fresh publishable key."""
    key = ApiKey.issue(site, KeyKind.PUBLISHABLE)[1]

    def written(api: str = "", more: str = "") -> str:
        at = f' data-api="{api}/berinia.js"' if api else ""
        return f'<script src="{live_server.url}/berinia.js" data-cle="{key}"{at} {more} defer></script>'

    return written


def eventually(check: Callable[[], Any], page: Page, seconds: float = 20) -> Any:
    until = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < until, "nothing came"
        page.wait_for_timeout(100)
    return found


def html(*parts: str) -> str:
    return "<!doctype html><html lang=fr><title>Devis</title>" + "".join(parts)


def test_a_form_of_another_origin_is_reported_and_goes_on(page, client_site, tag):
    client_site.pages["/devis"] = html(tag(), FORM)
    page.goto(f"{client_site.origin}/devis?utm=x#haut")
    page.click("button")
    page.wait_for_url("**/merci*")
    event = eventually(lambda: Event.objects.select_related("contact").first(), page)
    who = event.contact
    assert (event.name, who.name, who.email, who.phone) == (
        "demande_devis", "Jean Dupont", "jean@example.com", "+33612345678",
    )  # fmt: skip
    assert event.data == {
        "travaux": "Trois fenêtres", "urgence": "haute", "surface": 12.5, "options": ["a", "b"],
        "page": f"{client_site.origin}/devis",
    }  # fmt: skip
    assert re.fullmatch(r"[0-9a-f-]{36}", event.idempotency_key)
    agreed = Consent.objects.filter(contact=who, state="granted")
    assert set(agreed.values_list("channel", flat=True)) == {"email", "sms"}
    assert agreed.first().text == "J'accepte de recevoir les offres de Plomberie Martin."


def test_nothing_is_stored_on_the_device_nor_sent_beforehand(page, client_site, tag):
    client_site.pages["/devis"] = html(tag(), FORM)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{client_site.origin}/devis")
    page.wait_for_timeout(500)
    assert [url for url in asked if "/api/" in url] == []
    page.click("button")
    page.wait_for_url("**/merci*")
    eventually(Event.objects.exists, page)
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_a_page_that_is_not_allowed_is_told_so_and_still_works(page, client_site, site, tag):
    Site.objects.filter(pk=site.pk).update(url="https://ailleurs.example")
    client_site.pages["/devis"] = html(
        tag(), FORM.replace("<form", "<form target=cadre"), "<iframe name=cadre></iframe>"
    )
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{client_site.origin}/devis")
    page.click("button")
    eventually(lambda: any("n'est pas autorisée sur" in text for text in said), page)
    assert page.frame("cadre").url.startswith(f"{client_site.origin}/merci")
    assert not Event.objects.exists()


def test_what_was_answered_503_comes_again_with_the_same_key(page, client_site, live_server, tag):
    flaky = Flaky(live_server.url, failures=2)
    with serving(flaky.handler) as api:
        client_site.pages["/devis"] = html(tag(api), FORM.replace("<form", '<form onsubmit="return false"'))
        page.goto(f"{client_site.origin}/devis")
        page.click("button")
        eventually(Event.objects.exists, page)
    assert len(flaky.keys) == 3
    assert len(set(flaky.keys)) == 1


def test_with_consent_the_next_page_sends_what_was_left(page, client_site, live_server, tag):
    flaky = Flaky(live_server.url, failures=1)
    with serving(flaky.handler) as api:
        stub = "window.berinia = function () { (berinia.q = berinia.q || []).push(arguments) };"
        agree = f"<script>{stub} berinia('consent', true)</script>"
        client_site.pages["/devis"] = html(agree, tag(api), FORM)
        client_site.pages["/merci"] = html(agree, tag(api), '<a href="tel:+33123456789" data-berinia-appel>Appeler</a>')
        page.goto(f"{client_site.origin}/devis")
        page.click("button")
        page.wait_for_url("**/merci*")
        eventually(Event.objects.exists, page)
        assert len(set(flaky.keys)) == 1
        # Whoever wrote on the page before is known here: the call is reported.
        page.evaluate("document.querySelector('a').addEventListener('click', event => event.preventDefault())")
        page.click("a")
        call = eventually(lambda: Event.objects.filter(name="clic_telephone").first(), page)
    assert (call.data["numero"], call.contact.email) == ("+33123456789", "jean@example.com")
    assert json.loads(page.evaluate("sessionStorage.berinia"))["pending"] == []
    page.evaluate("berinia.consent(false)")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_call_of_somebody_unknown_is_nobodys_event(page, client_site, tag):
    client_site.pages["/"] = html(tag(more='data-appels="appel_urgence"'), '<a href="tel:+33123456789">Appeler</a>')
    page.goto(client_site.origin)
    page.evaluate("document.querySelector('a').addEventListener('click', event => event.preventDefault())")
    page.click("a")
    page.wait_for_timeout(500)
    assert not Event.objects.exists()
    page.evaluate("berinia.contact({telephone: '06 12 34 56 78'})")
    page.click("a")
    assert eventually(Event.objects.first, page).name == "appel_urgence"


def test_a_mistyped_phone_does_not_lose_the_request(page, client_site, tag):
    client_site.pages["/devis"] = html(tag(), FORM.replace("06 12 34 56 78", "0612"))
    page.goto(f"{client_site.origin}/devis")
    page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
    page.click("button")
    event = eventually(Event.objects.select_related("contact").first, page)
    assert (event.contact.email, event.contact.phone, event.data["telephone_saisi"]) == (
        "jean@example.com",
        None,
        "0612",
    )


def test_a_robot_in_the_trap_and_a_double_click_send_nothing_more(page, client_site, tag):
    client_site.pages["/devis"] = html(tag(), FORM)
    page.goto(f"{client_site.origin}/devis")
    page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
    page.fill("[name=site_web]", "https://spam.example")
    page.click("button")
    page.wait_for_timeout(500)
    assert not Event.objects.exists()
    page.fill("[name=site_web]", "")
    page.dblclick("button")
    eventually(Event.objects.exists, page)
    page.wait_for_timeout(300)
    assert Event.objects.count() == 1


def test_the_page_may_report_by_itself_and_hears_the_answer(page, client_site, tag):
    client_site.pages["/"] = html(tag())
    page.goto(client_site.origin)
    answer = page.evaluate(
        """new Promise(done => {
             document.addEventListener("berinia:recu", event => done(event.detail));
             berinia("appel_reserve", {email: "jean@example.com"}, {date: "2026-12-01"});
           })"""
    )
    event = Event.objects.get()
    assert answer == {"evenement": "appel_reserve", "id": str(event.pk), "statut": "accepte"}
    assert event.data["date"] == "2026-12-01"


def test_consent_of_a_tcf_banner_is_heard(page, client_site, tag):
    banner = """<script>window.__tcfapi = (command, version, tell) => {
        window.choose = yes =>
            tell({eventStatus: "useractioncomplete", gdprApplies: true, purpose: {consents: {1: yes}}}, true);
        tell({eventStatus: "cmpuishown", gdprApplies: true, purpose: {consents: {}}}, true);
    }</script>"""
    client_site.pages["/"] = html(banner, tag())
    page.goto(client_site.origin)
    assert page.evaluate("sessionStorage.length") == 0
    page.evaluate("choose(true)")
    assert page.evaluate("sessionStorage.length") == 1
    page.evaluate("choose(false)")
    assert page.evaluate("sessionStorage.length") == 0
