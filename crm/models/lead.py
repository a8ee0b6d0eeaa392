"""A contact as a sales opportunity: how good it is, where it stands, and what is known of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site, User
from crm.models.contact import Contact


class Quality(models.TextChoices):
    """How near to buying, in the words of the classifier and of the exporter."""

    HOT = "CHAUD", _("chaud")
    WARM = "TIÈDE", _("tiède")
    COLD = "FROID", _("froid")


class Stage(models.TextChoices):
    """Where the sale stands (crm/pipeline.py says which moves are allowed)."""

    LEAD = "lead", _("lead")
    QUALIFIED = "qualified", _("qualifié")
    DEMO = "demo", _("démonstration")
    PROPOSAL = "proposal", _("proposition")
    WON = "won", _("gagné")
    LOST = "lost", _("perdu")


class LeadStatus(models.TextChoices):
    """What the machine does with it next."""

    NEW = "nouveau", _("à classer")
    SALES = "a_exporter", _("pour les ventes")  # a score of 50 or more
    NURTURED = "a_suivre", _("à suivre")  # below
    EXPORTED = "exporte", _("exporté")
    DISCARDED = "ecarte", _("écarté")  # by a person: never exported


class CompanySize(models.TextChoices):
    """How big the lead's business is, by INSEE's classes; `individual` has none."""

    INDIVIDUAL = "individual", _("particulier")
    SOLO = "solo", _("indépendant seul")
    MICRO = "micro", _("TPE (1 à 9)")
    SME = "sme", _("PME (10 à 249)")
    LARGE = "large", _("250 et plus")
    UNKNOWN = "unknown", _("inconnue")


class DecidedBy(models.TextChoices):
    """Who said so."""

    MODEL = "model", _("modèle")
    RULES = "rules", _("règles")
    PERSON = "person", _("une personne")


class Lead(models.Model):
    """One opportunity of one contact. Its row appears when the contact does something (crm/leads.py)."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, verbose_name=_("site"))
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="lead", verbose_name=_("contact"))
    quality = models.CharField(_("qualité"), max_length=10, choices=Quality.choices, blank=True, default="")
    score = models.SmallIntegerField(_("score"), null=True, blank=True, help_text=_("De 0 à 100."))
    status = models.CharField(_("statut"), max_length=20, choices=LeadStatus.choices, default=LeadStatus.NEW)
    stage = models.CharField(_("étape"), max_length=20, choices=Stage.choices, default=Stage.LEAD)
    stage_at = models.DateTimeField(_("à cette étape depuis"), null=True, blank=True)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("commercial")
    )
    amount_cents = models.BigIntegerField(_("montant (centimes d'euro)"), null=True, blank=True)
    company = models.CharField(_("entreprise"), max_length=200, blank=True, default="")
    # What duplicates are looked for by (crm/duplicates.py); of an email only where it is not the email itself.
    company_key = models.CharField(max_length=120, blank=True, default="", editable=False)
    email_key = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)
    company_size = models.CharField(
        _("taille"), max_length=20, choices=CompanySize.choices, default=CompanySize.UNKNOWN
    )
    job_title = models.CharField(_("fonction"), max_length=120, blank=True, default="")
    sector = models.CharField(_("secteur"), max_length=40, blank=True, default="")
    region = models.CharField(_("région"), max_length=60, blank=True, default="")
    decision_maker = models.BooleanField(_("décide"), null=True, blank=True)
    pain_points = ArrayField(models.CharField(max_length=200), verbose_name=_("difficultés"), default=list, blank=True)
    interests = ArrayField(models.CharField(max_length=200), verbose_name=_("intérêts"), default=list, blank=True)
    insights = ArrayField(models.CharField(max_length=300), verbose_name=_("à savoir"), default=list, blank=True)
    reasoning = models.CharField(_("pourquoi cette qualité"), max_length=1_000, blank=True, default="")
    source = models.CharField(
        _("origine"), max_length=80, blank=True, default="", help_text=_("L'événement ou l'import dont il vient.")
    )
    decided_by = models.CharField(
        _("classé par"), max_length=10, choices=DecidedBy.choices, blank=True, default="",
        help_text=_("Ce qu'une personne a classé n'est plus reclassé par la machine."),
    )  # fmt: skip
    classified_at = models.DateTimeField(_("classé le"), null=True, blank=True)
    classify_at = models.DateTimeField(
        null=True, editable=False, help_text="When it is to be classified next, or the lease of who does; null: not."
    )
    classify_attempts = models.SmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Since something new was last heard, without a result."
    )
    export_after = models.DateTimeField(
        _("export au plus tôt"), null=True, blank=True, help_text=_("Vide : dès que possible.")
    )
    delay_reason = models.CharField(_("raison du délai"), max_length=300, blank=True, default="")
    exported_at = models.DateTimeField(_("exporté le"), null=True, blank=True)
    created_at = models.DateTimeField(_("créé le"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("modifié le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "leads"
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(
                name="lead_score", condition=models.Q(score__isnull=True) | models.Q(score__range=(0, 100))
            ),
        ]
        indexes = [
            models.Index(  # who is to be classified?
                fields=["classify_at"], name="lead_to_classify", condition=models.Q(classify_at__isnull=False)
            ),
            models.Index(  # what may be exported?
                fields=["organization", "export_after"], name="lead_to_export",
                condition=models.Q(status__in=["a_exporter", "a_suivre"]),
            ),
            models.Index(fields=["owner"], name="lead_of_owner", condition=models.Q(owner__isnull=False)),  # mine
            models.Index(fields=["site", "-id"], name="lead_of_site"),  # lists, newest first
            models.Index(fields=["site", "status", "-id"], name="lead_of_status"),  # the list, filtered by status
            models.Index(fields=["site", "stage", "-id"], name="lead_of_stage"),  # the pipeline
            models.Index(  # the pipeline, filtered by quality: hot ones may be few in a stage of a million
                fields=["site", "stage", "quality", "-id"], name="lead_of_stage_quality"
            ),
            models.Index(  # duplicates by the name of the company, or how it begins
                fields=["site", "company_key"], name="lead_of_company", condition=~models.Q(company_key=""),
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            models.Index(  # duplicates by another spelling of an email
                fields=["site", "email_key"], name="lead_of_email", condition=~models.Q(email_key="")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.company} ({self.contact})" if self.company else str(self.contact)


class DuplicateState(models.TextChoices):
    """What became of a suspicion; that of two who were merged goes with one of them."""

    OPEN = "ouvert", _("à vérifier")
    DISMISSED = "distinct", _("deux personnes")


class Duplicate(models.Model):
    """Two contacts of a site that may be the same. `first` is the older one."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, verbose_name=_("site"))
    first = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("contact"))
    second = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("et"))
    reason = models.CharField(
        _("parce que"), max_length=20, choices=[("email", _("même email")), ("phone", _("même téléphone")),
                                                ("company", _("même entreprise"))],
    )  # fmt: skip
    similarity = models.SmallIntegerField(_("ressemblance"), help_text=_("De 0 à 100."))
    state = models.CharField(_("état"), max_length=20, choices=DuplicateState.choices, default=DuplicateState.OPEN)
    created_at = models.DateTimeField(_("trouvé le"))
    settled_at = models.DateTimeField(_("réglé le"), null=True, blank=True)
    settled_by = models.CharField(_("réglé par"), max_length=150, blank=True, default="")

    class Meta:
        db_table = "doublons"
        verbose_name = _("doublon")
        verbose_name_plural = _("doublons")
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="duplicate_once")]
        indexes = [models.Index(fields=["site", "state", "-id"], name="duplicate_of_site")]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id} ?"
