"""`make run`: everything on one machine, from nothing.

Starts PostgreSQL and Redis (embedded unless DATABASE_URL and REDIS_URL are set), migrates, loads the demo,
and runs web, worker, delivery and beat under supervisor, which starts again what dies. Ctrl-C or SIGTERM
stops all of it.

A signal only raises a flag; it is looked at where nothing is half done, so that no process can be lost.
"""

import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

import psutil

from berinia import embedded
from berinia.embedded.processes import is_gone
from berinia.env import env
from berinia.follow import Follower

HERE = Path(__file__).resolve().parent.parent
# The database may have to recover from a crash first.
HEALTHY_WITHIN_SECONDS = 120.0
STOPPED_WITHIN_SECONDS = 20.0
# In the environment of all that supervisor starts, so that what it could not stop is found again.
MARK = "BERINIA_RUN"
WORKER = "-m celery --quiet -A berinia worker --without-gossip --without-mingle"
PROGRAMS = {
    "web": "-m uvicorn berinia.asgi:application --host {host} --port {port} --no-access-log --lifespan off"
    " --timeout-graceful-shutdown 5 --ws-max-size 65536 --ws-per-message-deflate false",
    "worker": WORKER + " --hostname worker@%%h --queues engine,default --concurrency 2",
    # Apart: an answer of a model takes seconds, and nothing else may wait for it.
    "agents": WORKER + " --hostname agents@%%h --queues agents --concurrency 2",
    "delivery": WORKER + " --hostname delivery@%%h --queues delivery --concurrency 2",
    "beat": "-m celery --quiet -A berinia beat --pidfile=",
}
_signals: list[int] = []


class StopAsked(Exception):  # noqa: N818 - not an error
    """Ctrl-C or SIGTERM."""


class CannotStartError(Exception):
    """The text says why, and what to do."""


def main() -> int:
    """Run until asked to stop; return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _remember)
    folder = env().data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"BerinIA tourne déjà sur ce dossier ({folder}). Choisissez un autre DATA_DIR.", file=sys.stderr)
            return 1
        return _run(folder)


def _remember(number: int, frame: FrameType | None) -> None:
    _signals.append(number)


def _pause(seconds: float) -> None:
    """Wait a little. Raises StopAsked."""
    if _signals:
        raise StopAsked
    time.sleep(seconds)


def _run(folder: Path) -> int:
    processes: subprocess.Popen[bytes] | None = None
    try:
        _end_leftovers(folder)
        _check_port()
        _start_servers(folder)
        _call("manage.py", "migrate", "--verbosity", "0", "--skip-checks")
        _call("manage.py", "demo_data", "--skip-checks")
        follower = Follower(folder / "logs", list(PROGRAMS))
        processes = _supervisor(folder)
        _wait_until_healthy(processes, folder, follower)
        _greet(folder)
        return _watch(processes, folder, follower)
    except StopAsked:
        return 0
    except (CannotStartError, subprocess.CalledProcessError) as error:
        print(f"BerinIA n'a pas démarré : {error}", file=sys.stderr)
        return 1
    finally:
        if processes is not None:
            _end(processes)
        _end_leftovers(folder)
        embedded.stop(folder)


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env().host, env().port))
        except OSError:
            raise CannotStartError(f"le port {env().port} est déjà pris ; choisissez-en un autre avec PORT=…") from None


def _start_servers(folder: Path) -> None:
    if env().database_url and env().redis_url:
        return
    action = "start-redis" if env().database_url else "start"
    _call("-m", "berinia.embedded", action, str(folder))


def _call(*arguments: str) -> None:
    """Run Python to its end, out of reach of Ctrl-C: half an initdb would be worse than a second's wait."""
    subprocess.run([sys.executable, *arguments], check=True, start_new_session=True, cwd=HERE)
    _pause(0)


