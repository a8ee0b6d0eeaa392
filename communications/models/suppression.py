"""Addresses that nothing may be sent to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from communications.models.message import Channel


class SuppressionReason(models.TextChoices):
    """Why an address is closed."""

    OPT_OUT = "opt_out", _("désinscription")
    UNREACHABLE = "unreachable", _("adresse injoignable")
    COMPLAINT = "complaint", _("plainte")


class Suppression(models.Model):
    """An address closed for one channel and one organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="suppressions")
    channel = models.CharField(_("canal"), max_length=20, choices=Channel.choices)
    address = models.CharField(
        _("adresse"),
        max_length=254,
        blank=True,
        help_text=_("Vide : la personne a été effacée, seule l'empreinte reste."),
    )
    digest = models.CharField(
        max_length=64, editable=False, help_text="HMAC-SHA256 of the address (communications.suppress.digest)."
    )
    reason = models.CharField(_("raison"), max_length=20, choices=SuppressionReason.choices)
    created_at = models.DateTimeField(_("depuis"))

    class Meta:
        db_table = "adresses_bloquees"
        verbose_name = _("adresse bloquée")
        verbose_name_plural = _("adresses bloquées")
        constraints = [
            models.UniqueConstraint(fields=["organization", "channel", "digest"], name="suppression_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.get_reason_display()}"
