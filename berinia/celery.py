"""The Celery app: queues, the schedule, and how to survive a Redis that is away."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import celeryd_init, setup_logging, task_postrun, task_prerun, worker_process_init

from berinia.garbage import collect_seldom
from berinia.logs import begin_about, end_about

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berinia.settings")

# It warns of root because of pickled messages; ours are JSON, and carry nothing.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("berinia")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_kwargs: object) -> None:
    """Keep Celery from setting up logs of its own: Django's LOGGING holds for every process."""


@celeryd_init.connect
def yield_to_others(sender: str = "", **_kwargs: object) -> None:
    """Let the agents' worker have what others leave of the processors: nobody waits for it within the second."""
    if sender.startswith("agents@"):
        os.nice(10)


@task_prerun.connect
def name_task(task_id: str = "", task: object = None, **_kwargs: object) -> None:
    """Have what a task logs say which one it is. A process of a worker does one at a time."""
    begin_about(task=getattr(task, "name", None), task_id=task_id)


@task_postrun.connect
def forget_task(**_kwargs: object) -> None:
    """Say so no longer."""
    end_about()


@worker_process_init.connect
def begin_to_work(**_kwargs: object) -> None:
    """Prepare a process that will work for long."""
    collect_seldom()