def _supervisor(folder: Path) -> subprocess.Popen[bytes]:
    conf = folder / "supervisord.conf"
    for name in ("logs", "static"):
        (folder / name).mkdir(exist_ok=True)
    conf.write_text(_configuration(folder))
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)],
        start_new_session=True, env=os.environ | {MARK: str(folder)},
    )  # fmt: skip


def _configuration(folder: Path) -> str:
    """Return supervisor's configuration. A percent sign is doubled there."""
    logs, python, here = (str(path).replace("%", "%%") for path in (folder / "logs", sys.executable, HERE))
    parts = [
        f"[supervisord]\nnodaemon=true\nsilent=true\nlogfile={logs}/supervisord.log\npidfile={logs}/supervisord.pid\n"
        + ("user=root\n" if os.geteuid() == 0 else ""),
        f"[group:berinia]\nprograms={','.join(PROGRAMS)}\n",  # or they would be stopped one after another
    ]
    for name, command in PROGRAMS.items():
        text = command.format(host=env().host, port=env().port)
        parts.append(
            f"[program:{name}]\ncommand={shlex.quote(python)} {text}\ndirectory={here}\nautorestart=true\n"
            f"startsecs=0\nstopwaitsecs=10\nkillasgroup=true\nredirect_stderr=true\n"
            f"stdout_logfile={logs}/{name}.log\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
        )
    return "\n".join(parts)


def _wait_until_healthy(processes: subprocess.Popen[bytes], folder: Path, follower: Follower) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while time.monotonic() < deadline and processes.poll() is None:
        follower.print_new()
        _keep_servers(folder)
        try:
            with urllib.request.urlopen(f"{_address()}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            _pause(0.2)
    raise CannotStartError(f"un processus ne répond pas ; voyez {folder / 'logs'}")


def _watch(processes: subprocess.Popen[bytes], folder: Path, follower: Follower) -> int:
    """Print the logs, and start the embedded servers again if they die. Raises StopAsked."""
    while processes.poll() is None:
        follower.print_new()
        _keep_servers(folder)
        _pause(0.3)
    return processes.returncode


def _keep_servers(folder: Path) -> None:
    if not (env().database_url and env().redis_url) and not embedded.is_alive(folder):
        print("PostgreSQL ou Redis s'est arrêté : redémarrage.", flush=True)
        _start_servers(folder)


def _address() -> str:
    is_here = env().host.startswith(("127.", "0.", "::"))
    return f"http://{'localhost' if is_here else env().host}:{env().port}"


def _greet(folder: Path) -> None:
    demo = json.loads((folder / "demo.json").read_text())
    print(GREETING.format(**demo, folder=folder), flush=True)
    if not (env().twilio_account_sid and env().resend_api_key):
        print(WITHOUT_KEYS, flush=True)
    if not any((env().mistral_api_key, env().openai_api_key, env().anthropic_api_key, env().local_base_url)):
        print(WITHOUT_MODELS, flush=True)


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
WITHOUT_KEYS = "Sans clé Twilio ou Resend, SMS et emails vont dans le bac à sable (Messages, dans l'administration).\n"
WITHOUT_MODELS = (
    "Sans clé de modèle (MISTRAL_API_KEY, OPENAI_API_KEY ou ANTHROPIC_API_KEY), les règles des agents décident.\n"
)


def _end(processes: subprocess.Popen[bytes]) -> None:
    """Ask supervisor to stop, which asks its programs."""
    processes.terminate()
    try:
        processes.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        processes.kill()
        processes.wait()


def _end_leftovers(folder: Path) -> None:
    """End what an earlier run, or a supervisor that was killed, left behind: the pool of a killed worker too."""
    for kill in (False, True):
        left = [process for process in psutil.process_iter() if _is_marked(process, folder)]
        for process in left:
            process.kill() if kill else process.terminate()
        deadline = time.monotonic() + (STOPPED_WITHIN_SECONDS if left else 0)
        while not all(map(is_gone, left)) and time.monotonic() < deadline:
            time.sleep(0.05)


def _is_marked(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.environ().get(MARK) == str(folder))
    except (psutil.Error, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
