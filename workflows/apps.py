"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """See the package's docstring."""

    name = "workflows"
    verbose_name = _("Automatisation")
