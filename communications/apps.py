"""The app's configuration."""

from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    """See the package's docstring."""

    name = "communications"
