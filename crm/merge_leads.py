"""Merge the leads of two contacts that are one person: the further stage, the better facts, the exports of both."""

from collections.abc import Sequence
from datetime import datetime

from crm.models import Export, Lead
from crm.models.lead import CompanySize, DecidedBy, LeadStatus
from crm.models.transfer import ExportStatus
from crm.pipeline import further

# What a classification says belongs together: it is taken from one of the two, whole.
JUDGED = ("quality", "score", "insights", "reasoning", "decided_by", "classified_at", "export_after", "delay_reason")
# What is known is taken from the same one, and from the other where it says nothing.
KNOWN = (
    "company", "company_size", "job_title", "sector", "region", "decision_maker", "pain_points", "interests",
)  # fmt: skip
NOTHING: Sequence[object] = ("", None, [], CompanySize.UNKNOWN)
OVER = (ExportStatus.REJECTED, ExportStatus.REVOKED, ExportStatus.FAILED)
# Of two exports to one CRM, the one that has come further stands.
PROGRESS = (ExportStatus.PROPOSED, ExportStatus.QUEUED, ExportStatus.SENDING, ExportStatus.DONE)


def merge_leads(kept_id: int, gone_id: int, now: datetime) -> tuple[int, int] | None:
    """Unite the leads of two contacts; return the ids of the one that stays and of the one that goes, if there are two.

    Both contacts are locked by the caller.
    """
    rows = Lead.objects.filter(contact_id__in=(kept_id, gone_id)).order_by("contact_id").select_for_update(no_key=True)
    leads = {lead.contact_id: lead for lead in rows}
    kept, gone = leads.get(kept_id), leads.get(gone_id)
    if gone is None:
        return None
    if kept is None:
        Lead.objects.filter(pk=gone.pk).update(contact_id=kept_id, updated_at=now)
        return None
    unite(kept, gone)
    kept.updated_at = now
    kept.save()
    _unite_exports(kept, gone)
    ids = (kept.pk, gone.pk)
    gone.delete()
    return ids


def unite(kept: Lead, gone: Lead) -> None:
    """Bring what is known of one lead into the other. Pure but for the row that it changes."""
    better, other = (kept, gone) if _rank(kept) >= _rank(gone) else (gone, kept)
    stages = (kept.stage, kept.stage_at, kept.amount_cents)
    if further(kept.stage, gone.stage) != kept.stage:
        stages = (gone.stage, gone.stage_at, gone.amount_cents)
    kept.stage, kept.stage_at = stages[:2]
    kept.amount_cents = next((n for n in (stages[2], kept.amount_cents, gone.amount_cents) if n is not None), None)
    kept.status = _status(kept, gone, better)
    for name in JUDGED:
        setattr(kept, name, getattr(better, name))
    for name in KNOWN:
        known = [getattr(better, name), getattr(other, name)]
        setattr(kept, name, next((value for value in known if value not in NOTHING), known[0]))
    kept.owner_id = kept.owner_id or gone.owner_id
    kept.source = kept.source or gone.source
    kept.exported_at = _first(kept.exported_at, gone.exported_at)
    kept.created_at = min(kept.created_at, gone.created_at)
    kept.classify_at = None if better.decided_by == DecidedBy.PERSON else _first(kept.classify_at, gone.classify_at)


def _rank(lead: Lead) -> tuple[bool, int]:
    """What a person said counts more than any score."""
    return lead.decided_by == DecidedBy.PERSON, -1 if lead.score is None else lead.score


def _status(kept: Lead, gone: Lead, better: Lead) -> str:
    """Who stays was put aside for good; who goes may have been because there were two."""
    if kept.status == LeadStatus.DISCARDED:
        return LeadStatus.DISCARDED
    if LeadStatus.EXPORTED in (kept.status, gone.status):
        return LeadStatus.EXPORTED
    return str(better.status if better.status != LeadStatus.DISCARDED else kept.status)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _unite_exports(kept: Lead, gone: Lead) -> None:
    """Give all exports to the lead that stays; of two to one CRM the lesser is taken back."""
    standing = {e.connection_id: e for e in Export.objects.filter(lead=kept).exclude(status__in=OVER)}
    for export in Export.objects.filter(lead=gone).exclude(status__in=OVER):
        if rival := standing.get(export.connection_id):
            _take_back(
                [min(rival, export, key=lambda e: (PROGRESS.index(ExportStatus(e.status)), e.lead_id == kept.pk))]
            )
    Export.objects.filter(lead=gone).update(lead=kept, contact_id=kept.contact_id)


def _take_back(exports: Sequence[Export]) -> None:
    Export.objects.filter(pk__in=[e.pk for e in exports]).update(status=ExportStatus.REVOKED, due_at=None)
