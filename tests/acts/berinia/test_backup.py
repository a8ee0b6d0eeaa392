"""A backup is the whole database; a restore brings it back, and nothing goes out a second time by itself."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry, Organization, Platform, User
from berinia import backup
from berinia.backup import BackupError, program
from berinia.rows import fetch
from communications.control import replay
from communications.deliver import deliver_batch
from communications.explanations import explanation
from communications.models import Message
from crm.models import Contact
from tests.acts.berinia.conftest import Go
from tests.make import make_contact, make_execution, make_message, make_workflow
from workflows.execute import execute_batch
from workflows.generate import charge_sites, generate
from workflows.models import Enrolment, Execution, StepRun, Trigger

TRIGGERS = "SELECT count(*) AS n FROM pg_trigger t WHERE NOT t.tgisinternal"
PARTS = "SELECT count(*) AS n FROM pg_inherits"


def counts() -> dict[str, int]:
    tables = [t for t in connection.introspection.table_names() if t != "journal_audit"]
    return {table: fetch(f'SELECT count(*) AS n FROM "{table}"')[0].n for table in tables}


def restored(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("restore", str(path), *options, stdout=out)
    return out.getvalue()


def test_everything_comes_back(go: Go, tmp_path: Path) -> None:
    now, path = datetime.now(UTC), tmp_path / "berinia.dump"
    list(generate(charge_sites(2, now), executions=300, contacts=100, seed=3, now=now))
    User.objects.create_superuser("chef", password="un mot de passe long")
    before, triggers, parts = counts(), fetch(TRIGGERS)[0].n, fetch(PARTS)[0].n
    assert before["executions_workflow"] == 300
    out = StringIO()
    call_command("backup", str(path), stdout=out)
    assert "SECRET_KEY" in out.getvalue()
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]

    go("target")
    said = restored(path)

    after = counts()
    assert {t: n for t, n in after.items() if t not in ("plateforme", "executions_par_etape")} == {
        t: n for t, n in before.items() if t not in ("plateforme", "executions_par_etape")
    }
    assert fetch(TRIGGERS)[0].n == triggers > 0
    assert fetch(PARTS)[0].n == parts > 0
    assert "Comparez chez Resend et Twilio" in said
    client = Client()
    client.force_login(User.objects.get(username="chef"))
    assert client.get("/admin/workflows/execution/").status_code == 200
    assert client.get("/healthz").json()["database"] == "ok"
    # What is kept by triggers goes on being kept, and what is written falls into its month.
    make_execution()
    assert StepRun.objects.count() == before["etapes_execution"]


def test_what_was_due_waits_for_a_person(go: Go, tmp_path: Path) -> None:
    path, long_ago = tmp_path / "berinia.dump", datetime.now(UTC) - timedelta(hours=2)
    later = datetime.now(UTC) + timedelta(days=2)
    late = make_execution(due_at=long_ago)
    waiting = make_execution(due_at=later, workflow=late.workflow, contact=make_contact(site=late.site))
    due = make_message(execution=waiting, due_at=long_ago, useful_until=later)
    planned = make_message(execution=waiting, step="plus_tard", due_at=later, useful_until=later)
    handed = make_message(
        execution=waiting, step="en_main", status="sending", due_at=long_ago, provider="twilio", attempts=1
    )
    trigger = Trigger.objects.create(
        workflow=late.workflow, site=late.site, event="", schedule="0 9 * * *", next_at=long_ago
    )
    Enrolment.objects.create(
        organization=late.organization, site=late.site, workflow=late.workflow, key="k", status="en_cours",
        next_at=long_ago, created_at=long_ago,
    )  # fmt: skip
    call_command("backup", str(path), stdout=StringIO())

    go("target")
    said = restored(path)

    assert "1 messages, 1 exécutions, 1 inscriptions ; 1 horaires" in said
    now = datetime.now(UTC)
    assert Platform.is_stopped()
    due.refresh_from_db()
    assert (due.status, due.reason, due.due_at) == ("unknown", "restauration", None)
    assert "sauvegarde" in explanation("restauration").why
    assert Message.objects.get(pk=planned.pk).status == "queued"
    assert Message.objects.get(pk=handed.pk).status == "sending"  # its provider is asked, as ever
    assert Execution.objects.get(pk=late.pk).status == "en_pause"
    assert Execution.objects.get(pk=waiting.pk).status == "en_cours"
    assert Enrolment.objects.get().status == "en_pause"
    assert Trigger.objects.get(pk=trigger.pk).next_at > now
    assert AuditEntry.objects.filter(action="restauration").count() == 1
    Platform.objects.update(is_paused=False)
    assert deliver_batch(now=now, limit=10) == 0
    assert execute_batch(now=now, limit=10).executions == 0
    assert replay([due.pk], now) == 1  # once a person knows that it never went out


def test_a_database_that_was_brought_back_otherwise_is_held_too(go: Go) -> None:
    make_message(due_at=datetime.now(UTC) - timedelta(hours=1))
    connection.close()
    with pytest.raises(CommandError, match="--only-hold"):
        call_command("restore")
    call_command("restore", "--only-hold", stdout=StringIO())
    assert Platform.is_stopped()
    assert Message.objects.get().status == "unknown"


def test_ids_that_left_the_house_do_not_come_to_mean_others(go: Go, tmp_path: Path) -> None:
    contact, path = make_contact(), tmp_path / "berinia.dump"
    call_command("backup", str(path), stdout=StringIO())
    gone = make_contact(site=contact.site, email="apres@example.com")  # whose unsubscribe link is in a mailbox

    go("target")
    restored(path)

    assert not Contact.objects.filter(pk=gone.pk).exists()
    assert make_contact(site=contact.site, email="neuf@example.com").pk > gone.pk + 100_000


def test_a_database_in_use_is_replaced_only_by_force(go: Go, tmp_path: Path) -> None:
    path = tmp_path / "berinia.dump"
    make_workflow()
    call_command("backup", str(path), stdout=StringIO())
    Organization.objects.create(name="Plus tard", slug="plus-tard")
    connection.close()
    with pytest.raises(CommandError, match="pas vide"):
        restored(path)
    assert Organization.objects.filter(slug="plus-tard").exists()
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("backup", str(path))
    restored(path, "--force")
    assert not Organization.objects.filter(slug="plus-tard").exists()


def test_who_is_still_connected_is_named(go: Go, tmp_path: Path) -> None:
    path = tmp_path / "berinia.dump"
    call_command("backup", str(path), stdout=StringIO())
    go("target")
    there = {k: v for k, v in connection.get_connection_params().items() if k in ("host", "port", "user", "dbname")}
    with psycopg.connect(**there), pytest.raises(CommandError, match="1 connexions"):
        restored(path)


def test_a_wrong_file_changes_nothing(go: Go, tmp_path: Path) -> None:
    whole, other = tmp_path / "berinia.dump", tmp_path / "photo.jpg"
    make_contact()
    call_command("backup", str(whole), stdout=StringIO())
    other.write_bytes(b"\xff\xd8 not a backup")
    half = tmp_path / "half.dump"
    half.write_bytes(whole.read_bytes()[:-60])
    for path, match in (
        (tmp_path / "none", "n'existe pas"),
        (other, "pas une sauvegarde"),
        (half, "rien n'y a changé"),
    ):
        with pytest.raises(CommandError, match=match):
            restored(path, "--force")
        assert Contact.objects.count() == 1


def test_a_failure_on_the_way_changes_nothing(go: Go, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "berinia.dump"
    make_contact()
    call_command("backup", str(path), stdout=StringIO())
    monkeypatch.setattr("workflows.management.commands.restore.AT_ONCE", "SELECT 1/0;")
    with pytest.raises(CommandError, match="division by zero"):
        restored(path, "--force")
    assert Contact.objects.count() == 1


def test_programs_are_looked_for_and_checked(monkeypatch: Any, tmp_path: Path) -> None:
    assert program("pg_dump", 18)
    with pytest.raises(BackupError, match=r"trop ancien pour PostgreSQL 99. Installez postgresql-client-99"):
        program("pg_dump", 99)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert program("pg_dump", 18) != str(old)
    monkeypatch.setattr(backup, "_in_wheel", lambda name: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="trop ancien"):
        program("pg_dump", 18)
    old.unlink()
    with pytest.raises(BackupError, match="pg_dump manque"):
        program("pg_dump", 18)


def test_the_password_stands_on_no_command_line() -> None:
    described = {"NAME": "n", "USER": "u", "PASSWORD": "s3cret", "HOST": "h", "PORT": "5433",
                 "OPTIONS": {"sslmode": "require", "options": "-c x=1", "pool": {}}}  # fmt: skip
    target = backup.target_of(described, 18)
    assert "s3cret" not in target.conninfo
    assert "sslmode=require" in target.conninfo
    assert target.environment["PGPASSWORD"] == "s3cret"
