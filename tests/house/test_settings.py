"""Settings come from the environment: what is missing is said, what is empty is the default."""

import json
import os
import subprocess
import sys
from pathlib import Path

PRINT = (
    "import django, json; django.setup(); from django.conf import settings as s;"
    "print(json.dumps([s.SECRET_KEY, s.DATABASES['default'], s.PORT, s.PUBLIC_URL], default=str))"
)
DATABASE = "postgresql://ber%40inia:p%2Fw@db.example:6432/name?sslmode=require"


def _settings(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "berinia.settings"}
    return subprocess.run(
        [sys.executable, "-c", PRINT], env=clean | {"DATA_DIR": str(folder)} | environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def test_production_does_not_start_without_a_secret_key(tmp_path: Path) -> None:
    answer = _settings(tmp_path, DATABASE_URL=DATABASE)

    assert answer.returncode != 0
    assert "SECRET_KEY is empty" in answer.stderr
    assert "p%2Fw" not in answer.stderr
    assert not (tmp_path / "secret_key").exists()


def test_the_database_url_is_understood_whole(tmp_path: Path) -> None:
    key, database, _port, _url = json.loads(_settings(tmp_path, DATABASE_URL=DATABASE, SECRET_KEY="k" * 50).stdout)

    assert key == "k" * 50
    wanted = {"NAME": "name", "USER": "ber@inia", "PASSWORD": "p/w", "HOST": "db.example", "PORT": "6432"}
    assert database.items() >= wanted.items()
    assert database["OPTIONS"]["sslmode"] == "require"
    assert "lock_timeout" in database["OPTIONS"]["options"]


def test_an_empty_value_is_the_default_and_the_key_is_made_once(tmp_path: Path) -> None:
    first = json.loads(_settings(tmp_path, DATABASE_URL="", PORT="", PUBLIC_URL="https://app.example/").stdout)
    second = json.loads(_settings(tmp_path).stdout)

    assert first[2:] == [8000, "https://app.example"]
    assert len(first[0]) >= 50
    assert first[0] == second[0]


def test_a_value_of_the_wrong_kind_is_named_and_not_shown(tmp_path: Path) -> None:
    answer = _settings(tmp_path, PORT="not-a-port")

    assert answer.returncode != 0
    assert "port" in answer.stderr
    assert "not-a-port" not in answer.stderr
