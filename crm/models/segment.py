"""Segments: saved conditions on contacts, and who meets them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models.contact import Contact


class Segment(models.Model):
    """A named condition on a contact (CEL over `contact`, see docs/language.md)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, models.CASCADE, related_name="segments", db_index=False)
    slug = models.SlugField(_("identifiant"), max_length=60)
    name = models.CharField(_("nom"), max_length=120)
    condition = models.CharField(_("condition"), max_length=1000)
    created_at = models.DateTimeField(_("créé le"), db_default=Now(), editable=False)
    refreshed_at = models.DateTimeField(
        _("à jour au"), null=True, editable=False, help_text="When the last whole pass began; none yet: it is new."
    )
    pass_at = models.DateTimeField(null=True, editable=False, help_text="When the pass under way began.")
    reached = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="How far that pass has come.")

    class Meta:
        db_table = "segments"
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="segment_once")]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A contact who meets the condition of a segment, and since when."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    entered_at = models.DateTimeField(_("entré le"))

    class Meta:
        db_table = "membres_segment"
        verbose_name = _("membre d'un segment")
        verbose_name_plural = _("membres de segments")
        constraints = [models.UniqueConstraint(fields=["segment", "contact"], name="segment_member_once")]

    def __str__(self) -> str:
        return f"{self.segment_id}/{self.contact_id}"
