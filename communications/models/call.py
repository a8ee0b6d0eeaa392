"""HTTP calls that workflows make: an outbox like that of the messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models import Contact


class CallStatus(models.TextChoices):
    """Where a call stands."""

    QUEUED = "queued", _("en file")
    SENDING = "sending", _("en cours")
    DONE = "done", _("abouti")
    FAILED = "failed", _("échoué")
    REVOKED = "revoked", _("retiré")


class OutgoingCall(models.Model):
    """One signed POST to a client's address, tried until it is answered or given up."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    workflow_id = models.BigIntegerField()
    execution_id = models.BigIntegerField()
    run = models.SmallIntegerField(db_default=1)
    event_id = models.BigIntegerField(null=True)
    step = models.CharField(_("étape"), max_length=60)
    url = models.CharField(_("adresse"), max_length=500)
    data = models.JSONField(_("données"), default=dict)
    status = models.CharField(_("statut"), max_length=20, choices=CallStatus.choices, default=CallStatus.QUEUED)
    due_at = models.DateTimeField(_("prévu le"), null=True)
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    http_status = models.SmallIntegerField(_("réponse HTTP"), null=True)
    error = models.CharField(_("erreur"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("créé le"))
    settled_at = models.DateTimeField(_("réglé le"), null=True)

    class Meta:
        db_table = "appels_http"
        verbose_name = _("appel HTTP")
        verbose_name_plural = _("appels HTTP")
        constraints = [models.UniqueConstraint(fields=["execution_id", "run", "step"], name="call_once")]
        indexes = [
            # `due_at` of a call that is being made is the end of its lease.
            models.Index(fields=["due_at"], name="call_due", condition=models.Q(status__in=["queued", "sending"])),
            models.Index(fields=["site", "-id"], name="call_of_site"),
        ]

    def __str__(self) -> str:
        return f"{self.step} #{self.pk}"
