"""A production is set up as Django's own check for it wants."""

import os
import subprocess
import sys
from pathlib import Path

PRODUCTION = {
    "DATABASE_URL": "postgresql://berinia:secret@db.example/berinia",
    "REDIS_URL": "redis://redis.example/0",
    "SECRET_KEY": "kZ9-production-like-and-long-enough-4f0f8b1a2c3d5e6f7a8b9c",
    "PUBLIC_URL": "https://app.example.fr",
    "ALLOWED_HOSTS": "app.example.fr",
}
HEADERS = """
import django; django.setup()
from django.test import Client
client = Client()
plain = client.get("/admin/login/", headers={"host": "app.example.fr"})
print(plain.status_code, plain["Location"])
from django.conf import settings
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_NAME)
answer = client.get("/nulle-part", headers={"host": "app.example.fr", "x-forwarded-proto": "https"})
for name in ("Strict-Transport-Security", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"):
    print(answer[name])
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "berinia.settings"}
    return subprocess.run(
        [sys.executable, *command], env=clean | {"DATA_DIR": str(folder)} | PRODUCTION, capture_output=True,
        text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_the_check_for_deployment_finds_nothing(tmp_path: Path) -> None:
    answer = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


def test_under_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    answer = run(tmp_path, "-c", HEADERS)
    assert answer.stdout.splitlines() == [
        "301 https://app.example.fr/admin/login/",
        "__Host-session True __Host-csrf",
        "max-age=31536000",
        "same-origin",
        "same-origin",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ], answer.stderr
