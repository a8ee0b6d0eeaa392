"""The demo organization is made once; its access is kept, and made anew when lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import ApiKey, Organization, Site, User

pytestmark = pytest.mark.django_db
KEYS = {"url", "admin_user", "admin_password", "organization", "site", "site_key", "publishable_key"}


@pytest.fixture
def path(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "demo.json"


def _load(path: Path) -> dict[str, str]:
    call_command("demo_data")
    access: dict[str, str] = json.loads(path.read_text())
    return access


def _opens(access: dict[str, str]) -> bool:
    return User.objects.get(username=access["admin_user"]).check_password(access["admin_password"])


def test_the_access_it_writes_opens_the_doors(path: Path) -> None:
    access = _load(path)

    assert access.keys() >= KEYS
    assert path.stat().st_mode & 0o777 == 0o600
    assert _opens(access)
    assert ApiKey.objects.valid(access["site_key"]).get().site.slug == access["site"] == "site-123"
    assert ApiKey.objects.valid(access["publishable_key"]).exists()


def test_pages_on_this_machine_may_try_the_publishable_key(path: Path, settings: Any) -> None:
    key = ApiKey.objects.valid(_load(path)["publishable_key"]).get()
    assert {f"http://localhost:{settings.PORT}", f"http://127.0.0.1:{settings.PORT}"} < set(key.origins)
    assert "https://plomberie-durand.example" in key.origins


def test_a_second_start_keeps_everything(path: Path) -> None:
    access = _load(path)

    assert _load(path) == access
    assert (Organization.objects.count(), Site.objects.count(), ApiKey.objects.count()) == (1, 1, 2)


def test_lost_access_is_closed_and_made_anew(path: Path) -> None:
    lost = _load(path)
    path.unlink()

    access = _load(path)

    assert not ApiKey.objects.valid(lost["site_key"]).exists()
    assert not _opens(lost)
    assert ApiKey.objects.valid(access["site_key"]).exists()
    assert _opens(access)
