"""A site's key is shown once, and closed for good."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.keys import digest
from accounts.models import ApiKey, Role
from tests.acts.admin.conftest import signed_in
from tests.make import make_key, make_site

pytestmark = pytest.mark.django_db
ADD = "admin:accounts_apikey_add"


def test_the_plain_key_is_on_the_page_after_saving_and_nowhere_after(boss):
    site = make_site()
    page = boss.post(reverse(ADD), {"site": site.pk, "kind": "publishable", "name": "vitrine"})
    plain = page.context["plain"]
    key = ApiKey.objects.get()
    assert page.content.decode().count(plain) == 1
    assert "no-store" in page["Cache-Control"]
    assert (plain[:7], key.digest, key.site, key.name) == ("ber_pk_", digest(plain), site, "vitrine")
    assert ApiKey.objects.valid(plain).get() == key
    for url in (reverse("admin:accounts_apikey_change", args=[key.pk]), reverse("admin:accounts_apikey_changelist")):
        content = boss.get(url).content.decode()
        assert plain not in content
        assert key.digest not in content
        assert key.prefix in content
    assert plain not in str(list(LogEntry.objects.values()))
    assert plain not in str(dict(boss.session))


def test_a_key_that_exists_changes_neither_its_site_nor_what_it_opens(boss):
    plain = make_key()
    key, other = ApiKey.objects.get(), make_site()
    url = reverse("admin:accounts_apikey_change", args=[key.pk])
    boss.post(url, {"name": "neuf", "site": other.pk, "kind": "publishable", "digest": "x", "prefix": "x"})
    changed = ApiKey.objects.get()
    assert changed.name == "neuf"
    assert (changed.site, changed.kind, changed.digest) == (key.site, key.kind, digest(plain))


def test_a_revoked_key_opens_nothing_and_is_not_deleted(boss):
    plain = make_key()
    key = ApiKey.objects.get()
    url = reverse("admin:accounts_apikey_act", args=["revoquer"])
    assert "sans retour" in boss.get(url, {"ids": key.pk}).content.decode()
    boss.post(url, {"ids": key.pk})
    assert not ApiKey.objects.valid(plain).exists()
    assert boss.post(reverse("admin:accounts_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403


def test_an_owner_makes_keys_for_their_sites():
    site = make_site()
    client = signed_in(site.organization, Role.OWNER)
    assert (
        client.post(reverse(ADD), {"site": site.pk, "kind": "secret", "name": ""})
        .context["plain"]
        .startswith("ber_sk_")
    )


def test_origins_are_written_as_browsers_do_and_mistakes_named(boss):
    site = make_site()
    given = {
        "site": site.pk,
        "kind": "publishable",
        "name": "vitrine",
        "origins": "HTTPS://Exemple.fr/\nhttp://localhost:3000",
    }
    boss.post(reverse(ADD), given)
    key = ApiKey.objects.get()
    assert key.origins == ["https://exemple.fr", "http://localhost:3000"]
    url = reverse("admin:accounts_apikey_change", args=[key.pk])
    assert "https://exemple.fr\nhttp://localhost:3000" in boss.get(url).content.decode().replace("\r", "")
    page = boss.post(url, {"name": "vitrine", "origins": "https://exemple.fr/devis"}).content.decode()
    assert "« https://exemple.fr/devis » n&#x27;est pas une origine" in page
    boss.post(url, {"name": "vitrine", "origins": ""})
    key.refresh_from_db()
    assert key.origins == []


def test_a_secret_key_has_no_origins(boss):
    site = make_site()
    page = boss.post(reverse(ADD), {"site": site.pk, "kind": "secret", "name": "x", "origins": "https://exemple.fr"})
    assert "elle n&#x27;a pas d&#x27;origines" in page.content.decode()
    assert not ApiKey.objects.exists()
