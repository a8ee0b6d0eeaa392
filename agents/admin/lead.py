"""Leads, once more: a person exports them at once, or lets the exporter decide about them again."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agents.admin.export import let_go
from agents.export_now import export_now, release
from berinia.admin.acts import Act
from crm.admin import LeadAdmin
from crm.models import Lead
from crm.models.lead import LeadStatus

WAITING = frozenset({LeadStatus.SALES.value, LeadStatus.NURTURED.value})
EXPORT = Act(
    "exporter", _("Exporter maintenant"),
    _("départ vers le CRM sans attendre l'exporteur ni une approbation, dans la limite du jour."),
    let_go(export_now), icon="ios_share", values=WAITING, is_logged=False,
)  # fmt: skip
RELEASE = Act(
    "liberer", _("Rendre à l'exporteur"), _("fin du délai : l'exporteur en décide de nouveau à son prochain tour."),
    lambda ids, now, person: release(ids, str(person), now), icon="hourglass_disabled", values=WAITING,
    is_logged=False,
)  # fmt: skip

admin.site.unregister(Lead)


@admin.register(Lead)
class ExportedLeadAdmin(LeadAdmin):
    """Leads that a person may export."""

    acts = (*LeadAdmin.acts, EXPORT, RELEASE)
