"""A person who may be written to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site, check_zone


class Contact(models.Model):
    """A person known to one site, by an email, a phone number (E.164), or both."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, models.CASCADE, related_name="contacts", db_index=False)
    name = models.CharField(_("nom"), max_length=200, blank=True)
    email = models.CharField(_("email"), max_length=254, null=True, blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("étiquettes"), default=list, blank=True)
    fields = models.JSONField(_("autres champs"), default=dict, blank=True)
    timezone = models.CharField(
        _("fuseau horaire"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("Vide : celui du site."),
        validators=[check_zone],
    )
    whatsapp_at = models.DateTimeField(
        _("dernier message WhatsApp"), null=True, blank=True, editable=False,
        help_text="When this person last wrote to us there: for 24 h after it, free text may be answered.",
    )  # fmt: skip
    opted_out_at = models.DateTimeField(_("désinscrit le"), null=True, blank=True)
    created_at = models.DateTimeField(_("créé le"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("modifié le"), db_default=Now(), editable=False)

    class Meta:
        db_table = "contacts"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            # A person is known by the email; one without, by the phone. Two people may share a phone.
            models.UniqueConstraint(
                fields=["site", "email"], name="contact_email", condition=models.Q(email__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["site", "phone"], name="contact_phone_only", condition=models.Q(email__isnull=True)
            ),
            models.CheckConstraint(
                name="contact_reachable", condition=models.Q(email__isnull=False) | models.Q(phone__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["site", "phone"], name="contact_by_phone"),  # ingest: who has this number?
            models.Index(fields=["site", "-id"], name="contact_of_site"),  # lists, newest first
            models.Index(fields=["email"], name="contact_by_email"),  # admin search
            models.Index(  # opt-outs of the last day
                fields=["opted_out_at"], name="contact_opted_out", condition=models.Q(opted_out_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.pk)
