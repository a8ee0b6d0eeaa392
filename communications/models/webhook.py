"""What providers report, as it came in: stored first, applied after."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceivedWebhook(models.Model):
    """One verified request of a provider. The same one again (by its id) is not stored twice."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(_("fournisseur"), max_length=20)
    kind = models.CharField(_("type"), max_length=40, help_text="Which of the provider's requests: status, incoming …")
    external_id = models.CharField(max_length=200, help_text="What makes a repeat the same one.")
    message_id = models.BigIntegerField(null=True, help_text="Our message, where the request names one.")
    body = models.JSONField(_("contenu"))
    received_at = models.DateTimeField(_("reçu le"))
    processed_at = models.DateTimeField(_("appliqué le"), null=True)
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    error = models.CharField(_("erreur"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        db_table = "webhooks_recus"
        verbose_name = _("webhook reçu")
        verbose_name_plural = _("webhooks reçus")
        constraints = [models.UniqueConstraint(fields=["provider", "external_id"], name="webhook_once")]
        indexes = [
            models.Index(  # receive: what is new?
                fields=["id"], name="webhook_new", condition=models.Q(processed_at__isnull=True)
            ),
            models.Index(fields=["message_id"], name="webhook_of_message"),  # what is held of a person; those of none
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} #{self.pk}"
