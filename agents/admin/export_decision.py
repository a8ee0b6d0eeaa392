"""An exporter's whole decision, as a page shows it: its strategy, its lists, and what came of each lead of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agents.models import AgentRun
from agents.reasons import label
from berinia.admin.tables import LATEST, Cell, Table
from crm.models import Export, Lead
from crm.models.transfer import ExportStatus

STATUS_TAGS = {
    "a_approuver": "warning", "en_file": "info", "en_cours": "info", "exporte": "success", "echoue": "danger",
    "refuse": "", "retire": "",
}  # fmt: skip
METHODS: Mapping[str, Any] = {
    "PAR_SECTEUR": _("par secteur"), "PAR_QUALITE": _("par qualité"), "PAR_REGION": _("par région"),
    "PAR_TAILLE": _("par taille d'entreprise"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """What the agent answered, guarded, and who answered."""

    run: AgentRun
    plan: Mapping[str, Any]
    method: Any
    why_not_a_model: str
    going: Table
    staying: Table

    @property
    def url(self) -> str:
        """Return the page of the run."""
        return reverse("admin:agents_agentrun_change", args=[self.run.pk])


def decision_of(export: Export) -> Decision | None:
    """Return the decision that an export is part of; None where a person decided, or it is not kept any more."""
    if export.run_id is None:
        return None
    run = AgentRun.objects.filter(pk=export.run_id, organization_id=export.organization_id).first()
    if run is None or not run.output:
        return None
    plan: Mapping[str, Any] = run.output
    decision = plan["export_decision"]
    method = METHODS.get(decision["batching_strategy"]["methode"], "")
    return Decision(run, plan, method, label(run.error) if run.error else "", _going(run), _staying(run, decision))


def outcome_of(export: Export) -> str:
    """Say what came of an export: the lead's stage now, its number in the CRM, and what the CRM said of it last."""
    if export.status != ExportStatus.DONE:
        return "—"
    number = f"n° {export.external_id}" if export.external_id else ""
    return " · ".join(part for part in (str(export.lead.get_stage_display()), number, export.found) if part)


def _going(run: AgentRun) -> Table:
    exports = Export.objects.filter(run_id=run.pk, organization_id=run.organization_id)
    rows = [
        [
            Cell(export.contact, reverse("admin:crm_export_change", args=[export.pk])), Cell(export.quality),
            Cell(export.reason), Cell(export.get_status_display(), tag=STATUS_TAGS.get(export.status, "")),
            Cell(outcome_of(export)),
        ]
        for export in exports.select_related("contact", "lead").order_by("pk")[:LATEST]
    ]  # fmt: skip
    columns = (_("lead"), _("qualité"), _("raison"), _("statut"), _("devenu"))
    return Table(_("Exportés par cette décision"), columns, rows, _("Aucun."))


def _staying(run: AgentRun, decision: Mapping[str, Any]) -> Table:
    items = decision["leads_to_delay"][:LATEST]
    known = Lead.objects.filter(
        pk__in=[int(item["id"]) for item in items if item["id"].isdecimal()], organization_id=run.organization_id
    )
    leads = {str(lead.pk): lead for lead in known.select_related("contact")}
    rows = [
        [_named(leads.get(item["id"])), Cell(item["qualite"]), Cell(item["raison_delai"]),
         Cell(item["moment_recommande"]), _now(leads.get(item["id"]))]
        for item in items
    ]  # fmt: skip
    columns = (_("lead"), _("qualité"), _("raison du délai"), _("moment recommandé"), _("aujourd'hui"))
    return Table(_("Reportés par cette décision"), columns, rows, _("Aucun."))


def _named(lead: Lead | None) -> Cell:
    if lead is None:
        return Cell(_("effacé"))
    return Cell(lead.contact, reverse("admin:crm_lead_change", args=[lead.pk]))


def _now(lead: Lead | None) -> Cell:
    return Cell("—") if lead is None else Cell(f"{lead.get_status_display()} · {lead.get_stage_display()}")
