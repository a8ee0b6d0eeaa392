"""The weekly report of an organization, and to whom it goes by email."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User


class WeeklyReport(models.Model):
    """What an organization's week was, as it was known when the report was written: it does not change later."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    week = models.DateField(_("semaine du"), help_text="Its Monday.")
    content = models.JSONField(help_text="The figures, as workflows/report.py writes them. No person is named.")
    created_at = models.DateTimeField(_("écrit le"))

    class Meta:
        db_table = "rapports_hebdomadaires"
        verbose_name = _("rapport")
        verbose_name_plural = _("rapports")
        constraints = [models.UniqueConstraint(fields=["organization", "week"], name="report_once_a_week")]
        indexes = [models.Index(fields=["-week", "-id"], name="report_recent")]

    def __str__(self) -> str:
        return f"{self.organization}, {self.week:%d/%m/%Y}"


class ReportDelivery(models.Model):
    """A report on its way to one person. `asked_at` is when a person asked for it again: another copy."""

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(null=True)
    provider = models.CharField(_("fournisseur"), max_length=20, blank=True, default="", db_default="")
    due_at = models.DateTimeField(_("prévu le"), null=True, help_text="Or the end of the lease of who sends it.")
    begun_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    sent_at = models.DateTimeField(_("envoyé le"), null=True)
    error = models.CharField(_("erreur"), max_length=300, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("créé le"))

    class Meta:
        db_table = "envois_rapport"
        verbose_name = _("envoi d'un rapport")
        verbose_name_plural = _("envois de rapports")
        constraints = [
            models.UniqueConstraint(
                fields=["report", "user"], name="report_delivery_once", condition=models.Q(asked_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="report_delivery_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.user_id}"
