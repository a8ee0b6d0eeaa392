"""What a contact has agreed to, or refused: an append-only record that can be shown as proof (GDPR art. 7.1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from crm.models.contact import Contact


class Purpose(models.TextChoices):
    """What for. Consent to be written to and consent to be followed are distinct (CNIL 2026-042)."""

    MARKETING = "marketing", _("messages commerciaux")
    TRACKING_OPENS = "tracking_opens", _("suivi des ouvertures")
    TRACKING_CLICKS = "tracking_clicks", _("suivi des clics")


class ConsentState(models.TextChoices):
    """What was said. No row at all is unknown, which counts as no."""

    GRANTED = "granted", _("accordé")
    REFUSED = "refused", _("refusé")  # also a withdrawal


class Basis(models.TextChoices):
    """Why one may write (CPCE art. L34-5)."""

    CONSENT = "consent", _("consentement")
    CUSTOMER = "customer", _("client existant, produit analogue")
    PROFESSIONAL = "professional", _("intérêt légitime, entre professionnels")


class Consent(models.Model):
    """One statement of a contact, never changed: the latest of a purpose and channel holds.

    `channel` is one of communications' channels; for tracking it is `email`.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", db_index=False)
    purpose = models.CharField(_("finalité"), max_length=20, choices=Purpose.choices)
    channel = models.CharField(_("canal"), max_length=20)
    state = models.CharField(_("choix"), max_length=20, choices=ConsentState.choices)
    basis = models.CharField(_("fondement"), max_length=20, choices=Basis.choices, default=Basis.CONSENT)
    at = models.DateTimeField(_("le"))
    text = models.TextField(_("texte présenté"), blank=True, default="")
    text_version = models.CharField(_("version du texte"), max_length=60, blank=True, default="")
    source = models.CharField(
        _("origine"), max_length=40, help_text="How it came: api, sms, whatsapp, lien, page, admin, import."
    )
    url = models.CharField(_("page"), max_length=500, blank=True, default="")
    ip = models.GenericIPAddressField(_("adresse IP"), null=True, blank=True)
    user_agent = models.CharField(_("navigateur"), max_length=300, blank=True, default="")
    recorded_by = models.CharField(_("enregistré par"), max_length=150, blank=True, default="")

    class Meta:
        db_table = "consentements"
        verbose_name = _("consentement")
        verbose_name_plural = _("consentements")
        indexes = [
            models.Index(fields=["contact", "purpose", "channel", "-id"], name="consent_latest"),
            models.Index(fields=["organization", "-id"], name="consent_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.state}"
