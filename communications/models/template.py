"""The text of a message, per organization: copied from the library, then theirs to change."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from communications.models.message import Category, Channel


class Template(models.Model):
    """One message of one organization. `body` is MJML for an email, plain text for an SMS."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="templates", verbose_name=_("organisation")
    )
    name = models.CharField(_("nom"), max_length=120, help_text=_("secteur/message"))
    channel = models.CharField(_("canal"), max_length=20, choices=Channel.choices)
    category = models.CharField(_("catégorie"), max_length=20, choices=Category.choices, default=Category.TRANSACTIONAL)
    subject = models.CharField(_("objet"), max_length=200, blank=True)
    preheader = models.CharField(_("aperçu"), max_length=200, blank=True)
    body = models.TextField(_("texte"))
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
