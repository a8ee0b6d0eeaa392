"""What a message may not claim, whoever wrote it, and why. Pure.

Each rule is a pattern over the text in small letters without accents. `unless_told`: allowed where the business itself
says so, in its facts or in the brief of the step.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from berinia.letters import unaccented


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim: how it is written, what it is called in French, which text forbids it."""

    pattern: re.Pattern[str]
    said: str
    source: str
    unless_told: bool = False


def _claims(said: str, source: str, *patterns: str, unless_told: bool = False) -> Claim:
    return Claim(re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})"), said, source, unless_told)


CONSUMER, MISLEADING = "Code de la consommation, art. L121-4", "Code de la consommation, art. L121-2"
RIN, USURPED = "Règlement intérieur national de la profession d'avocat, art. 10", "Code pénal, art. 433-17"
HOUSE = "aucun message écrit par un agent n'en fait"
EVERYWHERE: Sequence[Claim] = (
    _claims(
        "un résultat garanti", MISLEADING,
        r"(?:garanti|satisfait)\w* (?:a )?(?:100|cent)\b", r"100 ?%? (?:garanti|satisf|efficace|sur)",
        r"(?:resultat|succes|efficacite)s? (?:\w+ )?(?:garanti|assure|certain)",
    ),
    _claims(
        "le meilleur prix", MISLEADING,
        r"meilleurs? (?:prix|tarif|offre|rapport)", r"(?:prix|tarif)s? (?:imbattable|casse|mini|bas)",
        r"(?:le|les|la) (?:plus bas|moins cher)", r"moins chers? (?:que|du)", r"defi\w* tou",
    ),
    _claims(
        "une urgence factice", f"{CONSUMER}, 7°",
        r"derniere?s? (?:jour|chance|heure|minute|place|rappel|delai)", r"plus que \w+ (?:jour|heure|place|minute)",
        r"(?:offre|stock|place|temps|duree|quantite)s? (?:\w+ )?limite", r"depech", r"vite\b", r"trop tard",
        r"maintenant ou jamais", r"(?:aujourd'hui|ce jour) (?:seulement|uniquement)",
        r"(?:seulement|uniquement) (?:aujourd'hui|ce jour)", r"expire", r"sans attendre", r"jusqu'a ce soir",
        r"avant (?:minuit|ce soir|demain)", r"urgen\w+ (?:de |d'|a )(?:repondre|signer|confirmer)",
    ),
    _claims(
        "la gratuité", CONSUMER,
        r"gratui\w*", r"offert\w*", r"vous offr\w+", r"sans frais", r"cadeau\w*", r"a titre gracieux",
        unless_told=True,
    ),
    _claims(
        "une remise", MISLEADING,
        r"remises?\b(?! en)", r"reduction", r"rabais", r"ristourne", r"promo(?:s|tion\w*)?\b", r"solde",
        r"bon d'achat", r"moitie prix", r"code avantage", unless_told=True,
    ),
    _claims(
        "une supériorité", MISLEADING,
        r"n ?[°o]? ?1\b", r"numero (?:un|1)\b", r"leaders?\b", r"reference (?:du marche|en france)", r"le seul a\b",
    ),
    _claims("un remboursement", MISLEADING, r"satisfait\w* ou rembours", r"rembours\w+", unless_told=True),
    _claims("l'absence de risque", MISLEADING, r"(?:aucun|sans|zero) risque"),
    _claims(
        "une guérison", f"{CONSUMER}, 16°",
        r"gueri\w*", r"miracle", r"remede", r"sans effets? secondaires?", r"soigner? (?:definitivement|votre maladie)",
    ),
    _claims(
        "un agrément", f"{CONSUMER}, 2° et 4°",
        r"agree?e?s?\b", r"certifi\w+", r"label\w*", r"homologue\w*", r"qualibat", r"rge\b", r"iso \d+",
        unless_told=True,
    ),
    _claims(
        "une aide publique", MISLEADING,
        r"maprimerenov", r"aides? de l'etat", r"prime (?:energie|cee)", r"credit d'impot", r"eligible",
        unless_told=True,
    ),
    _claims(
        "un organisme public", f"{CONSUMER}, 4° ; {USURPED}",
        r"impots?\b", r"dgfip", r"urssaf", r"caf\b", r"cpam", r"ameli\b", r"assurance maladie", r"prefecture",
        r"gendarmerie", r"police\b", r"ministere", r"service public", r"antai\b", r"france travail", r"pole emploi",
        r"tresor public", r"huissier", r"commissaire de justice", r"mairie", r"la poste\b", r"republique francaise",
        unless_told=True,
    ),
    _claims(
        "une menace", "Code de la consommation, art. L121-6",
        r"mise en demeure", r"poursuites?\b", r"saisie\b", r"recouvrement", r"dernier avis", r"sanction",
        unless_told=True,
    ),
    _claims(
        "une demande de paiement ou de secret", HOUSE,
        r"iban\b", r"rib\b", r"virement\w*", r"carte (?:bancaire|bleue)", r"mot de passe", r"bitcoin\w*",
        r"code (?:secret|confidentiel|pin)", r"(?:pay|regl)(?:er|ez) (?:en ligne|maintenant|tout de suite)",
        unless_told=True,
    ),
    _claims(
        "un titre réglementé", USURPED,
        r"(?:docteur|medecin|notaire|avocat|architecte|expert[- ]comptable|psychologue|psychotherapeute)\w*",
        r"maitre [a-z]", unless_told=True,
    ),
)  # fmt: skip
LAWYERS: Sequence[Claim] = (
    _claims(
        "une issue", RIN,
        r"gagn(?:er|ez|ons|erez|erons|e)\b", r"gain de cause", r"victoire", r"obtenir (?:reparation|gain)", r"succes",
    ),
    _claims("une spécialité", f"Loi n° 71-1130 ; {RIN}", r"specialis\w*", r"expert\w*", unless_told=True),
    _claims("une louange ou une comparaison", RIN, r"meilleur", r"excellen", r"reconnu", r"renomm", r"mieux que"),
)  # fmt: skip
COACHES: Sequence[Claim] = (
    _claims(
        "un soin", "Code de la santé publique, art. L4161-1",
        r"therap\w+", r"depression", r"burn[- ]?out", r"traitement",
    ),
    _claims(
        "un résultat promis", MISLEADING,
        r"(?:transform|chang)\w+ (?:votre|ta) vie", r"(?:doubl|tripl)\w+ (?:votre|vos)",
    ),
)  # fmt: skip
CARERS: Sequence[Claim] = (
    _claims(
        "une louange ou un résultat", "Code de la santé publique, art. R4127-19-1",
        r"meilleur", r"plus efficace", r"resultats?\b", r"avis (?:patient|client)", r"reconnu",
    ),
)  # fmt: skip
OF_SECTOR: Mapping[str, Sequence[Claim]] = {
    "avocat": LAWYERS, "coach": COACHES,
    **dict.fromkeys(("medecin", "dentiste", "osteopathe", "kinesitherapeute", "infirmier", "sante"), CARERS),
}  # fmt: skip


def plain(text: str) -> str:
    """Return a text as rules read it: in small letters, without accents, blanks and apostrophes of one kind."""
    letters = unaccented(unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"\s+", " ", letters.replace("’", "'").replace("ʼ", "'").replace("‘", "'").replace("œ", "oe")).strip()


def claims_of(sector: str) -> Sequence[Claim]:
    """Return the rules that hold for a sector: those of everybody, and its own."""
    return (*EVERYWHERE, *OF_SECTOR.get(sector, ()))


def forbidden(text: str, sector: str, told: str) -> Iterator[str]:
    """Yield in French what a text claims and may not; `told` is what the business itself says."""
    said, allowed = plain(text), plain(told)
    for claim in claims_of(sector):
        for found in claim.pattern.finditer(said):
            if not claim.unless_told or not re.search(rf"(?<!\w){re.escape(found.group())}", allowed):
                yield f"{claim.said} (« {found.group()[:40]} », {claim.source})"
                break
