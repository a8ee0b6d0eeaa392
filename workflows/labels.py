"""What operators read: labels of steps, of their details, and of the reasons why something ended."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.policy import EXPLANATIONS, Refusal
from workflows.compile import LAST
from workflows.definition import step_kinds
from workflows.program import step_of

# What can happen to a step of any kind; the rest is in the files of the kinds.
DETAILS: Mapping[str, object] = {
    "ignoree": gettext_lazy("condition non remplie, étape ignorée"),
    "saute_par_operateur": gettext_lazy("étape passée par un opérateur"),
}
REASONS: Mapping[str, object] = {
    "goal": gettext_lazy("objectif atteint"),
    "erreur": gettext_lazy("une étape a échoué trois fois"),
    "appel_non_abouti": gettext_lazy("l'appel HTTP n'a pas abouti"),
    "appel_sans_reponse": gettext_lazy("l'appel HTTP n'a pas eu de réponse à temps"),
    "desinscription": gettext_lazy("le contact s'est désinscrit"),
    "arretee": gettext_lazy("l'exécution a été arrêtée"),
    "sautee": gettext_lazy("en retard à la reprise, et passé"),
    "modele": gettext_lazy("le modèle ne peut pas être écrit"),
    "pace": gettext_lazy("le fournisseur a demandé d'attendre"),
    "message": gettext_lazy("le fournisseur refuse ce message"),
    "address": gettext_lazy("rien n'atteint cette adresse"),
    "account": gettext_lazy("le fournisseur refuse notre compte"),
    "unknown": gettext_lazy("le fournisseur n'a pas répondu"),
    "conflict": gettext_lazy("un autre message est parti sous cette clé"),
    "introuvable": gettext_lazy("le fournisseur ne connaît pas ce message"),
}


def step_label(kind: str) -> str:
    """Return the French name of a kind of step."""
    return str(step_kinds()[kind].label) if kind in step_kinds() else kind


def detail_label(code: str) -> str:
    """Return what the detail of a passed step means."""
    for kind in step_kinds().values():
        if code in kind.details:
            return kind.details[code]
    return str(DETAILS.get(code, code))


def reason_label(code: str) -> str:
    """Return why an execution ended, or why a message did not go out."""
    if code in EXPLANATIONS:
        return EXPLANATIONS[Refusal(code)].why
    return str(REASONS.get(code, code))


def step_name(step: str) -> str:
    """Return the name of the place where an execution stands."""
    return _("l'objectif, jusqu'à la fin de son délai") if step == LAST else step_of(step)
