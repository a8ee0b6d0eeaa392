"""What browsers are told they may do, by kind of page."""

import pytest
from django.urls import reverse

from tests.acts.admin.conftest import signed_in
from tests.make import make_message, make_site

pytestmark = pytest.mark.django_db


def policy(response):
    parts = [part.strip().split(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def test_the_admin_runs_our_files_and_no_inline_script():
    found = policy(signed_in().get(reverse("admin:index")))
    assert found["script-src"] == ["'self'", "'unsafe-eval'"]
    assert found["default-src"] == ["'self'"]
    assert found["base-uri"] == found["object-src"] == ["'none'"]
    assert found["frame-ancestors"] == found["form-action"] == ["'self'"]
    assert found["connect-src"] == ["'self'", "ws://testserver"]


@pytest.mark.parametrize("path", ["/u/inconnu", "/alertes/inconnu", "/nulle-part", "/api/nulle-part"])
def test_what_others_see_runs_no_script_and_is_framed_by_nobody(client, path):
    found = policy(client.get(path))
    assert found["default-src"] == found["frame-ancestors"] == ["'none'"]
    assert "script-src" not in found


def test_the_description_of_the_api_evaluates_nothing(client):
    page = client.get("/api/docs")
    assert policy(page)["script-src"] == ["'self'"]
    assert b"<script>" not in page.content
    assert b"script=" in page.content  # SpectacularSwaggerSplitView: its script comes from an address
    assert client.get("/api/docs?script=").status_code == 200


def test_a_mail_keeps_its_own_stricter_policy():
    message = make_message(channel="email", payload={"subject": "Bonjour", "html": "<p>Bonjour</p>", "text": "Bonjour"})
    page = signed_in().get(reverse("admin:communications_message_preview", args=[message.pk]))
    assert policy(page)["default-src"] == ["'none'"]
    assert "sandbox" in policy(page)


def test_a_strange_host_is_refused_not_stumbled_upon(client):
    make_site()
    answer = client.get("/admin/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
