"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """See the package's docstring."""

    name = "crm"
    verbose_name = _("Contacts")
