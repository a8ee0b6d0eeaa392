"""When and how much an organization may send: its sending window, its cap per contact, its quota."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from communications.models.message import Channel

EARLIEST, LATEST = time(8), time(22)  # AF2M's charter "Business Messaging": working days, 8 h to 22 h


class SendingRules(models.Model):
    """The rules of one organization. Without a row, the defaults below hold."""

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="sending_rules", verbose_name=_("organisation")
    )
    weekday_from = models.TimeField(_("en semaine, de"), default=time(8))
    weekday_until = models.TimeField(_("en semaine, à"), default=time(20))
    saturday_from = models.TimeField(_("le samedi, de"), default=time(10), null=True, blank=True)
    saturday_until = models.TimeField(_("le samedi, à"), default=time(19), null=True, blank=True)
    holidays_of = models.CharField(
        _("jours fériés de"), max_length=10, blank=True, default="",
        help_text=_("Vide : ceux de toute la métropole, Alsace-Moselle comprise."),
    )  # fmt: skip
    window_covers_email = models.BooleanField(
        _("aussi pour les emails"), default=False,
        help_text=_("Les heures valent toujours pour les SMS et WhatsApp commerciaux ; cochez pour les emails aussi."),
    )  # fmt: skip
    marketing_per_week = models.PositiveSmallIntegerField(
        _("messages commerciaux par contact et par semaine"), default=3
    )
    monthly_email = models.PositiveIntegerField(
        _("emails par mois"), null=True, blank=True, help_text=_("Vide : selon l'offre.")
    )
    monthly_sms = models.PositiveIntegerField(
        _("SMS par mois"), null=True, blank=True, help_text=_("Vide : selon l'offre.")
    )
    monthly_whatsapp = models.PositiveIntegerField(
        _("WhatsApp par mois"), null=True, blank=True, help_text=_("Vide : selon l'offre.")
    )

    class Meta:
        db_table = "regles_envoi"
        verbose_name = _("règles d'envoi")
        verbose_name_plural = _("règles d'envoi")
        constraints = [
            models.CheckConstraint(
                name="weekday_window",
                condition=models.Q(weekday_from__gte=EARLIEST, weekday_until__lte=LATEST)
                & models.Q(weekday_from__lt=models.F("weekday_until")),
            ),
            models.CheckConstraint(
                name="saturday_window",
                condition=models.Q(saturday_from__isnull=True, saturday_until__isnull=True)
                | models.Q(saturday_from__gte=EARLIEST, saturday_until__lte=LATEST)
                & models.Q(saturday_from__lt=models.F("saturday_until")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class SentInMonth(models.Model):
    """How many messages an organization has handed over on a channel in a month (UTC): what its quota is held to."""

    organization_id = models.BigIntegerField()
    month = models.DateField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "envois_du_mois"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "month", "channel"], name="sent_in_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.month} {self.channel}"
