"""What belongs to a contact, as tables below its page and its lead's: the latest of each."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from berinia.admin.tables import LATEST, Cell, Table
from crm.models import Export, Lead, Note, Task

# How statuses of executions and of messages are coloured, here and on their own pages.
EXECUTION_TAGS = {
    "en_attente": "", "en_cours": "info", "en_pause": "warning", "terminee": "", "convertie": "success",
    "arretee": "", "echouee": "danger",
}  # fmt: skip
MESSAGE_TAGS = {
    "queued": "", "held": "warning", "sending": "info", "unknown": "warning", "sent": "info", "delivered": "success",
    "opened": "success", "clicked": "success", "bounced": "danger", "complained": "danger", "failed": "danger",
    "suppressed": "warning",
}  # fmt: skip
QUALITY_TAGS = {"CHAUD": "danger", "TIÈDE": "warning", "FROID": "info"}
EXPORT_TAGS = {
    "a_approuver": "warning", "en_file": "", "en_cours": "info", "exporte": "success", "echoue": "danger",
    "refuse": "", "retire": "",
}  # fmt: skip
RUN_TAGS = {"en_file": "", "en_cours": "info", "terminee": "success", "echouee": "danger", "retiree": ""}


def executions_of(contact: Any) -> Table:
    """Return the workflows that ran for a contact."""
    rows = contact.executions.select_related("workflow").order_by("-started_at", "-pk")[:LATEST]
    cells = [
        (
            Cell(e.workflow.name, reverse("admin:workflows_execution_change", args=[e.pk])),
            Cell(e.get_status_display(), tag=EXECUTION_TAGS.get(e.status, "")), Cell(e.started_at), Cell(e.ended_at),
        )
        for e in rows
    ]  # fmt: skip
    columns = (_("workflow"), _("statut"), _("commencée"), _("finie"))
    return Table(_("Exécutions"), columns, cells, _("Aucun workflow n'a commencé pour ce contact."))


def messages_of(contact: Any) -> Table:
    """Return what a contact was written."""
    rows = contact.messages.order_by("-pk")[:LATEST].defer("payload")
    cells = [
        (
            Cell(m.template, reverse("admin:communications_message_change", args=[m.pk])),
            Cell(m.get_channel_display()),
            Cell(m.get_status_display(), tag=MESSAGE_TAGS.get(m.status, "")), Cell(m.sent_at or m.created_at),
        )
        for m in rows
    ]  # fmt: skip
    columns = (_("message"), _("canal"), _("statut"), _("le"))
    return Table(_("Messages"), columns, cells, _("Rien ne lui a été écrit."))


def events_of(contact: Any) -> Table:
    """Return what happened to a contact."""
    rows = contact.events.order_by("-pk")[:LATEST]
    cells = [
        (
            Cell(e.name, reverse("admin:crm_event_change", args=[e.pk])),
            Cell(", ".join(f"{k} : {v}" for k, v in e.data.items())[:200]), Cell(e.occurred_at),
        )
        for e in rows
    ]  # fmt: skip
    return Table(_("Événements"), (_("événement"), _("données"), _("le")), cells, _("Aucun événement."))


def lead_of(contact: Any) -> Table:
    """Return what is made of a contact as a lead."""
    lead = Lead.objects.filter(contact=contact).select_related("owner").first()
    rows = [] if lead is None else [(
        Cell(lead.company or lead, reverse("admin:crm_lead_change", args=[lead.pk])),
        Cell(lead.get_quality_display() or _("pas encore classé"), tag=QUALITY_TAGS.get(lead.quality, "")),
        Cell(lead.score), Cell(lead.get_stage_display()), Cell(lead.get_status_display()), Cell(lead.owner),
        Cell(lead.classified_at),
    )]  # fmt: skip
    columns = (_("lead"), _("qualité"), _("score"), _("étape"), _("statut"), _("commercial"), _("classé le"))
    return Table(_("Lead"), columns, rows, _("Ce contact n'a encore rien fait : il n'est pas un lead."))


def notes_of(contact: Any) -> Table:
    """Return what the team wrote down about a contact."""
    rows = Note.objects.filter(contact=contact).order_by("-pk")[:LATEST]
    cells = [(Cell(note.text), Cell(note.author), Cell(note.created_at)) for note in rows]
    return Table(_("Notes"), (_("note"), _("par"), _("le")), cells, _("Aucune note."))


def tasks_of(contact: Any) -> Table:
    """Return what is to be done about a contact, and what was."""
    rows = Task.objects.filter(contact=contact).order_by("-pk")[:LATEST]
    cells = [
        (
            Cell(task.title, reverse("admin:crm_task_change", args=[task.pk])),
            Cell(_("faite") if task.done_at else _("à faire"), tag="success" if task.done_at else "info"),
            Cell(task.due_at), Cell(task.done_at), Cell(task.done_by),
        )
        for task in rows
    ]  # fmt: skip
    columns = (_("à faire"), _("état"), _("avant le"), _("faite le"), _("par"))
    return Table(_("Tâches"), columns, cells, _("Aucune tâche."))


def exports_of(contact: Any) -> Table:
    """Return where a contact's lead went."""
    rows = Export.objects.filter(contact=contact).select_related("connection").order_by("-pk")[:LATEST]
    cells = [
        (
            Cell(e.connection.get_connector_display(), reverse("admin:crm_export_change", args=[e.pk])),
            Cell(e.get_status_display(), tag=EXPORT_TAGS.get(e.status, "")), Cell(e.reason), Cell(e.external_id),
            Cell(e.found), Cell(e.exported_at or e.created_at),
        )
        for e in rows
    ]  # fmt: skip
    columns = (_("CRM"), _("statut"), _("raison"), _("identifiant"), _("trouvé"), _("le"))
    return Table(_("Exports"), columns, cells, _("Ce lead n'est pas encore parti."))


def runs_of(contact: Any) -> Table:
    """Return what agents said about a contact."""
    rows = contact.agent_runs.order_by("-pk")[:LATEST].defer("input", "output", "request")
    cells = [
        (
            Cell(r.agent, reverse("admin:agents_agentrun_change", args=[r.pk])),
            Cell(r.get_status_display(), tag=RUN_TAGS.get(r.status, "")), Cell(r.get_decided_by_display()),
            Cell(r.model), Cell(r.created_at),
        )
        for r in rows
    ]  # fmt: skip
    columns = (_("agent"), _("statut"), _("décidé par"), _("modèle"), _("le"))
    return Table(_("Agents"), columns, cells, _("Aucun agent ne s'est encore prononcé."))
