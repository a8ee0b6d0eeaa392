"""The pipeline: which stages a lead may move between, and which of two is further. Pure.

Forward is free. Back goes one stage at a time; further back a person takes it, who says why. Won and lost are ends:
only a person opens such a lead again.
"""

from enum import StrEnum

# The stages of a sale in their order; `lost` is left from any of them.
ORDER = ("lead", "qualified", "demo", "proposal", "won")
LOST = "lost"
STAGES = (*ORDER, LOST)
ENDS = frozenset({"won", LOST})
LABELS = {
    "lead": "lead", "qualified": "qualifié", "demo": "démonstration", "proposal": "proposition", "won": "gagné",
    LOST: "perdu",
}  # fmt: skip


class Refused(StrEnum):
    """Why a move is not allowed; the texts are read by people."""

    UNKNOWN = "Cette étape n'existe pas."
    CLOSED = "Un lead gagné ou perdu ne se rouvre que par une personne."
    FAR_BACK = "Un recul de plusieurs étapes demande une personne, et sa raison."


def refusal(at: str, to: str, *, is_person: bool, reason: str = "") -> Refused | None:
    """Return why a lead may not move from one stage to another; None: it may. To stay is no move, and allowed."""
    if to not in STAGES:
        return Refused.UNKNOWN
    if at == to:
        return None
    if at in ENDS:
        return None if is_person else Refused.CLOSED
    if to == LOST or ORDER.index(to) >= ORDER.index(at) - 1:
        return None
    return None if is_person and reason.strip() else Refused.FAR_BACK


def further(one: str, other: str) -> str:
    """Return the further of two stages. A sale that goes on counts more than one that was lost."""
    return max(one, other, key=lambda stage: -1 if stage == LOST else ORDER.index(stage))
