"""Which pages may report events with which key, and how often one visitor may."""

import pytest

from accounts.models import ApiKey
from accounts.refused import Refused, refused_origins
from berinia.redis_client import connected
from crm.models import Event

EVENT = {"evenement": "demande_devis", "contactData": {"email": "jean@example.com"}}
HOME = "https://plomberie-martin.example.com"


@pytest.fixture(autouse=True)
def nothing_refused_yet(api):
    for key in connected().scan_iter("berinia:origins:refused:*"):
        connected().delete(key)


def allow(api, *origins):
    ApiKey.objects.filter(site=api.site, kind="publishable").update(origins=list(origins))


def test_the_site_of_the_key_may_report_and_reads_the_answer(browser):
    answer = browser.post("/api/events", EVENT, Origin=HOME)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (202, HOME)
    assert "Origin" in answer["Vary"]
    assert answer["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(
    "origin", ["https://ailleurs.example", "http://plomberie-martin.example.com", "null", HOME + ":8443"]
)
@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
def test_another_page_is_refused_and_its_developer_told_why(browser, origin, path):
    answer = browser.post(path, EVENT if path == "/api/events" else {"evenements": [EVENT]}, Origin=origin)
    assert (answer.status_code, answer.json()["error"]) == (403, "origine_interdite")
    assert origin in answer.json()["detail"]
    assert HOME in answer.json()["detail"]
    assert answer["Access-Control-Allow-Origin"] == origin
    assert not Event.objects.exists()
    assert refused_origins(browser.site.pk) == [Refused(origin, 1)]


def test_origins_of_the_key_replace_that_of_the_site(api, browser):
    allow(api, "https://boutique.example", "http://localhost:3000")
    assert browser.post("/api/events", EVENT, Origin="http://localhost:3000").status_code == 202
    assert browser.post("/api/events", EVENT, Origin=HOME).status_code == 403


def test_what_is_no_browser_is_not_asked_where_it_comes_from(browser):
    assert browser.post("/api/events", EVENT).status_code == 202


def test_our_own_pages_may_always_report(api, browser, settings):
    allow(api, "https://boutique.example")
    settings.PUBLIC_URL = "https://berinia.example"
    assert browser.post("/api/events", EVENT, Origin="http://testserver").status_code == 202
    assert browser.post("/api/events", EVENT, Origin="https://berinia.example").status_code == 202


def test_a_secret_key_in_a_page_is_refused_and_the_documentation_may_use_it(api):
    answer = api.post("/api/events", EVENT, Origin=HOME)
    assert (answer.status_code, answer.json()["error"]) == (403, "cle_secrete_exposee")
    assert not Event.objects.exists()
    assert api.post("/api/events", EVENT, Origin="http://testserver").status_code == 202
    assert api.post("/api/events", EVENT).status_code == 202


def test_no_more_than_a_few_refused_origins_are_remembered(browser):
    for n in range(30):
        browser.post("/api/events", EVENT, Origin=f"https://x{n}.example")
    browser.post("/api/events", EVENT, Origin="https://x3.example")
    found = refused_origins(browser.site.pk)
    assert (len(found), found[0]) == (20, Refused("https://x3.example", 2))


def test_a_visitor_may_report_so_often_and_others_go_on(browser, api, settings):
    settings.VISITOR_EVENTS_PER_MINUTE = 3
    answers = [browser.post("/api/events", EVENT, Origin=HOME) for _ in range(7)]  # maybe across two minutes
    assert answers[0].status_code == 202
    assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "trop_de_requetes")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["Access-Control-Allow-Origin"] == HOME
    assert api.post("/api/events", EVENT).status_code == 202


def test_a_batch_counts_against_the_visitor_as_its_size(browser, settings):
    settings.VISITOR_EVENTS_PER_MINUTE = 3
    assert browser.post("/api/events/batch", {"evenements": [EVENT] * 4}).status_code == 429
    assert not Event.objects.exists()


def test_visitors_are_told_apart_and_no_address_is_kept(browser, settings):
    settings.VISITOR_EVENTS_PER_MINUTE, settings.SECURE_PROXY_SSL_HEADER = 2, ("HTTP_X_FORWARDED_PROTO", "https")
    for _ in range(5):
        refused = browser.post("/api/events", EVENT, X_Forwarded_For="192.0.2.7").status_code
    assert refused == 429
    assert browser.post("/api/events", EVENT, X_Forwarded_For="192.0.2.8").status_code == 202
    assert not [key for key in connected().scan_iter("berinia:throttle:*") if b"192.0.2" in key]


def test_one_household_of_ipv6_is_one_visitor(browser, settings):
    settings.VISITOR_EVENTS_PER_MINUTE, settings.SECURE_PROXY_SSL_HEADER = 2, ("HTTP_X_FORWARDED_PROTO", "https")
    for n in range(6):
        refused = browser.post("/api/events", EVENT, X_Forwarded_For=f"2001:db8::{n + 1}").status_code
    assert refused == 429
    assert browser.post("/api/events", EVENT, X_Forwarded_For="2001:db8:1::1").status_code == 202
