"""The app's configuration."""

from django.apps import AppConfig


class BeriniaConfig(AppConfig):
    """See the package's docstring."""

    name = "berinia"
