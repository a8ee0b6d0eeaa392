"""The Celery app: queues, the schedule, and how to survive a Redis that is away."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berinia.settings")

app = Celery("berinia")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
