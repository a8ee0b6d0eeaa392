"""The admin speaks French, and English to whoever chose so."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(admin_user: object) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def page(client: Client, **headers: str) -> str:
    return client.get(reverse("admin:workflows_workflow_changelist"), headers=headers).content.decode()


def test_a_browser_that_asks_for_english_gets_french(operator: Client) -> None:
    assert "Exécutions" in page(operator, **{"accept-language": "en-US,en;q=0.9"})


def test_who_chooses_english_gets_it_until_further_notice(operator: Client) -> None:
    response = operator.post(reverse("set_language"), {"language": "en", "next": "/admin/"})
    assert response.status_code == 302
    assert operator.cookies["django_language"].value == "en"
    text = page(operator)
    assert "Executions" in text
    assert "Exécutions" not in text
    assert '<html lang="en"' in text


def test_a_language_that_is_not_there_is_french(operator: Client) -> None:
    operator.cookies["django_language"] = "xx'; DROP"
    assert '<html lang="fr"' in page(operator)
