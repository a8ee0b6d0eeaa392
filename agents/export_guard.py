"""The exporter's guardrails: whatever a plan says, what comes out of here may be acted upon. Pure.

Models propose; this decides. The same for the rules' plans, which it leaves as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.export_plan import (
    BEST_FIRST,
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
    named_interest,
    objection,
    room_of,
    summary_of,
)
from agents.export_texts import FOR_A_PERSON, NO_INTEREST, TOMORROW, UNSAID, one_line

FORGOTTEN = "Absent de la réponse de l'agent"


def guarded(given: ExportQuestion, plan: ExportPlan) -> tuple[ExportPlan, list[str]]:
    """Return the plan as it may be used, and in French what was changed in it."""
    check = _Check(given)
    later = check.delayed(plan.export_decision.leads_to_delay)
    wanted = check.wanted(plan.export_decision.leads_to_export_now, later)
    now = check.cut_to_room(wanted, later)
    check.add_forgotten(now, later)
    safe = check.rebuilt(plan, now, list(later.values()))
    return safe, check.notes


@dataclass(slots=True)
class _Check:
    """One plan being checked."""

    given: ExportQuestion
    notes: list[str] = field(default_factory=list)
    leads: dict[str, ClassifiedLead] = field(init=False)
    _is_cleaned: bool = False

    def __post_init__(self) -> None:
        self.leads = {lead.id: lead for lead in self.given.classified_leads}

    # --- the lists ---

    def delayed(self, items: Sequence[ToDelay]) -> dict[str, ToDelay]:
        """Return what is to wait: each known lead once."""
        later: dict[str, ToDelay] = {}
        for item in items:
            if (lead := self._known(item.id, item.qualite, later)) is not None:
                reason, moment = self._text(item.raison_delai, 300), self._text(item.moment_recommande, 100)
                later[lead.id] = _delay(lead, reason or UNSAID, moment or FOR_A_PERSON)
        return later

    def wanted(self, items: Sequence[ToExport], later: dict[str, ToDelay]) -> dict[str, ToExport]:
        """Return what may go; what may not joins those that wait."""
        now: dict[str, ToExport] = {}
        for item in items:
            lead = self._known(item.id, item.qualite, now)
            if lead is None:
                continue
            if lead.id in later:
                self.notes.append(f"Lead {_id(lead.id)} : dans les deux listes, reporté.")
                continue
            reason = self._text(item.raison_export, 300) or UNSAID
            if why := self._refusal(lead, reason):
                later[lead.id] = _delay(lead, why, FOR_A_PERSON)
                self.notes.append(f"Lead {_id(lead.id)} : reporté. {one_line(why, 200)}.")
            else:
                now[lead.id] = ToExport(id=lead.id, qualite=lead.qualite, raison_export=reason)
        return now

    def cut_to_room(self, wanted: dict[str, ToExport], later: dict[str, ToDelay]) -> list[ToExport]:
        """Return the best that the day still takes, in the plan's order; the others wait."""
        room = room_of(self.given)
        best = sorted((self.leads[pk] for pk in wanted), key=lambda e: (BEST_FIRST.index(e.qualite), -e.score))
        kept = {lead.id for lead in best[:room]}
        for lead in best[room:]:
            later[lead.id] = _delay(lead, f"Limite du jour atteinte ({self.given.daily_limit} leads)", TOMORROW)
            self.notes.append(f"Lead {_id(lead.id)} : reporté, la limite du jour est de {self.given.daily_limit}.")
        return [item for pk, item in wanted.items() if pk in kept]

    def add_forgotten(self, now: Sequence[ToExport], later: dict[str, ToDelay]) -> None:
        """Let those wait of which the plan says nothing."""
        named = {item.id for item in now} | set(later)
        for lead in self.given.classified_leads:
            if lead.id not in named:
                why = objection(lead, self.given.score_floor)
                later[lead.id] = _delay(lead, why or FORGOTTEN, FOR_A_PERSON if why else TOMORROW)
                self.notes.append(f"Lead {_id(lead.id)} : absent de la réponse, reporté.")

    def _known(self, pk: str, quality: str, seen: dict[str, ToDelay] | dict[str, ToExport]) -> ClassifiedLead | None:
        """Return the lead of an id that is named for the first time in its list."""
        lead = self.leads.get(pk)
        if lead is None:
            self.notes.append(f"Lead {_id(pk)} : inconnu, ignoré.")
        elif pk in seen:
            self.notes.append(f"Lead {_id(pk)} : nommé deux fois, gardé une fois.")
            return None
        elif lead.qualite != quality:
            self.notes.append(f"Lead {_id(pk)} : qualité corrigée, {quality} au lieu de {lead.qualite}.")
        return lead

    def _refusal(self, lead: ClassifiedLead, reason: str) -> str:
        """Return why a lead may not go now, apart from the limit."""
        if why := objection(lead, self.given.score_floor):
            return why
        return NO_INTEREST if lead.qualite == "FROID" and not named_interest(lead, reason) else ""

    # --- the rest ---

    def rebuilt(self, plan: ExportPlan, now: Sequence[ToExport], later: Sequence[ToDelay]) -> ExportPlan:
        """Return the plan with these lists, its figures computed and its texts cleaned."""
        summary = summary_of(now, later)
        if summary != plan.summary:
            self.notes.append("Résumé recalculé.")
        decision, forecast = plan.export_decision, plan.crm_impact_forecast
        safe = ExportPlan(
            export_decision=ExportDecision(
                leads_to_export_now=tuple(now), leads_to_delay=tuple(later),
                batching_strategy=self._batching(decision.batching_strategy),
                system_load_management=self._load(decision.system_load_management, len(now)),
            ),
            summary=summary,
            crm_impact_forecast=Forecast(
                charge_estimee=self._said(forecast.charge_estimee),
                timing_optimal=self._said(forecast.timing_optimal),
                recommandations_futures=self._said(forecast.recommandations_futures),
            ),
        )  # fmt: skip
        if self._is_cleaned:
            self.notes.append("Textes nettoyés.")
        return safe

    def _batching(self, strategy: BatchingStrategy) -> BatchingStrategy:
        return BatchingStrategy(methode=strategy.methode, explication=self._said(strategy.explication))

    def _load(self, said: SystemLoad, going: int) -> SystemLoad:
        load = load_of(self.given.pending_leads_count, self.given.capacity)
        is_kept = self.given.exported_today + going <= self.given.daily_limit
        if said.charge_actuelle != load:
            self.notes.append(f"Charge corrigée : {load} au lieu de {said.charge_actuelle}.")
        if said.limite_quotidienne_respectee != is_kept:
            self.notes.append(
                f"Limite du jour : {'respectée' if is_kept else 'dépassée'}, contrairement à ce qui est dit."
            )
        return SystemLoad(
            charge_actuelle=load, limite_quotidienne_respectee=is_kept,
            recommandation_charge=self._said(said.recommandation_charge),
        )  # fmt: skip

    def _said(self, text: str) -> str:
        return self._text(text, 400) or UNSAID

    def _text(self, text: str, limit: int) -> str:
        """Return one line without what is not seen. Empty ones are for the caller."""
        line = one_line(text, limit)
        self._is_cleaned |= line != text or not line
        return line


def _delay(lead: ClassifiedLead, reason: str, moment: str) -> ToDelay:
    text = one_line(reason, 300) or UNSAID
    return ToDelay(id=lead.id, qualite=lead.qualite, raison_delai=text, moment_recommande=moment)


def _id(pk: str) -> str:
    """Return an id for a note; one that a model made up may be anything."""
    return one_line(pk, 20) or "sans numéro"
