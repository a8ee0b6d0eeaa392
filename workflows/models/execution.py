"""One run of one definition version for one contact, and the record of the steps it passed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models import Contact
from workflows.models.workflow import DefinitionVersion, Workflow


class ExecutionStatus(models.TextChoices):
    """Where an execution stands."""

    WAITING = "en_attente", _("en attente")  # created, its first step not yet taken
    RUNNING = "en_cours", _("en cours")  # under way: between two steps, or waiting for its goal
    PAUSED = "en_pause", _("en pause")
    COMPLETED = "terminee", _("terminée")
    CONVERTED = "convertie", _("convertie")
    STOPPED = "arretee", _("arrêtée")
    FAILED = "echouee", _("échouée")


ACTIVE = (ExecutionStatus.WAITING, ExecutionStatus.RUNNING, ExecutionStatus.PAUSED)
MOVING = (ExecutionStatus.WAITING, ExecutionStatus.RUNNING)


class Execution(models.Model):
    """A small row, updated in place; everything that it did is in StepRun and Message."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="executions", db_index=False)
    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="executions", db_index=False)
    event_id = models.BigIntegerField(help_text="The event that started it.")
    entry_key = models.CharField(_("clé d'entrée"), max_length=200, blank=True, default="")
    status = models.CharField(
        _("statut"), max_length=20, choices=ExecutionStatus.choices, default=ExecutionStatus.WAITING
    )
    at = models.CharField(_("étape"), max_length=60)
    entered_at = models.DateTimeField(_("à cette étape depuis"))
    due_at = models.DateTimeField(_("prochain réveil"), null=True)
    started_at = models.DateTimeField(_("commencée le"))
    ended_at = models.DateTimeField(_("finie le"), null=True)
    seen = ArrayField(models.CharField(max_length=80), default=list, verbose_name=_("signaux reçus"))
    run = models.SmallIntegerField(
        db_default=1, help_text="Raised when it is begun anew from its first step: its messages may then go out again."
    )
    is_moved = models.BooleanField(
        db_default=False, help_text="It was moved to another version, and may pass steps that it has passed already."
    )
    planned_at = models.DateTimeField(
        null=True,
        help_text="When a step that a resume put off was planned; void when older than `entered_at`.",
    )
    skip_until = models.DateTimeField(
        null=True, help_text="Messages planned before this instant are passed over: a person chose so when resuming."
    )
    reason = models.CharField(_("raison"), max_length=200, blank=True, default="")
    failures = models.SmallIntegerField(_("échecs"), default=0)
    erreurs = models.JSONField(_("erreurs"), default=list)

    class Meta:
        db_table = "executions_workflow"
        verbose_name = _("exécution")
        verbose_name_plural = _("exécutions")
        constraints = [
            models.UniqueConstraint(  # also finds the running executions of a contact (route)
                fields=["contact", "workflow", "entry_key"],
                name="execution_active_once",
                condition=models.Q(status__in=["en_attente", "en_cours", "en_pause"]),
            ),
        ]
        indexes = [
            models.Index(  # advance: what is due?
                fields=["due_at"], name="execution_due", condition=models.Q(status__in=["en_attente", "en_cours"])
            ),
            # Every step writes `due_at`, so its update adds an entry to each index that holds the row: each has to
            # earn that (docs/scaling.md says how). `execution_by_status` leaves out `en_cours`.
            models.Index(fields=["contact"], name="execution_of_contact"),  # entry rules, a contact's page
            models.Index(fields=["site", "-id"], name="execution_of_site"),  # lists, newest first
            models.Index(fields=["workflow", "-id"], name="execution_of_workflow"),
            models.Index(  # who stands at a step: lists, and the move to another version
                fields=["workflow", "at"],
                name="execution_at_step",
                condition=models.Q(status__in=["en_attente", "en_cours", "en_pause"]),
            ),
            models.Index(  # lists by status; `terminee`, where most end, is found among the newest
                fields=["status", "-id"],
                name="execution_by_status",
                condition=models.Q(status__in=["en_attente", "en_pause", "convertie", "arretee", "echouee"]),
            ),
        ]

    def __str__(self) -> str:
        return f"exécution {self.pk}"


class StepRun(models.Model):
    """An execution passed a step: when, and what came of it (`detail`, a code of workflows.labels).

    The table is cut into one partition a month (see berinia/partitions.py). Its primary key there is
    (execution_id, id, at), which also finds the steps of an execution; nothing looks one up by `id` alone.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    execution_id = models.BigIntegerField()
    step = models.CharField(_("étape"), max_length=60)
    kind = models.CharField(_("type"), max_length=20)
    at = models.DateTimeField(_("passée le"))
    detail = models.CharField(_("détail"), max_length=200, blank=True)

    class Meta:
        db_table = "etapes_execution"
        verbose_name = _("étape passée")
        verbose_name_plural = _("étapes passées")

    def __str__(self) -> str:
        return self.step
