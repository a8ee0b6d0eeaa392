"""Which grouping really concentrates a lot of leads? Pure.

The measure is Herfindahl's: the sum of the squared parts of the groups, above what chance would give with so many
groups. A lead of which a trait is not known is a group of its own. To be of one quality says little of how to approach
a lead: that grouping is for lots of which nothing else unites half.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agents.export_plan import ClassifiedLead, Methode

# By preference where two concentrate alike. The number is of the groups that there may be, about.
TRAITS: Mapping[Methode, tuple[Callable[[ClassifiedLead], str], int]] = {
    "PAR_SECTEUR": (lambda lead: lead.secteur.strip(), 10),
    "PAR_REGION": (lambda lead: lead.region.strip(), 10),
    "PAR_TAILLE": (lambda lead: "" if lead.taille == "unknown" else lead.taille.strip(), 5),
    "PAR_QUALITE": (lambda lead: lead.qualite, 3),
}
BY_QUALITY: Methode = "PAR_QUALITE"
TELLING: Sequence[Methode] = [method for method in TRAITS if method != BY_QUALITY]


@dataclass(frozen=True, slots=True)
class Batch:
    """A grouping of a lot, and how many leads each of its groups has."""

    method: Methode
    groups: Mapping[str, int]
    total: int

    def group_of(self, lead: ClassifiedLead) -> str:
        """Return the group of a lead; "" when it is not known."""
        return TRAITS[self.method][0](lead)

    def size_of(self, lead: ClassifiedLead) -> int:
        """Return how many leads of the lot are in its group."""
        return self.groups.get(self.group_of(lead), 0)

    @property
    def biggest(self) -> tuple[str, int]:
        """Return the biggest group and its size; the first in the alphabet of several, "" of none."""
        return min(self.groups.items(), key=lambda group: (-group[1], group[0]), default=("", 0))


def batch_of(leads: Sequence[ClassifiedLead]) -> Batch:
    """Return the grouping that concentrates these leads the most."""
    method = max(TELLING, key=lambda name: _concentration(name, leads))  # the first of equals
    found = Batch(method, _groups(method, leads), len(leads))
    size = found.biggest[1]
    if size > 1 and size * 2 >= len(leads):
        return found
    return Batch(BY_QUALITY, _groups(BY_QUALITY, leads), len(leads))


def _concentration(method: Methode, leads: Sequence[ClassifiedLead]) -> float:
    if not leads:
        return 0.0
    groups, chance = _groups(method, leads), 1 / TRAITS[method][1]
    alone = len(leads) - sum(groups.values())
    squares = sum(size**2 for size in groups.values()) + alone
    return round((squares / len(leads) ** 2 - chance) / (1 - chance), 6)


def _groups(method: Methode, leads: Sequence[ClassifiedLead]) -> Mapping[str, int]:
    trait = TRAITS[method][0]
    return Counter(name for lead in leads if (name := trait(lead)))
