"""What agents did, what they may spend, and which models an organization uses."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models import Contact
from crm.models.lead import DecidedBy

MODEL = r"^[a-z]+:[A-Za-z0-9][A-Za-z0-9._:/-]*$"
is_model = RegexValidator(MODEL, _("Écrivez fournisseur:modèle, par exemple mistral:mistral-small-latest."))


class AgentSettings(models.Model):
    """What an organization's agents may do. Without a row, the house's settings hold."""

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="agent_settings", verbose_name=_("organisation")
    )
    model_names = ArrayField(
        models.CharField(max_length=120, validators=[is_model]),
        verbose_name=_("modèles, dans l'ordre"), default=list, blank=True,
        help_text=_("fournisseur:modèle (openai, anthropic, mistral, local) ; le suivant prend le relais. "
                    "Vide : ceux de la plateforme."),
    )  # fmt: skip
    uses_models = models.BooleanField(
        _("peut interroger des modèles"), default=True,
        help_text=_("Décoché : rien de ses contacts n'est transmis à un modèle ; les règles décident."),
    )  # fmt: skip
    monthly_budget = models.DecimalField(
        _("budget par mois (dollars)"), max_digits=9, decimal_places=2, null=True, blank=True,
        help_text=_("Au-delà, les règles décident. Vide : celui de la plateforme ; 0 : aucun modèle."),
    )  # fmt: skip
    voice = models.TextField(
        _("ton des messages"), max_length=1_000, blank=True, default="",
        help_text=_("Comment l'entreprise écrit : vouvoiement, tournures, ce qu'elle ne dit jamais."),
    )  # fmt: skip
    facts = models.TextField(
        _("faits que les messages peuvent citer"), max_length=3_000, blank=True, default="",
        help_text=_("Un par ligne : horaires, zone, garanties, prix affichés. Un message ne cite rien d'autre."),
    )  # fmt: skip

    class Meta:
        db_table = "reglages_agents"
        verbose_name = _("réglages des agents")
        verbose_name_plural = _("réglages des agents")

    def __str__(self) -> str:
        return str(self.organization)


class BudgetMonth(models.Model):
    """What an organization's agents have spent in a month (UTC), in millionths of a dollar; locked to be added to."""

    organization_id = models.BigIntegerField()
    month = models.DateField()
    reserved_micros = models.BigIntegerField(default=0, help_text="Upper bounds of calls that are being made.")
    spent_micros = models.BigIntegerField(default=0)
    calls = models.IntegerField(default=0)

    class Meta:
        db_table = "budgets_agents"
        verbose_name = _("dépense des agents")
        verbose_name_plural = _("dépenses des agents")
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "month"], name="agent_budget_once"),
            models.CheckConstraint(
                name="agent_budget_positive", condition=models.Q(reserved_micros__gte=0, spent_micros__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.month:%Y-%m}"


class RunStatus(models.TextChoices):
    """Where a run stands."""

    QUEUED = "en_file", _("en file")
    RUNNING = "en_cours", _("en cours")
    DONE = "terminee", _("terminée")
    FAILED = "echouee", _("échouée")
    REVOKED = "retiree", _("retirée")


class AgentRun(models.Model):
    """One question to an agent and its answer. A workflow's step puts it into the queue; the other agents begin it."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="agent_runs", db_index=False)
    agent = models.CharField(_("agent"), max_length=40)
    status = models.CharField(_("statut"), max_length=20, choices=RunStatus.choices, default=RunStatus.QUEUED)
    due_at = models.DateTimeField(null=True, help_text="When it is to be run, or the end of the lease of who does.")
    attempts = models.SmallIntegerField(db_default=0)
    workflow_id = models.BigIntegerField(null=True)
    execution_id = models.BigIntegerField(null=True)
    run = models.SmallIntegerField(db_default=1)
    event_id = models.BigIntegerField(null=True)
    step = models.CharField(_("étape"), max_length=60, blank=True, default="")
    request = models.JSONField(_("demande"), default=dict, help_text="What the step says: channel, template, guidance.")
    input = models.JSONField(_("entrée"), null=True, help_text="What the agent was told, without addresses.")
    input_hash = models.CharField(max_length=64, blank=True, default="")
    prompt_version = models.CharField(_("version du texte"), max_length=16, blank=True, default="")
    model = models.CharField(_("modèle"), max_length=120, blank=True, default="")
    decided_by = models.CharField(_("décidé par"), max_length=10, choices=DecidedBy.choices, blank=True, default="")
    output = models.JSONField(_("réponse"), null=True)
    guarded = models.JSONField(
        _("corrigé par les garde-fous"),
        default=list,
        db_default=[],
        help_text="What the guardrails changed, in French.",
    )
    error = models.CharField(_("pourquoi pas le modèle"), max_length=300, blank=True, default="")
    is_cached = models.BooleanField(_("déjà demandé"), default=False, db_default=False)
    requests = models.SmallIntegerField(_("appels"), db_default=0)
    tokens_in = models.IntegerField(_("jetons lus"), db_default=0)
    tokens_out = models.IntegerField(_("jetons écrits"), db_default=0)
    cost_micros = models.BigIntegerField(
        _("coût (millionièmes de dollar)"), null=True, help_text="Null: unknown, which is not nothing."
    )
    reserved_micros = models.BigIntegerField(db_default=0, help_text="Taken from the month's budget until it settles.")
    month = models.DateField(null=True, help_text="The month whose budget pays.")
    latency_ms = models.IntegerField(_("durée (ms)"), null=True)
    replay_of = models.BigIntegerField(_("rejoue"), null=True)
    created_at = models.DateTimeField(_("demandée le"))
    finished_at = models.DateTimeField(_("finie le"), null=True)

    class Meta:
        db_table = "executions_agents"
        verbose_name = _("exécution d'agent")
        verbose_name_plural = _("exécutions d'agents")
        constraints = [
            models.UniqueConstraint(
                fields=["execution_id", "run", "step"],
                name="agent_step_once",
                condition=models.Q(execution_id__isnull=False, replay_of__isnull=True),
            ),
        ]
        indexes = [
            models.Index(  # `due_at` of one that runs is the end of its lease
                fields=["due_at"], name="agent_run_due", condition=models.Q(status__in=["en_file", "en_cours"])
            ),
            models.Index(fields=["organization", "-id"], name="agent_run_of_organization"),
            models.Index(fields=["contact", "-id"], name="agent_run_of_contact"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.agent} #{self.pk}"


class AgentDay(models.Model):
    """What one agent did in a day (of the house's time zone) for one organization: sums of the runs that ended in it.

    Spread over a few rows (`slot`), so that those who end runs at the same time seldom wait for each other.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    agent = models.CharField(max_length=40)
    day = models.DateField()
    slot = models.SmallIntegerField()
    runs = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    by_rules = models.IntegerField(default=0)
    by_model = models.IntegerField(default=0)
    corrected = models.IntegerField(default=0, help_text="Whose answer the guardrails changed.")
    cached = models.IntegerField(default=0, help_text="Answered by what a model had said before.")
    cost_micros = models.BigIntegerField(default=0)
    unpriced = models.IntegerField(default=0, help_text="Whose cost is unknown, which is not nothing.")
    timed = models.IntegerField(default=0, help_text="Those that `latency_ms` is the sum of.")
    latency_ms = models.BigIntegerField(default=0)

    class Meta:
        db_table = "agents_par_jour"
        verbose_name = _("jour d'un agent")
        verbose_name_plural = _("jours des agents")
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "day", "agent", "slot"], name="agent_day_once"),
        ]
        indexes = [models.Index(fields=["day"], name="agent_day_of_all")]

    def __str__(self) -> str:
        return f"{self.agent} {self.day}"
