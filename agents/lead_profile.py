"""Who a lead is: how big, who decides, what it wants and what hurts, in its own words. Pure.

Everything that comes from here is a literal piece of what was said or reported.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from agents.lead_acts import about, told
from agents.lead_guard import known_words, quotable, supported
from agents.lead_marks import Mark
from agents.lead_words import marks, plain
from agents.sectors import sector_of
from communications.quoted import written

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, Size

# Whose customers are firms; elsewhere who names no firm is a private person.
SERVES_FIRMS = frozenset({"berinia", "comptable", "conseil", "communication", "informatique"})
WORDS = {
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "douze": 12,
    "quinze": 15, "vingt": 20, "trente": 30,
}  # fmt: skip
N = rf"(\d{{1,6}}|{'|'.join(WORDS)})"
PEOPLE = (
    r"(?:salarie|collaborat|employe|personne|agent|technicien|ouvrier|compagnon|gestionnaire|associe|avocat|commercia|"
    r"vendeu|praticien|cadre|postes?\b|gars\b|chauffeur|cuisinier|serveu)"
)
HEADCOUNT = re.compile(rf"(?:nous sommes|on est|on sera|equipe de|effectif de|entreprise de) {N}\b|\b{N} {PEOPLE}")
HEADCOUNT_FIELDS = ("effectif", "salaries", "nb_salaries", "taille", "employes", "nombre_salaries", "collaborateurs")
ALONE = re.compile(
    r"\b(?:independant|auto entrepreneu|micro entrepr|freelance|a mon compte|profession liberale|sasu|eurl|"
    r"entreprise individuelle|seule? dans (?:mon|ma)|toute seule|tout seul|suis seule?\b)"
)
GROUP, SMALL = re.compile(r"\b(?:groupe|multinationale|cac|holding)\b"), re.compile(r"\btpe\b")
OWNS = re.compile(
    r"\b(?:gerant|cogerant|patron|fondat|cofondat|dirigeant|pdg|ceo|president|directeur general|directrice generale|"
    r"proprietaire|titulaire|independant|freelance|chef d entreprise|artisan|associe|drh|daf|notaire|dentiste|"
    r"veterinaire|directeur|directrice|a mon compte|liberal)"
)
SERVES = re.compile(
    r"\b(?:assistant|secretaire|stagiaire|apprenti|alternant|chef de projet|charge|responsable|gestionnaire|clerc|"
    r"standardiste|hote|employe|technicien|accueil)"
)
DECIDES = re.compile(
    r"(?:me|nous) laisse choisir|c est moi qui (?:decide|paye?|choisi)|(?:ma|mon) (?:maison|chequier|garage|entreprise|"
    r"salon|cabinet|boite|institut|appartement|appart)\b|pas besoin de demander"
)
SELF = re.compile(r"\b(?:je|j|mon|ma|mes|moi)\b")
SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n+")
NOBODY = {Mark.SELLER, Mark.JOB, Mark.STUDY, Mark.PRESS, Mark.WRONG, Mark.LEAVE_ME}
PAINS = (Mark.DISTRESS, Mark.URGENT, Mark.DEAR)


def company_size(facts: "LeadFacts") -> "Size":
    """Return how big the lead's business is; a private person has none."""
    found = _headcount(facts)
    texts = plain(" . ".join([facts.company, facts.job_title, *said(facts)]))
    is_firm = (
        bool(facts.company) or sector_slug(facts.site_sector) in SERVES_FIRMS or facts.email_kind == "professional"
    )
    if found and is_firm:
        return "solo" if found == 1 else "micro" if found < 10 else "sme" if found < 250 else "large"
    if ALONE.search(texts) and (is_firm or facts.job_title):
        return "solo"
    if facts.company:
        return "large" if GROUP.search(plain(facts.company)) else "micro" if SMALL.search(texts) else "unknown"
    if is_firm and not re.search(r"\b(?:etudiant|lyceen|eleve)", plain(facts.job_title)):
        return "unknown"
    return "individual"


def decides(facts: "LeadFacts") -> bool | None:
    """Tell whether the lead decides itself; None: nothing says so."""
    words = plain(" . ".join(said(facts)))
    size, title = company_size(facts), plain(facts.job_title)
    spoken = marks(" ".join(said(facts)))
    if spoken & NOBODY:
        return None
    if DECIDES.search(words):
        return True
    if Mark.ASKS_OTHERS in spoken:
        return False
    if size != "individual" and (OWNS.search(title) or SERVES.search(title)):
        return bool(OWNS.search(title))
    if size in ("individual", "solo") and SELF.search(words):
        return True
    return None


def sector(facts: "LeadFacts") -> str:
    """Return the sector: of the lead's own business where firms are served, else that of what it asks for."""
    if sector_slug(facts.site_sector) in SERVES_FIRMS:
        return sector_of(facts.company, facts.job_title)
    return sector_slug(facts.site_sector)


def sector_slug(site_sector: str) -> str:
    """Return a site's sector as the closed list names it; BerinIA's own stays what it is."""
    return "berinia" if plain(site_sector) == "berinia" else sector_of(site_sector)


def interests(facts: "LeadFacts") -> list[str]:
    """Return what the lead asked for, looked at or downloaded, the newest first."""
    newest = sorted(facts.events, key=lambda event: event.hours_ago)
    return _few(facts, (value for event in newest for value in about(event.data)), 120)


def pain_points(facts: "LeadFacts") -> list[str]:
    """Return the lead's sentences that tell of something wrong, the newest first."""
    return _few(facts, (s for text in said(facts) for s in sentences(text) if marks(s) & set(PAINS)), 160)


def insights(facts: "LeadFacts") -> list[str]:
    """Return what sales people should know, as short quotes: what decides, and figures."""
    telling = set(Mark) - {Mark.QUESTION, Mark.NEED}
    quoted = (s for text in said(facts) for s in sentences(text) if marks(s) & telling or re.search(r"\d", s))
    return [f"« {each} »" for each in _few(facts, quoted, 200)]


def said(facts: "LeadFacts") -> list[str]:
    """Return all that the contact wrote, in messages and in forms, the newest first."""
    found = [(m.hours_ago, written(m.text)) for m in facts.messages if m.by == "contact"]
    for event in facts.events:
        found += [(event.hours_ago, text) for text in told(event.data)]
    return [text for _hours, text in sorted(found, key=lambda each: each[0]) if text.strip()]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, each a literal piece of it."""
    yield from (" ".join(each.split()) for each in SENTENCES.split(written(text)) if each.strip())


def _headcount(facts: "LeadFacts") -> int | None:
    for event in sorted(facts.events, key=lambda event: event.hours_ago):
        for name in HEADCOUNT_FIELDS:
            if (digits := re.search(r"\d{1,6}", str(event.data.get(name, "")))) and int(digits[0]):
                return int(digits[0])
    for text in said(facts):
        if found := HEADCOUNT.search(plain(text)):
            number = next(group for group in found.groups() if group)
            return WORDS.get(number) or int(number)
    return None


def _few(facts: "LeadFacts", texts: Iterable[str], longest: int) -> list[str]:
    """Return up to five that differ and may be quoted; a long one is left out rather than cut."""
    known = known_words(facts)
    fit = (text for text in map(quotable, texts) if 2 < len(text) <= longest and supported(text, known))
    return list(dict.fromkeys(fit))[:5]
