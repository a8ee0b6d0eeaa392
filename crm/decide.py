"""Decide about leads by hand: how good they are, that they are none, whose they are. The machine leaves it alone."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from accounts.tenancy import organizations_of
from berinia.wake import wake
from crm.models import Event, Lead
from crm.models.lead import DecidedBy, LeadStatus, Quality
from crm.move_stage import locked
from crm.places import withdraw_of_leads
from crm.told import tell_lead

CLASSIFIED = "lead_classe"
SALES_FROM = 50  # a score from which a lead is for the sales team
# What a person means who gives no score.
SCORES = {Quality.HOT: 85, Quality.WARM: 60, Quality.COLD: 30}


class DecisionError(ValueError):
    """This cannot be decided; the text says why, in French."""


@transaction.atomic
def set_quality(
    lead_ids: Sequence[int], quality: str, score: int | None, actor: str, reason: str, now: datetime
) -> int:
    """Say how good leads are; return how many. No machine classifies them again until `hand_back`.

    Without a score each gets its quality's own. One that a person put aside stays so. Raises DecisionError.
    """
    if quality not in Quality.values or (score is not None and not 0 <= score <= 100):
        raise DecisionError(str(_("Une qualité est CHAUD, TIÈDE ou FROID ; un score est de 0 à 100.")))
    points = SCORES[Quality(quality)] if score is None else score

    def set_on(lead: Lead) -> None:
        lead.quality, lead.score, lead.decided_by = quality, points, DecidedBy.PERSON
        lead.reasoning, lead.classified_at, lead.classify_at = reason[:1_000], now, None
        if lead.status in (LeadStatus.NEW, LeadStatus.SALES, LeadStatus.NURTURED):
            lead.status = status_of(points)
        lead.export_after, lead.delay_reason = None, ""  # what was decided about another quality holds no more
        data = {"qualite": quality, "score": points, "statut": lead.status, "par": str(DecidedBy.PERSON)}
        Event.objects.create(
            organization_id=lead.organization_id, site_id=lead.site_id, contact_id=lead.contact_id, name=CLASSIFIED,
            data=data, occurred_at=now,
        )  # fmt: skip

    done = _each(lead_ids, set_on, "lead.classer", actor, now, reason=reason, qualite=quality, score=points)
    wake("engine")
    return done


def status_of(score: int) -> str:
    """Return what is done next with a lead of this score."""
    return (LeadStatus.SALES if score >= SALES_FROM else LeadStatus.NURTURED).value


@transaction.atomic
def hand_back(lead_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Let the machine classify leads again that a person had classified; return how many."""
    ours = Lead.objects.filter(pk__in=lead_ids, decided_by=DecidedBy.PERSON).values_list("pk", flat=True)

    def set_on(lead: Lead) -> None:
        lead.decided_by, lead.classify_at, lead.classify_attempts = "", now, 0

    done = _each(list(ours), set_on, "lead.rendre", actor, now)
    wake("classify")
    return done


@transaction.atomic
def discard(lead_ids: Sequence[int], actor: str, reason: str, now: datetime) -> int:
    """Put leads aside for good: what was to be exported is taken back. Returns how many."""

    def set_on(lead: Lead) -> None:
        lead.status = LeadStatus.DISCARDED

    done = _each(lead_ids, set_on, "lead.ecarter", actor, now, reason=reason)
    withdraw_of_leads(lead_ids)
    return done


@transaction.atomic
def take_up(lead_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Take up leads again that were put aside; return how many."""
    aside = Lead.objects.filter(pk__in=lead_ids, status=LeadStatus.DISCARDED).values_list("pk", flat=True)

    def set_on(lead: Lead) -> None:
        known = LeadStatus.NEW if lead.score is None else status_of(lead.score)
        lead.status = LeadStatus.EXPORTED if lead.exported_at else known
        lead.classify_at = now if lead.score is None else lead.classify_at

    done = _each(list(aside), set_on, "lead.reprendre", actor, now)
    wake("classify")
    return done


@transaction.atomic
def assign(lead_ids: Sequence[int], owner: User | None, actor: str, now: datetime) -> int:
    """Give leads to a person of the team, or to nobody; return how many. Raises DecisionError for a stranger."""
    within = None if owner is None else organizations_of(owner)

    def set_on(lead: Lead) -> None:
        if within is not None and lead.organization_id not in within:
            raise DecisionError(str(_("%(person)s n'est pas de cette organisation.")) % {"person": owner})
        lead.owner = owner

    return _each(lead_ids, set_on, "lead.attribuer", actor, now, a=str(owner) if owner else "")


def _each(
    lead_ids: Sequence[int], set_on: Callable[[Lead], None], action: str, actor: str, now: datetime, reason: str = "",
    **details: str | int,
) -> int:  # fmt: skip
    """Change each lead, locked, and write down who did."""
    leads = locked(lead_ids, now)
    for lead in leads:
        set_on(lead)
        lead.updated_at = now
        lead.save()
        tell_lead(lead, {"qualite": lead.quality, "score": lead.score, "statut": lead.status, "etape": lead.stage})
        record(
            actor, action, "lead", lead.pk, now=now, organization_id=lead.organization_id, reason=reason,
            details=details,
        )  # fmt: skip
    return len(leads)
