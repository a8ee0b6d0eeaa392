"""The whole system, as `make run` starts it, for what is measured from outside. Messages go to the sandbox."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import requests

from berinia import embedded


class System:
    """`with System() as system:` starts it and stops it."""

    def __init__(self) -> None:
        self.folder = Path(os.environ["DATA_DIR"]) / "system"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {"DATA_DIR": str(self.folder), "PORT": str(self.port)}
        self.session = requests.Session()

    def __enter__(self) -> "System":
        self.folder.mkdir(exist_ok=True)
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            [sys.executable, "-m", "berinia.dev"],
            env=self.environment,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise TimeoutError("the system did not start")
            time.sleep(0.2)
        access = json.loads((self.folder / "demo.json").read_text())
        self.headers = {"Authorization": f"Bearer {access['site_key']}"}
        self.session.headers.update(self.headers)
        body = {"action": "auto_deploy_sector", "secteur": "plombier", "siteId": access["site"]}
        self.session.post(self.url + "/api/workflows", json=body, timeout=10).raise_for_status()
        self.database = psycopg.connect(embedded.database_url(self.folder), autocommit=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def _answers(self) -> bool:
        try:
            return requests.get(self.url + "/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def event(n: int, name: str = "appel_urgence") -> dict[str, object]:
    contact = {"nom": f"Contact {n}", "email": f"contact{n}@exemple.fr", "telephone": f"+336{n:08}"}
    return {"evenement": name, "contactData": contact, "donnees": {"appel_id": str(n)}}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
