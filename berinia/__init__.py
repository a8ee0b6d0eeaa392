"""The house: settings, processes, and what every app shares."""

from berinia.celery import app as celery_app

__all__ = ["celery_app"]
