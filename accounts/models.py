"""Who owns what: organizations, their people, their sites and the sites' keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.keys import KeyKind, digest, new_hook_secret, new_key
from accounts.plans import plan_choices
from berinia.clock import is_zone


def check_zone(value: str) -> None:
    """Refuse what is not an IANA time zone name. Raises ValidationError."""
    if not is_zone(value):
        raise ValidationError(_("« %(zone)s » n'est pas un fuseau horaire IANA."), params={"zone": value})


class Organization(models.Model):
    """A client company or agency: the owner of everything below."""

    name = models.CharField(_("nom"), max_length=200)
    slug = models.SlugField(_("identifiant"), unique=True)
    plan = models.CharField(_("offre"), max_length=20, choices=plan_choices, default="starter")
    is_paused = models.BooleanField(_("en pause"), default=False)
    created_at = models.DateTimeField(_("créée le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "organisations"
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in: an operator, a sales person, a client."""

    organizations = models.ManyToManyField(Organization, through="Membership", related_name="users")
    password_is_temporary = models.BooleanField(
        _("mot de passe de première connexion"), default=False, db_default=False,
        help_text=_("Un autre est demandé à la prochaine connexion."),
    )  # fmt: skip

    class Meta(AbstractUser.Meta):
        db_table = "utilisateurs"


class Role(models.TextChoices):
    """What a member may do in an organization."""

    OWNER = "owner", _("propriétaire")
    OPERATOR = "operator", _("opérateur")
    SALES = "sales", _("commercial")
    READER = "reader", _("lecture seule")


class Membership(models.Model):
    """One person's role in one organization."""

    user = models.ForeignKey(User, models.CASCADE)
    organization = models.ForeignKey(Organization, models.CASCADE)
    role = models.CharField(_("rôle"), max_length=20, choices=Role.choices, default=Role.OPERATOR)

    class Meta:
        db_table = "membres"
        verbose_name = _("membre")
        verbose_name_plural = _("membres")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_role_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Site(models.Model):
    """One web site of an organization, with the business details its messages are written from."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="sites", verbose_name=_("organisation"))
    slug = models.SlugField(_("identifiant (siteId)"), unique=True)
    sector = models.CharField(_("secteur"), max_length=40, blank=True)
    business_name = models.CharField(_("nom de l'entreprise"), max_length=120)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True, help_text=_("Au format international, +33…"))
    address = models.CharField(_("adresse"), max_length=300, blank=True)
    url = models.URLField(_("site web"), blank=True)
    email = models.EmailField(_("email de contact"), blank=True, help_text=_("Reçoit les réponses aux emails."))
    email_from = models.EmailField(
        _("expéditeur des emails"),
        blank=True,
        help_text=_("Adresse d'un domaine vérifié chez Resend ; sinon FROM_EMAIL."),
    )
    sms_sender = models.CharField(
        _("expéditeur des SMS"),
        max_length=20,
        blank=True,
        help_text=_("Numéro +33… ou nom de 11 caractères ; sinon TWILIO_PHONE_NUMBER."),
    )
    sms_stop_number = models.CharField(
        _("numéro de désinscription"),
        max_length=5,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^36\d{3}$", _("Un numéro court 36xxx."))],
        help_text=_("36xxx : « STOP au 36xxx » dans les SMS commerciaux, quand l'expéditeur ne reçoit pas de réponse."),
    )
    whatsapp_sender = models.CharField(
        _("expéditeur WhatsApp"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("Numéro +33… activé pour WhatsApp ; sinon TWILIO_WHATSAPP_NUMBER."),
    )
    timezone = models.CharField(_("fuseau horaire"), max_length=60, default="Europe/Paris", validators=[check_zone])
    details = models.JSONField(
        _("autres informations"), default=dict, blank=True, help_text=_("Par exemple lien_avis, lien_rdv.")
    )
    hook_secret = models.CharField(
        max_length=80, default=new_hook_secret, editable=False, help_text="Signs the HTTP calls of workflows."
    )
    is_paused = models.BooleanField(_("en pause"), default=False)
    created_at = models.DateTimeField(_("créé le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "sites"
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return f"{self.business_name} ({self.slug})"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Look-ups of keys."""

    def valid(self, plain: str) -> Self:
        """Keys that this plain text opens: one, or none when it is wrong or revoked."""
        return self.filter(digest=digest(plain), revoked_at=None).select_related("site__organization")


