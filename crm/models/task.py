"""Something that a person has to do about a contact."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models.contact import Contact


class Task(models.Model):
    """One thing to do; doing it is reported as the event `tache_terminee`."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="tasks")
    execution_id = models.BigIntegerField(null=True)
    step = models.CharField(_("étape"), max_length=60, blank=True)
    title = models.CharField(_("à faire"), max_length=300)
    due_at = models.DateTimeField(_("avant le"), null=True, blank=True)
    created_at = models.DateTimeField(_("créée le"))
    done_at = models.DateTimeField(_("faite le"), null=True, blank=True)
    done_by = models.CharField(_("faite par"), max_length=150, blank=True)

    class Meta:
        db_table = "taches"
        verbose_name = _("tâche")
        verbose_name_plural = _("tâches")
        indexes = [
            models.Index(  # what is to be done?
                fields=["site", "due_at"], name="task_open", condition=models.Q(done_at__isnull=True)
            ),
            models.Index(fields=["site", "-id"], name="task_of_site"),
        ]

    def __str__(self) -> str:
        return self.title
