"""The exporter's rules: the plan that is made when no model answers. Pure.

Hot leads first, by score; warm ones as the load, the weekday and the room allow, those that share a group with many
others first; cold ones only for an interest that the reason names. The guardrails leave such a plan as it is.
"""

from collections.abc import Sequence

from agents import export_texts as texts
from agents.export_batches import Batch, batch_of
from agents.export_plan import (
    BatchingStrategy,
    ClassifiedLead,
    ExportDecision,
    ExportPlan,
    ExportQuestion,
    Forecast,
    SystemLoad,
    ToDelay,
    ToExport,
    load_of,
    objection,
    room_of,
    summary_of,
)
from agents.export_quota import SPREAD_DAYS, Quota, Why, cold_quota, warm_quota

# When the CRM's people have all before them that they can, only what cannot wait is added.
PRESSING = 80

Parted = tuple[list[ToExport], list[ToDelay]]


def plan(given: ExportQuestion) -> ExportPlan:
    """Return the plan."""
    fit = [lead for lead in given.classified_leads if not objection(lead, given.score_floor)]
    hot, warm, cold = (_of(fit, quality) for quality in ("CHAUD", "TIÈDE", "FROID"))
    batch = batch_of(hot + warm)
    hot_now, hot_later = _hot(given, hot)
    warm_now, warm_later = _warm(given, warm, batch, len(hot_now))
    cold_now, cold_later = _cold(given, cold, len(hot_now) + len(warm_now))
    unfit = [_unfit(given, lead) for lead in given.classified_leads if lead not in fit]
    return _written(
        given, batch, [*hot_now, *warm_now, *cold_now], [*hot_later, *warm_later, *cold_later, *unfit]
    )  # fmt: skip


def _of(leads: Sequence[ClassifiedLead], quality: str) -> list[ClassifiedLead]:
    """Return the leads of a quality, the best first."""
    return sorted((lead for lead in leads if lead.qualite == quality), key=lambda lead: -lead.score)


def _hot(given: ExportQuestion, leads: Sequence[ClassifiedLead]) -> Parted:
    is_full = given.pending_leads_count >= given.capacity
    pressing = [lead for lead in leads if not is_full or lead.score >= PRESSING]
    going = pressing[: room_of(given)]
    now = [_now(lead, texts.hot_reason(lead)) for lead in going]
    waiting = [lead for lead in leads if lead not in going]
    return now, [_later(given, lead, Why.ROOM if lead in pressing else Why.LOAD) for lead in waiting]


def _warm(given: ExportQuestion, leads: Sequence[ClassifiedLead], batch: Batch, hot: int) -> Parted:
    quota = warm_quota(given, hot, len(leads))
    in_groups = sorted(leads, key=lambda lead: (-batch.size_of(lead), batch.group_of(lead), -lead.score))
    now = [_now(lead, texts.warm_reason(given, lead, batch)) for lead in in_groups[: quota.most]]
    waiting = in_groups[quota.most :]
    return now, [_later(given, lead, quota.why, _rank(n, len(waiting), quota)) for n, lead in enumerate(waiting)]


def _cold(given: ExportQuestion, leads: Sequence[ClassifiedLead], going: int) -> Parted:
    """Part the cold leads. Those without an interest that can be named are for a person."""
    reasons = {lead.id: texts.cold_reason(lead) for lead in leads}
    wanted = [lead for lead in leads if reasons[lead.id]]
    quota = cold_quota(given, going)
    now = [_now(lead, reasons[lead.id]) for lead in wanted[: quota.most]]
    later = [_later(given, lead, quota.why) for lead in wanted[quota.most :]]
    unnamed = [lead for lead in leads if not reasons[lead.id]]
    return now, later + [_delay(lead, texts.NO_INTEREST, texts.FOR_A_PERSON) for lead in unnamed]


def _rank(n: int, waiting: int, quota: Quota) -> int:
    """Return on which of the next days a lead of a big lot has its turn."""
    if quota.why is not Why.SPREAD:
        return 0
    return n * (SPREAD_DAYS - 1) // waiting


def _now(lead: ClassifiedLead, reason: str) -> ToExport:
    return ToExport(id=lead.id, qualite=lead.qualite, raison_export=reason)


def _later(given: ExportQuestion, lead: ClassifiedLead, why: Why, rank: int = 0) -> ToDelay:
    return _delay(lead, texts.delay_reason(given, lead, why), texts.later_moment(given, why, rank))


def _unfit(given: ExportQuestion, lead: ClassifiedLead) -> ToDelay:
    return _delay(lead, objection(lead, given.score_floor), texts.FOR_A_PERSON)


def _delay(lead: ClassifiedLead, reason: str, moment: str) -> ToDelay:
    text = texts.one_line(reason, 300) or texts.UNSAID
    return ToDelay(id=lead.id, qualite=lead.qualite, raison_delai=text, moment_recommande=moment)


def _written(given: ExportQuestion, batch: Batch, now: Sequence[ToExport], later: Sequence[ToDelay]) -> ExportPlan:
    summary = summary_of(now, later)
    checked = sum(item.moment_recommande == texts.FOR_A_PERSON for item in later)
    return ExportPlan(
        export_decision=ExportDecision(
            leads_to_export_now=tuple(now), leads_to_delay=tuple(later),
            batching_strategy=BatchingStrategy(methode=batch.method, explication=texts.batch_text(batch)),
            system_load_management=SystemLoad(
                charge_actuelle=load_of(given.pending_leads_count, given.capacity),
                limite_quotidienne_respectee=given.exported_today + len(now) <= given.daily_limit,
                recommandation_charge=texts.load_text(given, len(now)),
            ),
        ),
        summary=summary,
        crm_impact_forecast=Forecast(
            charge_estimee=texts.forecast_text(given, len(now)),
            timing_optimal=texts.timing_text(given),
            recommandations_futures=texts.future_text(summary.quality_distribution.tiedes_retardes, checked),
        ),
    )  # fmt: skip
