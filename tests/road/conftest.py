"""The whole system as `make run` starts it, on servers of its own, with fake providers behind it."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis
import requests

from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0


class System:
    """`make run`, and what a site, an operator and fate do to it."""

    def __init__(self, folder: Path, resend: FakeResend, twilio: FakeTwilio, **environment: str) -> None:
        self.folder, self.resend, self.twilio = folder, resend, twilio
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        mine = {
            k: v
            for k, v in os.environ.items()
            if k not in ("DJANGO_SETTINGS_MODULE", "DATA_DIR", "REDIS_URL", "PYTEST_CURRENT_TEST")
        }
        self.environment = mine | {
            "PORT": str(self.port), "DATA_DIR": str(folder), "PYTHONPATH": str(ROOT),
            "RESEND_API_KEY": "re_test", "RESEND_API_URL": resend.url,
            "TWILIO_ACCOUNT_SID": twilio.account, "TWILIO_AUTH_TOKEN": twilio.token, "TWILIO_API_URL": twilio.url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}", "API_THROTTLE_PER_MINUTE": "0",
            "RESEND_RATE_PER_SECOND": "0", "TWILIO_RATE_PER_SECOND": "0",
            "DELIVERY_LEASE_SECONDS": "8", "RECONCILE_AFTER_SECONDS": "3", "DELIVERY_TIMEOUT_SECONDS": "2",
        } | environment  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.session = requests.Session()

    def start(self) -> None:
        self.output = (self.folder.parent / "output").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "berinia.dev"], cwd=ROOT, env=self.environment, stdout=self.output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.wait(self.is_healthy)
        access = json.loads((self.folder / "demo.json").read_text())
        self.session.headers["Authorization"] = f"Bearer {access['site_key']}"

    def stop(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def is_healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder.parent / "output").read_text()
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def wait(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"waited {patience} s in vain"
            time.sleep(0.1)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        answer = self.session.post(f"http://127.0.0.1:{self.port}{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def deploy(self, sector: str) -> None:
        self.post("/api/workflows", {"action": "auto_deploy_sector", "secteur": sector, "siteId": "site-123"})

    def report(self, name: str, contact: dict[str, str], key: str, **data: Any) -> None:
        body = {"evenement": name, "contactData": contact, "donnees": data}
        self.post("/api/events", body, **{"Idempotency-Key": key})

    def manage(self, code: str) -> str:
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def call(self, *command: str) -> None:
        """Run a management command."""
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def database_url(self) -> str:
        url: str = json.loads((self.folder / "servers.json").read_text())["database_url"]
        return url

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.database_url()) as connection:
            return connection.execute(query).fetchall()

    def kill(self, queue: str) -> int:
        """SIGKILL a worker with all of its pool; return how many processes that were."""
        group = [p for p in self.processes() if "--queues" in p.cmdline() and queue in " ".join(p.cmdline())]
        for process in group:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        return len(group)

    def flush_redis(self) -> None:
        redis.Redis.from_url(json.loads((self.folder / "servers.json").read_text())["redis_url"]).flushall()

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("DATA_DIR") == str(self.folder) or str(self.folder) in " ".join(
                    process.cmdline()
                )
            except psutil.Error:
                continue
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found


@pytest.fixture
def system() -> Iterator[System]:
    with tempfile.TemporaryDirectory(prefix="berinia-road-") as folder, FakeResend() as resend, FakeTwilio() as twilio:
        started = System(Path(folder) / "data", resend, twilio)
        started.folder.mkdir()
        try:
            started.start()
            yield started
        finally:
            if started.process and started.process.poll() is None:
                started.stop()
            for left in started.processes():
                left.kill()
