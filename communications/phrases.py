"""Phrases as people can read them, made into one pattern. Pure.

A line is a phrase; a line that begins with `#` is a remark. Written like `plain` (communications/french.py) gives text:

| sign | stands for |
|---|---|
| `arret~` | any ending |
| `(me|nous)` | one of these |
| `[de]` | perhaps this |
| `_`, `__` | up to three words, up to seven |
| `#` | a number |
| `!(tard|tot)` | not followed by one of these |
| `{me}` | one of MACROS |
| `^`, `$` | the beginning or the end of the text or clause; `(svp|$)` is possible |
"""

import re
from collections.abc import Iterable

MACROS = {
    "me": "(me|m|nous|moi)",
    "moi": "(moi|nous)",
    "my": "(mon|ma|mes|notre|nos|ce|cette|le mien)",
    "your": "(vos|votre|tes|ton|ta|vot|leurs)",
    "write": "(contact|recontact|relanc|sollicit|resollicit|derang|embet|emmerd|enquiquin|importun|harcel|ecri|reecri|appel|rappel|"
    "telephon|demarch|envoy|renvoy|adress|spam|bombard|joindr|joign|texto|saoul|soul|prospect|poursui|courir|ennuy|agac|rekontact)~",
    "mails": "(sms|message|messages|mail|pub|newsletter|offres|sollicitations|relance|relances|envois|communication|communications|"
    "demarchage|appel|appels|spam|spams|notification|notifications|invitations|propositions|infos|informations|actualites|promotions|bons plans|nouvelles|contact|courses)",
    "drop": "(retir|enlev|suppr|suprim|effac|ray|radi|ot|sort|vir|desinscr|desabo|exclu|degag|blacklist|elimin|oubli|gomm|biff|exclure)~",
    "mine": "(numero|num|tel|adresse|mail|nom|coordonnees|coordonees|donnees|infos|fiche|contact|inscription|telephone|boite)",
    "list": "(liste|listes|fichier|fichiers|base|bases|listing|listings|envois|diffusion|newsletter|repertoire|carnet|tablettes|contacts|destinataires|mail|systeme|registre|registres|crm|abonnes|rappels|groupe)",
    "month": "(janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|sept|oct|nov|dec|janv|fev)",
    "season": "(printemps|ete|automne|hiver|rentree|vacances|fetes|noel|paques|toussaint|an|annee|mois|trimestre|semestre)",
    "day": "(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|apres demain|ce soir|aujourd hui|cet aprem|cette aprem|cet apres midi|cette apres midi|cette semaine|ce matin|heure|date|midi)",
    "kin": "(mari|femme|epouse|epoux|conjoint|compagnon|compagne|associe|associee|patron|patronne|chef|boss|gerant|gerante|directeur|directrice|direction|responsable|collegue|"
    "fils|fille|frere|soeur|pere|mere|parents|proprietaire|proprio|bailleur|syndic|agence|mairie|comptable|compta|secretaire|service|siege|oncle|tante|cousin|beau|belle|ex|coloc|copain|copine)",
    "name": "(monsieur|madame|m|mlle|maitre|docteur|dr)",
}
ANY_WORD = "(?: [a-z0-9]+)"
GROUP = r"\((?:[^()]|\([^()]*\))*\)"
UNIT = re.compile(rf"(?:\[[^\]]*\]|(?:{GROUP}|[^\s\[\](])+)")
END = "(?=(?: [.,!])* $)"
NEVER = "(?!)"


def compiled(lines: Iterable[str] | str) -> re.Pattern[str]:
    """Return the pattern that finds any of the phrases in what `plain` gives."""
    listed = lines.splitlines() if isinstance(lines, str) else lines
    wanted = [line.strip() for line in listed if line.strip() and not line.strip().startswith("# ")]
    return re.compile(f"(?:{'|'.join(map(_pattern, wanted))})(?= )" if wanted else NEVER)


def _pattern(line: str) -> str:
    for name, words in MACROS.items():
        line = line.replace(f"{{{name}}}", words)
    return "".join(map(_unit, UNIT.findall(line)))


def _unit(unit: str) -> str:
    match unit:
        case "_" | "__":
            return f"{ANY_WORD}{{0,{3 if unit == '_' else 7}}}?"
        case "^":
            return r"(?:^|(?<= [.,!?]))"
        case "$":
            return END
    if unit.startswith("!") and len(unit) > 1:
        return f"(?! (?:{_words(unit[1:])})(?= ))"
    if unit.startswith("["):
        return f"(?: (?:{_words(unit[1:-1])}))?"
    if unit.endswith("|$)"):
        return f"(?: (?:{_words(unit[1:-3])})(?= )|{END})"
    return f" (?:{_words(unit)})" if "|" in unit else f" {_words(unit)}"


def _words(unit: str) -> str:
    for sign, shape in ((".", r"\."), ("?", r"\?"), ("(", "(?:"), ("~", "[a-z]*"), ("#", "[0-9]+"), ("$", NEVER)):
        unit = unit.replace(sign, shape)
    return unit
