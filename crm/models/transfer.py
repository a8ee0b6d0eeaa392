"""Leads out to a CRM, and contacts in from a file."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.connectors import connector_choices
from crm.models.contact import Contact
from crm.models.lead import Lead, Quality


def working_days() -> list[int]:
    """Return Monday to Friday, as isoweekday counts them."""
    return [1, 2, 3, 4, 5]


class Connection(models.Model):
    """Where an organization's leads go, how many a day, and when. One of them is active."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="connections", verbose_name=_("organisation")
    )
    connector = models.CharField(_("CRM"), max_length=20, choices=connector_choices, default="integre")
    is_active = models.BooleanField(_("actif"), default=True)
    address = models.URLField(
        _("adresse"), blank=True, default="", help_text=_("Pour un webhook : une adresse publique en https.")
    )
    secret = models.TextField(
        blank=True, default="", editable=False, help_text="The key of the CRM, encrypted (crm/sealing.py)."
    )
    options = models.JSONField(_("réglages du CRM"), default=dict, blank=True)
    daily_limit = models.PositiveIntegerField(
        _("leads par jour au plus"), default=50, validators=[MaxValueValidator(10_000)]
    )
    capacity = models.PositiveIntegerField(
        _("leads en attente que l'équipe peut traiter"), default=100, validators=[MinValueValidator(1)],
        help_text=_("La charge est le nombre de leads exportés et pas encore traités, rapporté à ce nombre."),
    )  # fmt: skip
    score_floor = models.SmallIntegerField(
        _("score minimal"), default=30, validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("En dessous, un lead n'est jamais exporté."),
    )  # fmt: skip
    needs_approval = models.BooleanField(
        _("une personne approuve chaque export"), default=False,
        help_text=_("Les décisions attendent alors d'être approuvées avant de partir."),
    )  # fmt: skip
    opens_at = models.TimeField(_("de"), default=time(9))
    closes_at = models.TimeField(_("à"), default=time(18))
    days = ArrayField(models.SmallIntegerField(), verbose_name=_("jours"), default=working_days)
    timezone = models.CharField(_("fuseau horaire"), max_length=60, default="Europe/Paris")
    decide_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the exporter decides next, or the lease of who does."
    )
    decided_at = models.DateTimeField(_("dernière décision"), null=True, blank=True, editable=False)
    error = models.CharField(_("dernière erreur"), max_length=300, blank=True, default="", editable=False)
    blocked_until = models.DateTimeField(
        _("bloqué jusqu'au"), null=True, blank=True, editable=False, help_text="What the CRM asked for, or its account."
    )
    created_at = models.DateTimeField(_("créée le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "connexions_crm"
        verbose_name = _("connexion CRM")
        verbose_name_plural = _("connexions CRM")
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], name="one_active_connection", condition=models.Q(is_active=True)
            ),
            models.CheckConstraint(name="connection_hours", condition=models.Q(opens_at__lt=models.F("closes_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_connector_display()} ({self.organization})"


class ExportDay(models.Model):
    """How many leads a connection has taken on a day (of its own zone): locked by whoever adds to it."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "compteurs_export"
        constraints = [models.UniqueConstraint(fields=["connection", "day"], name="export_day_once")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.day}: {self.count}"


class ExportStatus(models.TextChoices):
    """Where the export of a lead stands."""

    PROPOSED = "a_approuver", _("à approuver")
    QUEUED = "en_file", _("en file")
    SENDING = "en_cours", _("en cours")
    DONE = "exporte", _("exporté")
    FAILED = "echoue", _("échoué")
    REJECTED = "refuse", _("refusé par une personne")
    REVOKED = "retire", _("retiré")


class Export(models.Model):
    """One lead on its way to one connection, decided by an agent or a person; it counts on the day of the decision."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="exports", verbose_name=_("connexion"))
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="exports", db_index=False, verbose_name=_("lead"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("contact"))
    run_id = models.BigIntegerField(null=True, help_text="The agent's run that decided it; null: a person did.")
    day = models.DateField(_("jour"), help_text=_("Celui dont il prend une place."))
    quality = models.CharField(_("qualité"), max_length=10, choices=Quality.choices)
    score = models.SmallIntegerField(_("score"))
    reason = models.CharField(_("raison"), max_length=300, blank=True, default="")
    status = models.CharField(_("statut"), max_length=20, choices=ExportStatus.choices, default=ExportStatus.QUEUED)
    due_at = models.DateTimeField(null=True, help_text="When it is tried next, or the end of the lease.")
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    external_id = models.CharField(_("identifiant dans le CRM"), max_length=100, blank=True, default="")
    error = models.CharField(_("erreur"), max_length=300, blank=True, default="")
    decided_by = models.CharField(_("approuvé par"), max_length=150, blank=True, default="")
    created_at = models.DateTimeField(_("décidé le"))
    exported_at = models.DateTimeField(_("exporté le"), null=True, blank=True)
    checked_at = models.DateTimeField(_("vérifié le"), null=True, blank=True)
    found = models.CharField(_("état dans le CRM"), max_length=40, blank=True, default="")  # by a reconciliation

    class Meta:
        db_table = "exports_leads"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.UniqueConstraint(  # one lead goes to one connection once
                fields=["lead", "connection"],
                name="export_once",
                condition=~models.Q(status__in=["refuse", "retire", "echoue"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="export_due", condition=models.Q(status__in=["en_file", "en_cours"])
            ),
            models.Index(  # what waits for a person
                fields=["lead"], name="export_proposed", condition=models.Q(status="a_approuver")
            ),
            models.Index(fields=["organization", "-id"], name="export_of_organization"),
            models.Index(fields=["lead", "-id"], name="export_of_lead"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"n° {self.pk}"


class ImportStatus(models.TextChoices):
    """Where an import stands."""

    MAPPING = "a_associer", _("colonnes à associer")
    PREVIEWED = "a_confirmer", _("à confirmer")
    DONE = "importe", _("importé")
    UNDONE = "annule", _("annulé")


class Import(models.Model):
    """One file of contacts. Its bytes are kept until it is imported, its rows as long as it can be undone."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name=_("site"))
    file_name = models.CharField(_("fichier"), max_length=200)
    content = models.BinaryField(null=True, editable=False)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of its bytes: is it here already?")
    columns = models.JSONField(default=list, editable=False, help_text="The titles of the file's columns.")
    mapping = models.JSONField(default=dict, editable=False, help_text="Field by title of column.")
    updates = models.BooleanField(_("mettre à jour les contacts connus"), default=False)
    overwrites = models.BooleanField(_("remplacer ce qui est déjà rempli"), default=False)
    announces = models.BooleanField(_("signaler chaque contact créé aux workflows"), default=False)
    status = models.CharField(_("statut"), max_length=20, choices=ImportStatus.choices, default=ImportStatus.MAPPING)
    created = models.PositiveIntegerField(_("créés"), default=0)
    updated = models.PositiveIntegerField(_("mis à jour"), default=0)
    skipped = models.PositiveIntegerField(_("laissés"), default=0)
    failed = models.PositiveIntegerField(_("en erreur"), default=0)
    author = models.CharField(_("par"), max_length=150)
    created_at = models.DateTimeField(_("déposé le"))
    done_at = models.DateTimeField(_("importé le"), null=True, blank=True)
    undone_at = models.DateTimeField(_("annulé le"), null=True, blank=True)

    class Meta:
        db_table = "imports"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["organization", "-id"], name="import_of_organization")]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """What became of one line of a file. `before` is what undoing it restores; null: the contact was made."""

    id = models.BigAutoField(primary_key=True)
    imported = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(_("ligne"))
    result = models.CharField(
        _("résultat"), max_length=20, choices=[("cree", _("créé")), ("mis_a_jour", _("mis à jour")),
                                               ("laisse", _("laissé")), ("erreur", _("en erreur"))],
    )  # fmt: skip
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="+", verbose_name=_("contact"))
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    errors = models.JSONField(_("erreurs"), default=list, help_text="What is wrong with it, or why it was left.")
    given = models.JSONField(null=True, help_text="The cells of a line that is wrong, to be mended.")
    kept = models.CharField(
        _("gardé"), max_length=300, blank=True, default="", help_text="Why an undoing left the contact as it is."
    )

    class Meta:
        db_table = "lignes_import"
        verbose_name = _("ligne d'import")
        verbose_name_plural = _("lignes d'import")
        constraints = [models.UniqueConstraint(fields=["imported", "line"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.imported_id}:{self.line}"
