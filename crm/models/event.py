"""Something that happened to a contact: the one stream of activity, never changed once written."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models.contact import Contact


class Event(models.Model):
    """What a site, a provider or a person reported. Routing alone changes it, from `routed_at` on."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="events", db_index=False)
    name = models.CharField(_("événement"), max_length=80)
    data = models.JSONField(_("données"), default=dict)
    idempotency_key = models.CharField(_("clé d'idempotence"), max_length=255, null=True)
    workflow_id = models.BigIntegerField(
        null=True, help_text="The workflow that an API call asked to start; other triggers then stay silent."
    )
    occurred_at = models.DateTimeField(_("survenu le"))
    received_at = models.DateTimeField(_("reçu le"), db_default=Now())
    routed_at = models.DateTimeField(_("traité le"), null=True)
    moved = ArrayField(models.BigIntegerField(), default=list, db_default=[], help_text="Executions that heard it.")
    refused = models.JSONField(null=True, help_text="Why workflows that it might have started did not, by their id.")
    error = models.CharField(_("erreur"), max_length=200, blank=True, default="")

    class Meta:
        db_table = "evenements"
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "idempotency_key"],
                name="event_once",
                condition=models.Q(idempotency_key__isnull=False),
            ),
        ]
        indexes = [
            models.Index(  # route: what is new?
                fields=["id"], name="event_unrouted", condition=models.Q(routed_at__isnull=True)
            ),
            models.Index(fields=["contact", "-id"], name="event_of_contact"),  # timelines
            models.Index(fields=["site", "-id"], name="event_of_site"),  # lists, newest first
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
