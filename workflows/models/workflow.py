"""A named automation of one site, the versions of its definition, and what starts it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site


class WorkflowStatus(models.TextChoices):
    """Whether a workflow starts and moves executions."""

    ACTIVE = "actif", _("actif")
    PAUSED = "en_pause", _("en pause")
    STOPPED = "arrete", _("arrêté")


class Workflow(models.Model):
    """One automation of one site. New executions run `version`; running ones stay on theirs."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="workflows")
    site = models.ForeignKey(Site, models.CASCADE, related_name="workflows", db_index=False)
    slug = models.SlugField(_("identifiant"), max_length=80)
    name = models.CharField(_("nom"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    sector = models.CharField(_("secteur"), max_length=40, blank=True)
    status = models.CharField(_("statut"), max_length=20, choices=WorkflowStatus.choices, default=WorkflowStatus.ACTIVE)
    version = models.ForeignKey(
        "DefinitionVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("version")
    )
    draft = models.TextField(
        _("brouillon"), blank=True, default="", help_text=_("La prochaine version, en YAML ; vide : il n'y en a pas.")
    )
    draft_by = models.CharField(_("brouillon de"), max_length=150, blank=True, default="")
    draft_at = models.DateTimeField(_("brouillon du"), null=True, blank=True)
    created_at = models.DateTimeField(_("créé le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "workflows_automatises"
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="workflow_once")]

    def __str__(self) -> str:
        return self.name


class DefinitionVersion(models.Model):
    """What a workflow does, in one version: written once, never changed."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="versions")
    number = models.IntegerField(_("numéro"))
    document = models.JSONField(_("définition"))
    published_by = models.CharField(_("publiée par"), max_length=150, blank=True, default="")
    created_at = models.DateTimeField(_("créée le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "versions_workflow"
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"v{self.number}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Write a new version. Raises ValidationError on an attempt to change an old one."""
        if self.pk is not None:
            raise ValidationError(_("Une version publiée ne se modifie pas : publiez-en une nouvelle."))
        super().save(*args, **kwargs)


class Trigger(models.Model):
    """What starts a workflow: an event, if its condition holds on its data; or a schedule, for an audience.

    A row has an `event` or a `schedule`, not both. A segment and an inbound SMS are events too.
    """

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="triggers")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(_("événement"), max_length=80)
    condition = models.CharField(_("condition"), max_length=1000, blank=True)
    schedule = models.CharField(_("horaire"), max_length=100, blank=True, default="", help_text="Five cron fields.")
    timezone = models.CharField(_("fuseau horaire"), max_length=60, blank=True, default="")
    audience = models.CharField(
        _("pour qui"), max_length=1000, blank=True, default="", help_text="A condition on the contact."
    )
    next_at = models.DateTimeField(_("prochain départ"), null=True)

    class Meta:
        db_table = "declencheurs_workflow"
        verbose_name = _("déclencheur")
        verbose_name_plural = _("déclencheurs")
        indexes = [
            models.Index(fields=["site", "event"], name="trigger_of_event"),
            models.Index(fields=["next_at"], name="trigger_due", condition=models.Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.event or self.schedule
