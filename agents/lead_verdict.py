"""How near to buying a lead is: by the rules where they are sure, else by what it resembles, rules and all. Pure.

What decides is said: the rules' reasons, or what spoke most for the likeness.
"""

from typing import TYPE_CHECKING

from agents.lead_features import features
from agents.lead_likeness import chances, telling
from agents.lead_ruling import COLD_NOW, COOLING, Verdict, ruling

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, LeadType

CLEARLY = 0.07  # likelier than what the rules say


def verdict(facts: "LeadFacts") -> Verdict:
    """Weigh everything that is known of a lead."""
    ruled = ruling(facts)
    seen = features(facts, ruled)
    likely = chances(seen)
    best = decided(ruled, likely)
    if best == ruled.lead_type:
        return ruled
    why = telling(seen, best)
    return Verdict(best, _score(best, likely), why or ("ce qui en est connu y ressemble",))


def decided(ruled: Verdict, likely: "dict[LeadType, float]") -> "LeadType":
    """Return the likeliest quality, unless the rules are sure or it is hardly likelier than theirs.

    What was said too long ago makes nobody hot.
    """
    has_cooled = ruled.why[-1] in (COOLING, COLD_NOW)
    best = max((each for each in likely if each != "hot" or not has_cooled), key=likely.__getitem__)
    return ruled.lead_type if ruled.is_sure or likely[best] - likely[ruled.lead_type] < CLEARLY else best


def _score(best: "LeadType", likely: "dict[LeadType, float]") -> int:
    """Return a score of the quality, the nearer to the next the likelier that is."""
    match best:
        case "hot":
            return round(70 + 25 * (likely["hot"] - likely["warm"]))
        case "warm":
            return round(54 + 14 * (likely["hot"] - likely["cold"]))
        case _:
            return round(38 - 30 * (likely["cold"] - likely["warm"]))
