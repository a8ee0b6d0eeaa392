"""A person's page: what agents said, and why the lead is not exported."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from agents.agent import agents
from agents.eligibility import objections
from agents.models import AgentRun
from agents.reasons import label
from crm.admin.histories import EXPORT_TAGS, RUN_TAGS
from crm.admin.overview import Panel, show
from crm.admin.story import Source, newest, tell
from crm.models import Connection, Contact, Export, Lead
from crm.models.lead import LeadStatus
from crm.timeline import Entry


def _export(contact: Contact, now: datetime) -> Mapping[str, Any] | None:
    """Return where the lead stands on its way to a CRM, and what keeps it here; None without a lead."""
    lead = Lead.objects.filter(contact=contact).first()
    if lead is None:
        return None
    last = Export.objects.filter(lead=lead).select_related("connection").order_by("-pk").first()
    return {
        "lead": lead, "export": last, "tag": EXPORT_TAGS.get(last.status, "") if last else "",
        "url": reverse("admin:crm_export_change", args=[last.pk]) if last else "", "why": _why_not(lead, now),
    }  # fmt: skip


def _why_not(lead: Lead, now: datetime) -> str:
    """Say why a lead is not exported yet, in one sentence; "" where it is."""
    connection = Connection.objects.filter(organization_id=lead.organization_id, is_active=True).first()
    if lead.status == LeadStatus.EXPORTED:
        return ""
    if connection is None:
        return _("Aucun CRM n'est connecté : ajoutez une connexion CRM.")
    if lead.score is None or not lead.quality:
        return _("Il n'est pas encore classé : cela se fait seul, dans la minute qui suit ce qu'il fait.")
    if said := objections(connection, [lead.pk], now).get(lead.pk):
        return said + "."
    if lead.export_after and lead.export_after > now:
        return lead.delay_reason or _("L'exporteur l'a remis à plus tard.")
    return _("Rien ne l'empêche : l'exporteur en décide à son prochain tour, dans la limite du jour.")


def _runs(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    rows = AgentRun.objects.filter(contact=contact).defer("input", "output", "request")
    return [_entry(run) for run in newest(rows, before, most)]


def _entry(run: AgentRun) -> Entry:
    agent = agents().get(run.agent)
    facts = (run.get_decided_by_display() if run.decided_by else "", run.model, label(run.error) if run.error else "")
    title = f"{agent.label} ({run.agent})" if agent else run.agent
    return Entry(
        "g", run.pk, run.created_at, "agents", title, " · ".join(filter(None, map(str, facts))),
        url=reverse("admin:agents_agentrun_change", args=[run.pk]), status=run.get_status_display(),
        tag=RUN_TAGS.get(run.status, ""), icon="smart_toy",
    )  # fmt: skip


show(Panel("side", "admin/agents/person/export.html", _export))
tell(Source("g", frozenset({"agents"}), _runs))
