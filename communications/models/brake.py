"""The automatic brake: a workflow's channel that goes wrong is paused until a person lifts the brake."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from communications.models.message import Channel


class Brake(models.Model):
    """Messages of this workflow and channel wait. Only a person lifts it, by deleting the row (audited)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    workflow_id = models.BigIntegerField()
    channel = models.CharField(_("canal"), max_length=20, choices=Channel.choices)
    reason = models.CharField(_("raison"), max_length=200)
    since = models.DateTimeField(_("depuis"))

    class Meta:
        db_table = "freins"
        verbose_name = _("frein")
        verbose_name_plural = _("freins")
        constraints = [models.UniqueConstraint(fields=["workflow_id", "channel"], name="brake_once")]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.channel}"
