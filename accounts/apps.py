"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "accounts"
    verbose_name = _("Réglages")

    def ready(self) -> None:
        """Listen to who fails to sign in, and watch what is done in the admin."""
        from accounts import sign_ins  # noqa: F401
        from accounts.witness import AuditLog
        from berinia.admin.witness import appoint

        appoint(AuditLog())
