"""The app's configuration."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """See the package's docstring."""

    name = "workflows"
