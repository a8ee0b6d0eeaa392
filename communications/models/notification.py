"""An alert to the operators of an organization."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User


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


class NotificationPreference(models.Model):
    """From which severity on a member of an organization is also told by email."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    email_from = models.CharField(
        _("par email à partir de"), max_length=20, choices=Severity.choices, blank=True, default=Severity.ERROR,
        help_text=_("Vide : jamais par email."),
    )  # fmt: skip
    weekly_report = models.BooleanField(
        _("rapport hebdomadaire"), null=True, blank=True, default=None,
        help_text=_("Sans choix : les propriétaires le reçoivent."),
    )  # fmt: skip

    class Meta:
        db_table = "preferences_notification"
        verbose_name = _("préférence de notification")
        verbose_name_plural = _("préférences de notification")
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="notification_preference_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.organization}"


class AlertDelivery(models.Model):
    """An alert on its way out of the house: by email to one person, or to Slack; once for each severity it had."""

    class Medium(models.TextChoices):
        """How it travels."""

        EMAIL = "email", _("email")
        SLACK = "slack", _("Slack")

    id = models.BigAutoField(primary_key=True)
    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    medium = models.CharField(_("moyen"), max_length=20, choices=Medium.choices)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    severity = models.CharField(
        _("gravité"), max_length=20, choices=Severity.choices, default=Severity.ERROR, db_default="error"
    )
    text = models.CharField(
        max_length=200, blank=True, default="", db_default="",
        help_text="What Slack reads: the alert's title without personal data.",
    )  # fmt: skip
    mail_id = models.BigIntegerField(
        null=True, help_text="The one message it goes out in, by the first of those that are summed up in it."
    )
    begun_at = models.DateTimeField(null=True, help_text="When that message first went out: what the limit counts.")
    provider = models.CharField(_("fournisseur"), max_length=20, blank=True, default="", db_default="")
    due_at = models.DateTimeField(_("prévu le"), null=True)
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    sent_at = models.DateTimeField(_("envoyé le"), null=True)
    error = models.CharField(_("erreur"), max_length=300, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("créé le"))

    class Meta:
        db_table = "envois_notification"
        verbose_name = _("envoi d'une notification")
        verbose_name_plural = _("envois de notifications")
        constraints = [
            models.UniqueConstraint(fields=["notification", "medium", "user", "severity"], name="alert_delivery_once"),
            models.UniqueConstraint(
                fields=["notification", "medium", "severity"],
                name="alert_delivery_to_nobody",
                condition=models.Q(user__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="alert_delivery_due", condition=models.Q(due_at__isnull=False)),
            models.Index(  # alert: how many went out in this hour?
                fields=["begun_at"], name="alert_delivery_begun", condition=models.Q(begun_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.medium} #{self.pk}"
