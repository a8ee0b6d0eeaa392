"""The app's configuration."""

from typing import Any

from django.apps import AppConfig
from django.utils.functional import SimpleLazyObject

NOT_SHOWN = ("django_celery_beat", "otp_totp", "otp_static", "axes")


def leave_out() -> None:
    """Take out of the admin what is code (Celery beat's schedule), and secrets and attempts to sign in.

    Called wherever the admin's pages were looked for.
    """
    from django.contrib import admin

    for model in [model for model in admin.site._registry if model._meta.app_label in NOT_SHOWN]:
        admin.site.unregister(model)


def list_late() -> None:
    """Have the admin list all its models only where they are shown: each page would do so, and its menu does not."""
    from django.contrib import admin

    site: Any = admin.site
    made = site.get_app_list
    site.get_app_list = lambda request, app_label=None: SimpleLazyObject(lambda: made(request, app_label))


class BeriniaConfig(AppConfig):
    """See the package's docstring."""

    name = "berinia"

    def ready(self) -> None:
        """Tidy up the admin."""
        leave_out()
        list_late()
