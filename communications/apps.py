"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationsConfig(AppConfig):
    """See the package's docstring."""

    name = "communications"
    verbose_name = _("Communication")
