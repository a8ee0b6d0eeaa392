"""Who has contacts is not deleted from a page; who has none is."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Site
from crm.models import Contact
from tests.make import make_contact, make_site

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["site", "organization"])
def test_a_row_with_contacts_says_why_it_stays(boss: Client, kind: str) -> None:
    contact = make_contact()
    row = contact.site if kind == "site" else contact.organization
    url = reverse(f"admin:accounts_{kind}_delete", args=[row.pk])
    page = boss.get(url).content.decode()
    assert "a des contacts" in page
    boss.post(url, {"post": "yes"})
    assert Site.objects.filter(pk=contact.site_id).exists()
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_a_row_without_contacts_goes(boss: Client) -> None:
    site = make_site()
    boss.post(reverse("admin:accounts_site_delete", args=[site.pk]), {"post": "yes"})
    assert not Site.objects.filter(pk=site.pk).exists()
