"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "accounts"
    verbose_name = _("Réglages")

    def ready(self) -> None:
        """Listen to who fails to sign in."""
        from accounts import sign_ins  # noqa: F401
