"""The app's configuration."""

from django.apps import AppConfig

NOT_SHOWN = ("django_celery_beat", "otp_totp", "otp_static", "axes")


def leave_out() -> None:
    """Take out of the admin what is code (Celery beat's schedule), and secrets and attempts to sign in.

    Called wherever the admin's pages were looked for.
    """
    from django.contrib import admin

    for model in [model for model in admin.site._registry if model._meta.app_label in NOT_SHOWN]:
        admin.site.unregister(model)


class BeriniaConfig(AppConfig):
    """See the package's docstring."""

    name = "berinia"

    def ready(self) -> None:
        """Tidy up the admin."""
        leave_out()