class ApiKey(models.Model):
    """A site's key: only its digest is kept, so a stolen table opens nothing."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="keys", verbose_name=_("site"))
    name = models.CharField(_("nom"), max_length=80, blank=True)
    kind = models.CharField(
        _("type"),
        max_length=20,
        default=KeyKind.SECRET,
        choices=[
            (KeyKind.SECRET.value, _("secrète (serveur)")),
            (KeyKind.PUBLISHABLE.value, _("publiable (navigateur)")),
        ],
    )
    prefix = models.CharField(_("début de la clé"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("créée le"), db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(_("révoquée le"), null=True, blank=True, editable=False)
    origins = ArrayField(
        models.CharField(max_length=200), verbose_name=_("origines autorisées"), default=list, db_default=[],
        blank=True,
        help_text=_("Pour une clé publiable : les sites d'où un navigateur peut l'employer, comme "
                    "https://www.exemple.fr. Vide : celui du site web de l'entreprise."),
    )  # fmt: skip

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        db_table = "cles_api"
        verbose_name = _("clé API")
        verbose_name_plural = _("clés API")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @classmethod
    def issue(
        cls, site: Site, kind: KeyKind = KeyKind.SECRET, name: str = "", origins: Sequence[str] = ()
    ) -> tuple["ApiKey", str]:
        """Create a key and return it with its plain text, which exists nowhere else."""
        made = new_key(kind)
        key = cls.objects.create(
            site=site, kind=kind, name=name, origins=list(origins), prefix=made.prefix, digest=made.digest
        )
        return key, made.plain

    def revoke(self, now: datetime) -> None:
        """Close the key for good. A second call changes nothing."""
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now)


class Platform(models.Model):
    """The one row about everything: the emergency stop."""

    is_paused = models.BooleanField(_("arrêt d'urgence"), default=False)

    class Meta:
        db_table = "plateforme"
        verbose_name = verbose_name_plural = _("plateforme")
        constraints = [models.CheckConstraint(name="platform_is_one", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "plateforme"

    @classmethod
    def is_stopped(cls) -> bool:
        """Tell whether the emergency stop is given."""
        return cls.objects.filter(is_paused=True).exists()


class AuditEntry(models.Model):
    """Who did what, to what, when and why: written once, in the transaction of the act, and never changed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("le"))
    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, related_name="+", verbose_name=_("organisation"),
        help_text=_("Vide : toute la plateforme."),
    )  # fmt: skip
    actor = models.CharField(_("par"), max_length=150, help_text="A user's name, a key's prefix, or the system.")
    action = models.CharField(_("action"), max_length=60)
    target_kind = models.CharField(_("type"), max_length=40)
    target_id = models.BigIntegerField(_("numéro"), null=True)
    target = models.CharField(_("objet"), max_length=200, blank=True)
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    details = models.JSONField(_("détails"), default=dict)
    before = models.JSONField(_("avant"), null=True, help_text="The fields that changed, as they were.")
    after = models.JSONField(_("après"), null=True, help_text="The same fields, as they are now.")

    class Meta:
        db_table = "journal_audit"
        verbose_name = _("entrée du journal")
        verbose_name_plural = _("journal d'audit")
        indexes = [
            models.Index(fields=["organization", "-id"], name="audit_of_organization"),
            models.Index(fields=["target_kind", "target_id", "-id"], name="audit_of_target"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class Authenticator(TOTPDevice):
    """An application that makes a person's codes (TOTP).

    The database holds half of its secret, the other half is CREDENTIALS_KEY: who reads the tables makes no codes.
    """

    class Meta:
        proxy = True

    @property
    def bin_key(self) -> bytes:
        """The secret that the application was given: 160 bits, as RFC 4226 recommends."""
        mixed = salted_hmac("accounts.authenticator", self.key, secret=settings.CREDENTIALS_KEY, algorithm="sha256")
        return mixed.digest()[:20]
