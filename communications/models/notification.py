"""An alert to the operators of an organization."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization


class Severity(models.TextChoices):
    """How soon somebody should look."""

    INFO = "info", _("information")
    WARNING = "warning", _("avertissement")
    ERROR = "error", _("erreur")


class Notification(models.Model):
    """One alert; the same thing happening again raises its count while it is unread."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="notifications")
    severity = models.CharField(_("gravité"), max_length=20, choices=Severity.choices, default=Severity.INFO)
    key = models.CharField(max_length=200, help_text="What it is about: the same key is the same alert.")
    title = models.CharField(_("titre"), max_length=200)
    body = models.TextField(_("texte"), blank=True)
    link = models.CharField(_("lien"), max_length=300, blank=True)
    count = models.IntegerField(_("fois"), default=1)
    created_at = models.DateTimeField(_("créée le"))
    last_at = models.DateTimeField(_("dernière fois"))
    read_at = models.DateTimeField(_("lue le"), null=True, blank=True)

    class Meta:
        db_table = "notifications_systeme"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "key"], name="notification_once", condition=models.Q(read_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["organization", "-last_at"], name="notification_recent")]

    def __str__(self) -> str:
        return self.title
