"""What people write down about a contact."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models.contact import Contact


class Note(models.Model):
    """A remark of the team. It is theirs: no agent reads it, no provider gets it."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="notes", db_index=False)
    text = models.TextField(_("note"), max_length=5_000)
    author = models.CharField(_("par"), max_length=150)
    created_at = models.DateTimeField(_("le"))

    class Meta:
        db_table = "notes"
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            models.Index(fields=["contact", "-id"], name="note_of_contact"),
            models.Index(fields=["site", "-id"], name="note_of_site"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
