"""Putting many contacts into a workflow, a few at a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models import Segment
from workflows.models.workflow import Workflow


class EnrolmentStatus(models.TextChoices):
    """Where an enrolment stands."""

    RUNNING = "en_cours", _("en cours")
    PAUSED = "en_pause", _("en pause")
    DONE = "terminee", _("terminée")
    STOPPED = "arretee", _("arrêtée")


class Enrolment(models.Model):
    """An audience that enters a workflow at a bounded rate: by hand, or because a schedule fired.

    The audience is a list of contacts, a segment, or a condition on the contact (all that are given hold).
    `last_contact_id` is how far it has come: after a crash it goes on there.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="enrolments")
    contact_ids = models.JSONField(_("liste"), null=True, blank=True)
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, blank=True, related_name="+")
    condition = models.CharField(_("condition"), max_length=1000, blank=True, default="")
    event = models.CharField(_("événement"), max_length=80, default="inscription")
    data = models.JSONField(_("données"), default=dict)
    per_minute = models.IntegerField(_("contacts par minute"), default=600)
    status = models.CharField(
        _("statut"), max_length=20, choices=EnrolmentStatus.choices, default=EnrolmentStatus.RUNNING
    )
    last_contact_id = models.BigIntegerField(default=0)
    entered = models.IntegerField(_("contacts inscrits"), default=0)
    next_at = models.DateTimeField(_("suite le"), null=True)
    key = models.CharField(max_length=200, unique=True, help_text="The same key is the same enrolment: made once.")
    created_by = models.CharField(_("par"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("créée le"))
    ended_at = models.DateTimeField(_("finie le"), null=True)

    class Meta:
        db_table = "inscriptions"
        verbose_name = _("inscription")
        verbose_name_plural = _("inscriptions")
        indexes = [
            models.Index(fields=["next_at"], name="enrolment_due", condition=models.Q(status="en_cours")),
            models.Index(fields=["site", "-id"], name="enrolment_of_site"),
        ]

    def __str__(self) -> str:
        return f"inscription {self.pk}"
