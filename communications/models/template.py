"""The text of a message, per organization: copied from the library, then theirs to change."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from communications.models.message import Category, Channel


class Format(models.TextChoices):
    """How the body of an email is written."""

    MJML = "mjml", _("MJML")
    HTML = "html", _("HTML")


class Template(models.Model):
    """One message of one organization. `body` is MJML or HTML for an email, plain text for an SMS and WhatsApp."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="templates", verbose_name=_("organisation")
    )
    name = models.CharField(_("nom"), max_length=120, help_text=_("secteur/message"))
    channel = models.CharField(_("canal"), max_length=20, choices=Channel.choices)
    category = models.CharField(_("catégorie"), max_length=20, choices=Category.choices, default=Category.TRANSACTIONAL)
    subject = models.CharField(_("objet"), max_length=200, blank=True)
    preheader = models.CharField(_("aperçu"), max_length=200, blank=True)
    body = models.TextField(_("texte"))
    format = models.CharField(
        _("format"), max_length=10, choices=Format.choices, default=Format.MJML, db_default=Format.MJML,
        help_text=_("D'un email : MJML (s'adapte aux téléphones) ou HTML."),
    )  # fmt: skip
    transliterates = models.BooleanField(
        _("simplifier les caractères"), default=True, db_default=True,
        help_text=_("D'un SMS : ê devient e, ’ devient ', pour tenir en moins de segments."),
    )  # fmt: skip
    content_sid = models.CharField(
        _("modèle WhatsApp approuvé"), max_length=34, blank=True, default="", db_default="",
        help_text=_("HX… : le modèle approuvé chez Twilio, nécessaire plus de 24 h après un message du contact."),
    )  # fmt: skip
    content_variables = models.JSONField(
        _("variables du modèle WhatsApp"), default=dict, db_default={}, blank=True,
        help_text=_('Par exemple {"1": "{{ contact.prenom }}"}.'),
    )  # fmt: skip
    version = models.IntegerField(_("version"), default=1, db_default=1, editable=False)
    library_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the library's text it was copied from."
    )
    updated_at = models.DateTimeField(_("modifié le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "templates_communication"
        verbose_name = _("modèle de message")
        verbose_name_plural = _("modèles de message")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name", "channel"], name="template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.channel})"


class TemplateVersion(models.Model):
    """A text as it once stood: each change adds one, none is changed or removed."""

    id = models.BigAutoField(primary_key=True)
    template = models.ForeignKey(Template, models.CASCADE, related_name="versions", db_index=False)
    number = models.IntegerField(_("version"))
    subject = models.CharField(_("objet"), max_length=200, blank=True)
    preheader = models.CharField(_("aperçu"), max_length=200, blank=True)
    body = models.TextField(_("texte"))
    format = models.CharField(_("format"), max_length=10, choices=Format.choices, default=Format.MJML)
    transliterates = models.BooleanField(_("simplifier les caractères"), default=True)
    content_sid = models.CharField(_("modèle WhatsApp approuvé"), max_length=34, blank=True, default="")
    content_variables = models.JSONField(_("variables du modèle WhatsApp"), default=dict, blank=True)
    is_library = models.BooleanField(_("de la bibliothèque"), default=False)
    created_at = models.DateTimeField(_("créée le"))
    created_by = models.CharField(_("par"), max_length=150, blank=True)

    class Meta:
        db_table = "versions_template"
        verbose_name = _("version d'un modèle")
        verbose_name_plural = _("versions de modèles")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"
