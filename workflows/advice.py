"""Advice: which measured numbers call for something, said with the numbers. Pure.

A rule that has nothing to measure says nothing; where too few executions ended, that is what is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ENOUGH = 20  # executions that ended: below, a rate says little
SLOW_SECONDS = 60
MANY_FAILED = 0.02
MANY_LOST = 0.2


@dataclass(frozen=True, slots=True)
class Friction:
    """A step where executions end without success. `passed`: how many of the sample ended in all."""

    workflow: str
    step: str
    kind: str
    lost: int
    failed: int
    ended: int

    @property
    def share(self) -> float:
        """Which part of the executions that ended was lost or failed here."""
        return round((self.lost + self.failed) / self.ended, 4) if self.ended else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of one workflow in a period; rates from 0 to 1."""

    name: str
    started: int
    ended: int
    converted: int
    target: float | None
    response_seconds: float | None
    sent: int
    failed: int
    suppressed: int
    main_reason: str  # why most messages were not sent, "" when none


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to do, or to know, and why. `priority`: haute, moyenne or basse."""

    code: str
    priority: str
    text: str


def percent(share: float) -> str:
    """Write a share the French way: 12,5 %."""
    text = f"{share * 100:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{text} %"


def advise(workflows: Sequence[Measured], frictions: Sequence[Friction], missing: Sequence[str]) -> list[Advice]:
    """Return what the numbers say should be done, the most pressing first."""
    found = [Advice("reglage_manquant", "haute", text) for text in missing]
    for workflow in workflows:
        found += _about(workflow)
    found += [
        Advice(
            "etape_perdue", "haute" if friction.failed else "moyenne",
            f"« {friction.workflow} » : {friction.lost + friction.failed} exécutions sur {friction.ended} "
            f"({percent(friction.share)}) s'arrêtent à l'étape « {friction.step} », dont {friction.failed} en échec.",
        )
        for friction in frictions
        if friction.failed or (friction.ended >= ENOUGH and friction.share >= MANY_LOST)
    ]  # fmt: skip
    return sorted(found, key=lambda advice: ("haute", "moyenne", "basse").index(advice.priority))


def _about(measured: Measured) -> Iterator[Advice]:
    name = f"« {measured.name} »"
    if not measured.started and not measured.ended:
        yield Advice("pas_de_donnees", "basse", f"{name} n'a rien démarré sur la période : pas de donnée à analyser.")
        return
    if measured.ended < ENOUGH:
        yield Advice(
            "trop_peu", "basse",
            f"{name} : {measured.ended} exécutions finies sur la période, il en faut {ENOUGH} pour juger du taux.",
        )  # fmt: skip
    elif measured.target is not None:
        yield from _about_rate(measured, name, measured.target)
    if measured.response_seconds is not None and measured.response_seconds > SLOW_SECONDS:
        yield Advice(
            "reponse_lente", "haute",
            f"{name} : le premier message part en {measured.response_seconds:.0f} s en moyenne, "
            f"plus que {SLOW_SECONDS} s.",
        )  # fmt: skip
    yield from _about_messages(measured, name)


def _about_rate(measured: Measured, name: str, target: float) -> Iterator[Advice]:
    rate = measured.converted / measured.ended
    said = f"{name} convertit {percent(rate)} ({measured.converted} sur {measured.ended}), objectif {percent(target)}"
    if rate < target:
        yield Advice("sous_objectif", "haute" if rate < target / 2 else "moyenne", f"{said}.")
    else:
        yield Advice("objectif_atteint", "basse", f"{said} : atteint.")


def _about_messages(measured: Measured, name: str) -> Iterator[Advice]:
    tried = measured.sent + measured.failed
    if tried and measured.failed / tried > MANY_FAILED:
        yield Advice(
            "messages_echoues", "haute",
            f"{name} : {measured.failed} messages sur {tried} ({percent(measured.failed / tried)}) ont échoué.",
        )  # fmt: skip
    if measured.suppressed:
        reason = f", le plus souvent : {measured.main_reason}" if measured.main_reason else ""
        yield Advice(
            "messages_non_envoyes", "moyenne", f"{name} : {measured.suppressed} messages n'ont pas été envoyés{reason}."
        )
