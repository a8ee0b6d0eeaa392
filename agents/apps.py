"""The app's configuration."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """See the package's docstring."""

    name = "agents"
