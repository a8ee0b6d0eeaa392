"""`manage.py demo_data`: the demo organization, once; its access stands in DATA_DIR/demo.json."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.keys import KeyKind
from accounts.models import ApiKey, Membership, Organization, Role, Site, User
from accounts.origins import allowed

SITE = {
    "business_name": "Plomberie Durand & Fils",
    "phone": "+33482530010",
    "address": "12 rue des Acacias, 69003 Lyon",
    "url": "https://plomberie-durand.example",
    "email": "contact@plomberie-durand.example",
    "sms_sender": "DURAND",
    "email_from": "contact@plomberie-durand.example",
    "details": {
        "lien_avis": "https://plomberie-durand.example/avis",
        "lien_rdv": "https://plomberie-durand.example/rdv",
    },
}
USER = "demo"
KEY_NAME = "démo"


class Command(BaseCommand):
    """Creates what is missing, keeps what is there, and writes demo.json anew if it was lost."""

    help = __doc__

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        """Load the demo organization."""
        organization, _ = Organization.objects.get_or_create(
            slug="demo", defaults={"name": "Démo BerinIA", "plan": "agence"}
        )
        site, _ = Site.objects.get_or_create(slug="site-123", defaults={**SITE, "organization": organization})
        path = settings.DATA_DIR / "demo.json"
        access = _known(path)
        if not access or not ApiKey.objects.valid(access["site_key"]).filter(site=site).exists():
            access = _new_access(organization, site)
        access["url"] = f"http://localhost:{settings.PORT}"
        _open_to_this_machine(access.get("publishable_key", ""))
        _write(path, access)


def _known(path: Path) -> dict[str, Any] | None:
    try:
        access: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return access if {"site_key", "admin_password"} <= access.keys() else None


def _new_access(organization: Organization, site: Site) -> dict[str, Any]:
    """Make a password and keys; those of a lost demo.json are closed."""
    password = secrets.token_urlsafe(12)
    user, _ = User.objects.get_or_create(username=USER, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    Membership.objects.get_or_create(user=user, organization=organization, defaults={"role": Role.OWNER})
    for old in ApiKey.objects.filter(site=site, name=KEY_NAME, revoked_at=None):
        old.revoke(timezone.now())
    _key, secret = ApiKey.issue(site, KeyKind.SECRET, KEY_NAME)
    _key, publishable = ApiKey.issue(site, KeyKind.PUBLISHABLE, KEY_NAME)
    return {
        "admin_user": USER, "admin_password": password, "organization": organization.slug, "site": site.slug,
        "site_key": secret, "publishable_key": publishable,
    }  # fmt: skip


def _open_to_this_machine(plain: str) -> None:
    """Let pages on this machine try the publishable key, beside those of the site."""
    for key in ApiKey.objects.valid(plain):
        here = (f"http://{host}:{settings.PORT}" for host in ("localhost", "127.0.0.1"))
        key.origins = list(dict.fromkeys([*allowed(key.origins, key.site.url), *here]))
        key.save(update_fields=["origins"])


def _write(path: Path, access: dict[str, Any]) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(access, file, indent=2, ensure_ascii=False)
    draft.replace(path)
