"""How near to buying a lead is: by the rules where they are sure, else by what it resembles, rules and all. Pure.

What decides is said: the rules' reasons, or what spoke most for the likeness.
"""

from typing import TYPE_CHECKING

from agents.lead_features import features
from agents.lead_likeness import chances, telling
from agents.lead_ruling import Verdict, ruling

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, LeadType


def verdict(facts: "LeadFacts") -> Verdict:
    """Weigh everything that is known of a lead."""
    ruled = ruling(facts)
    if ruled.is_sure:
        return ruled
    seen = features(facts, ruled)
    likely = chances(seen)
    best = max(likely, key=likely.__getitem__)
    if best == ruled.lead_type:
        return ruled
    why = telling(seen, best)
    return Verdict(best, _score(best, likely), why or ("ce qui en est connu y ressemble",))


def _score(best: "LeadType", likely: "dict[LeadType, float]") -> int:
    """Return a score of the quality, the nearer to the next the likelier that is."""
    match best:
        case "hot":
            return round(70 + 25 * (likely["hot"] - likely["warm"]))
        case "warm":
            return round(54 + 14 * (likely["hot"] - likely["cold"]))
        case _:
            return round(38 - 30 * (likely["cold"] - likely["warm"]))
