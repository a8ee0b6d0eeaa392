"""« Pourquoi ? » of an execution as it is stored: what holds it, where it stands, what comes next, what to do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext as _

from accounts.models import Platform
from communications.models import Brake, Message
from communications.models.message import MessageStatus
from communications.notify import written
from workflows.advance import EndlessProgramError, Passed, UnknownStepError
from workflows.execute import read_facts
from workflows.explain import Explanation, Mover, Upcoming, explain
from workflows.labels import reason_label
from workflows.models import Execution, ExecutionStatus, StepRun, WorkflowStatus
from workflows.models.execution import ACTIVE
from workflows.program import step_of
from workflows.programs import definition_of, program_of


@dataclass(frozen=True, slots=True)
class Why:
    """Why it is here, what comes next, what would make it move, and what a person can do; in French."""

    here: str
    next: tuple[Upcoming, ...] = ()
    moves: tuple[Mover, ...] = ()
    remedy: str = ""
    is_held: bool = False  # nothing of what comes next happens before something is resumed


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that keeps it from moving or its messages from leaving, and what lifts that."""

    text: str
    remedy: str
    stops: bool = True


def why(execution: Execution, now: datetime) -> Why:
    """Explain an execution, with its workflow, site and organization."""
    if execution.status not in ACTIVE:
        return _over(execution)
    holds = list(_holds(execution))
    try:
        found = _explained(execution, now)
    except (EndlessProgramError, UnknownStepError, ValueError, KeyError, TypeError) as error:
        unreadable = _("Son étape « %(step)s » ne peut pas être prise : %(error)s.")
        said = unreadable % {"step": step_of(execution.at), "error": f"{type(error).__name__} {error}".strip()}
        return Why(said, remedy=_("Migrez-la vers une version qui a cette étape, ou arrêtez-la."))
    here = " ".join([*(hold.text for hold in holds), *_failures(execution), found.here])
    remedy = " ".join(dict.fromkeys(hold.remedy for hold in holds if hold.remedy))
    return Why(here, found.next, found.moves, remedy, any(hold.stops for hold in holds))


def _over(execution: Execution) -> Why:
    reason = f" : {reason_label(execution.reason)}" if execution.reason else ""
    match execution.status:
        case ExecutionStatus.FAILED:
            said = _("Elle a échoué à l'étape « %(step)s »%(reason)s.")
            sentence = said % {"step": step_of(execution.at), "reason": reason}
            if execution.erreurs:
                sentence += " " + _("Dernière erreur : %s") % execution.erreurs[-1].get("erreur", "")
            return Why(sentence, remedy=_("Corrigez la cause, puis « Réessayer » la reprend à cette étape."))
        case ExecutionStatus.CONVERTED:
            return Why(_("Le but du workflow est atteint."))
        case ExecutionStatus.STOPPED:
            return Why(_("Elle a été arrêtée%s.") % reason)
    return Why(_("Toutes ses étapes sont passées."))


def _explained(execution: Execution, now: datetime) -> Explanation:
    program, definition = program_of(execution.version_id), definition_of(execution.version_id)
    facts = read_facts([execution], {execution.version_id: program})
    state = facts.state(execution)
    if execution.planned_at and execution.planned_at >= execution.entered_at:
        state = state._replace(due_at=execution.planned_at)
    run = StepRun.objects.filter(execution_id=execution.pk).order_by("-id").first()
    found = explain(
        definition, program, state, now,
        last=Passed(run.step, run.kind, run.detail) if run else None, due_at=execution.due_at,
        entry_key=execution.entry_key, zone=get_current_timezone_name(),
    )  # fmt: skip
    return Explanation(
        found.here,
        tuple(replace(coming, text=_written(coming.text, execution, now)) for coming in found.next),
        tuple(replace(mover, effect=_written(mover.effect, execution, now)) for mover in found.moves),
    )


def _written(text: str, execution: Execution, now: datetime) -> str:
    """Write out what a text says of the contact."""
    if "{{" not in text and "{%" not in text:
        return text
    return written(text, execution.contact_id, execution.site_id, execution.event_id, now)


def _failures(execution: Execution) -> Iterator[str]:
    if execution.failures:
        said = _("L'étape « %(step)s » a échoué %(n)d fois et est réessayée.")
        yield said % {"step": step_of(execution.at), "n": execution.failures}


def _holds(execution: Execution) -> Iterator[Hold]:
    """Yield what is paused above it, the brakes on its workflow, and its messages that are held."""
    if Platform.is_stopped():
        yield Hold(_("Arrêt d'urgence : rien n'avance."), _("Levez l'arrêt d'urgence."))
    if execution.organization.is_paused:
        yield Hold(_("Son organisation est en pause : elle n'avance pas."), _("Reprenez l'organisation."))
    if execution.site.is_paused:
        yield Hold(_("Son site est en pause : elle n'avance pas."), _("Reprenez le site."))
    if execution.workflow.status == WorkflowStatus.PAUSED:
        yield Hold(_("Son workflow est en pause : elle n'avance pas."), _("Reprenez le workflow."))
    if execution.workflow.status == WorkflowStatus.STOPPED:
        yield Hold(
            _("Son workflow est arrêté : elle n'avance pas."), _("Arrêtez-la, ou remettez le workflow en marche.")
        )
    if execution.status == ExecutionStatus.PAUSED:
        yield Hold(_("Elle est en pause."), _("« Reprendre » la fait continuer."))
    yield from _messages(execution)


def _messages(execution: Execution) -> Iterator[Hold]:
    for brake in Brake.objects.filter(workflow_id=execution.workflow_id).order_by("channel"):
        said = _("Le frein retient depuis le %(since)s les messages du canal %(channel)s de ce workflow : %(reason)s.")
        since = date_format(localtime(brake.since), "j F à H:i")
        facts = {"since": since, "channel": brake.get_channel_display(), "reason": brake.reason}
        yield Hold(said % facts, _("Corrigez la cause, puis levez le frein."), stops=False)
    waiting = Message.objects.filter(execution_id=execution.pk, status__in=[MessageStatus.HELD, MessageStatus.QUEUED])
    for message in waiting.order_by("id"):
        said = _("Retenu : %(message)s.") if message.status == MessageStatus.HELD else _("En file : %(message)s.")
        yield Hold(said % {"message": f"{message.get_channel_display()} « {message.template} »"}, "", stops=False)
