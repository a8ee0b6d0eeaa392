"""The app's configuration."""

from django.apps import AppConfig


class BeriniaConfig(AppConfig):
    """See the package's docstring."""

    name = "berinia"

    def ready(self) -> None:
        """Leave Celery beat's tables out of the admin: its schedule is code (CELERY_BEAT_SCHEDULE)."""
        from django.contrib import admin

        for model in [model for model in admin.site._registry if model._meta.app_label == "django_celery_beat"]:
            admin.site.unregister(model)
