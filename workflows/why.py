"""« Pourquoi ? »: where an execution stands and why, in one French sentence, and what can be done."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from workflows.compile import LAST
from workflows.labels import reason_label
from workflows.models import Execution, ExecutionStatus, WorkflowStatus


def why(execution: Execution) -> tuple[str, str]:
    """Return the sentence and the remedy (perhaps empty) for an execution with its workflow."""
    if execution.status in (ExecutionStatus.WAITING, ExecutionStatus.RUNNING):
        return _underway(execution)
    reason = f" : {reason_label(execution.reason)}" if execution.reason else ""
    match execution.status:
        case ExecutionStatus.PAUSED:
            sentence = _("Cette exécution est en pause à l'étape « %s ».") % execution.at
            return sentence, _("« Reprendre » la fait continuer.")
        case ExecutionStatus.FAILED:
            sentence = _("Elle a échoué à l'étape « %(step)s »%(reason)s.") % {"step": execution.at, "reason": reason}
            return sentence, _("Corrigez la cause, puis « Réessayer » la reprend à cette étape.")
        case ExecutionStatus.CONVERTED:
            return _("Le but du workflow est atteint."), ""
        case ExecutionStatus.STOPPED:
            return _("Elle a été arrêtée%s.") % reason, ""
    return _("Toutes ses étapes sont passées."), ""


def _underway(execution: Execution) -> tuple[str, str]:
    if execution.workflow.status == WorkflowStatus.PAUSED:
        return _("Son workflow est en pause : elle n'avance pas."), _("Reprenez le workflow.")
    if execution.failures:
        said = _("L'étape « %(step)s » a échoué %(n)d fois et est réessayée.")
        return said % {"step": execution.at, "n": execution.failures}, ""
    if execution.at == LAST and execution.due_at is not None:
        said = _("Toutes ses étapes sont passées ; son but compte encore jusqu'au %s.")
        return said % _instant(execution.due_at), ""
    if execution.due_at is None:
        return _("Elle attend un événement à l'étape « %s ».") % execution.at, ""
    said = _("Elle attend jusqu'au %(when)s, à l'étape « %(step)s ».")
    return said % {"when": _instant(execution.due_at), "step": execution.at}, ""


def _instant(instant: datetime) -> str:
    return date_format(localtime(instant), "j F à H:i")
