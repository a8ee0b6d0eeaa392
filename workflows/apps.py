"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """See the package's docstring."""

    name = "workflows"
    verbose_name = _("Automatisation")

    def ready(self) -> None:
        """Answer /metrics with the figures of the whole house."""
        from berinia.metrics import REGISTRY
        from workflows.measures import MEASURES

        if MEASURES not in REGISTRY._collector_to_names:
            REGISTRY.register(MEASURES)
