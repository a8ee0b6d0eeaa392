"""`make run`: everything on one machine, from nothing.

Starts PostgreSQL and Redis (embedded unless DATABASE_URL and REDIS_URL are set), migrates, loads the demo,
and runs web, worker, delivery and beat under supervisor, which starts again what dies. Ctrl-C or SIGTERM
stops all of it.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from berinia import embedded
from berinia.env import env

HEALTHY_WITHIN_SECONDS = 60.0
STOPPED_WITHIN_SECONDS = 20.0
WORKER = "-m celery -A berinia worker --loglevel WARNING --without-gossip --without-mingle"
PROGRAMS = {
    "web": "-m uvicorn berinia.asgi:application --host {host} --port {port} --no-access-log --lifespan off",
    "worker": WORKER + " --hostname worker@%%h --queues engine,default,agents --concurrency 2",
    "delivery": WORKER + " --hostname delivery@%%h --queues delivery --concurrency 2",
    "beat": "-m celery -A berinia beat --loglevel WARNING --pidfile=",
}


class StopAsked(Exception):  # noqa: N818 - not an error
    """Ctrl-C or SIGTERM."""


class CannotStartError(Exception):
    """The text says why, and what to do."""


def main() -> int:
    """Run until asked to stop; return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    folder = env().data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"BerinIA tourne déjà sur ce dossier ({folder}). Choisissez un autre DATA_DIR.", file=sys.stderr)
            return 1
        return _run(folder)


def _stop(number: int, frame: FrameType | None) -> None:
    raise StopAsked


def _run(folder: Path) -> int:
    processes: subprocess.Popen[bytes] | None = None
    try:
        _check_port()
        _servers(folder)
        _manage("migrate", "--verbosity", "0")
        _manage("demo_data")
        processes = _supervisor(folder)
        _wait_until_healthy(processes, folder)
        _greet(folder)
        return processes.wait()
    except StopAsked:
        return 0
    except (CannotStartError, embedded.NotStartedError, subprocess.CalledProcessError) as error:
        print(f"BerinIA n'a pas démarré : {error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if processes is not None:
            _end(processes)
        embedded.stop(folder)


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env().host, env().port))
        except OSError:
            raise CannotStartError(f"le port {env().port} est déjà pris ; choisissez-en un autre avec PORT=…") from None


def _servers(folder: Path) -> None:
    if env().database_url and env().redis_url:
        return
    embedded.start(folder, database=not env().database_url)


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], check=True, start_new_session=True)


def _supervisor(folder: Path) -> subprocess.Popen[bytes]:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    parts = [
        f"[supervisord]\nnodaemon=true\nsilent=true\nlogfile={logs}/supervisord.log\npidfile={folder}/supervisord.pid\n"
        + ("user=root\n" if os.geteuid() == 0 else "")
    ]
    for name, command in PROGRAMS.items():
        text = command.format(host=env().host, port=env().port)
        parts.append(
            f"[program:{name}]\ncommand={sys.executable} {text}\ndirectory={Path.cwd()}\nautorestart=true\n"
            f"startsecs=0\nstartretries=1000000\nstopwaitsecs=10\nkillasgroup=true\nredirect_stderr=true\n"
            f"stdout_logfile={logs}/{name}.log\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
        )
    conf = folder / "supervisord.conf"
    conf.write_text("\n".join(parts))
    return subprocess.Popen([sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)], start_new_session=True)


def _wait_until_healthy(processes: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if processes.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{_address()}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise CannotStartError(f"un processus ne répond pas ; voyez {folder / 'logs'}")


def _address() -> str:
    return f"http://{'localhost' if env().host == '127.0.0.1' else env().host}:{env().port}"


def _greet(folder: Path) -> None:
    demo = json.loads((folder / "demo.json").read_text())
    print(GREETING.format(**demo, folder=folder), flush=True)
    if not (env().twilio_account_sid and env().resend_api_key):
        print("Sans clé Twilio ou Resend, SMS et emails vont dans le bac à sable (Messages, dans l'administration).\n")


GREETING = """
BerinIA est prêt : {url}/admin/
  identifiant   {admin_user}
  mot de passe  {admin_password}
  journaux      {folder}/logs

Trois lignes à essayer dans un autre terminal :

1. Déployer les workflows du plombier sur le site de démonstration
curl -s {url}/api/workflows -H 'Authorization: Bearer {site_key}' -H 'Content-Type: application/json' \\
  -d '{{"action": "auto_deploy_sector", "secteur": "plombier", "siteId": "{site}"}}'

2. Signaler un appel d'urgence : le premier SMS part aussitôt
curl -s {url}/api/events -H 'Authorization: Bearer {site_key}' -H 'Content-Type: application/json' \\
  -d '{{"evenement": "appel_urgence", "contactData": {{"nom": "Jean Dupont", "telephone": "06 12 34 56 78"}}, "donnees": {{"appel_id": "A1", "probleme": "fuite"}}}}'

3. Voir l'exécution
curl -s '{url}/api/workflows/execute?status=en_cours' -H 'Authorization: Bearer {site_key}'

Ctrl-C arrête tout.
"""


def _end(processes: subprocess.Popen[bytes]) -> None:
    processes.terminate()
    try:
        processes.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(processes.pid, signal.SIGKILL)
        processes.wait()


if __name__ == "__main__":
    sys.exit(main())
