"""The app's configuration."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """See the package's docstring."""

    name = "crm"
