"""What a model may see of a person: what was said and what happened, but nothing that reaches or names them. Pure.

First name, company and role pass (whoever loads the facts passes them on their own); e-mails, telephone numbers, bank
and card numbers, SIREN and SIRET, social security numbers, door codes, links and street addresses become placeholders
such as `[téléphone]`. Postal codes and towns stay: where somebody lives decides whether they can be served.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agents.untrusted import clean
from berinia.letters import ascii_letters

LONGEST_TEXT, LONGEST_VALUE = 3_000, 500
MOST_KEYS, MOST_ITEMS, DEEPEST = 20, 10, 3

WORD = r"[^\s@<>(),;\[\]\"«»]"
EMAIL = re.compile(rf"(?<!{WORD}){WORD}+\s?(?:@|\(at\)|\[at\]|\barobase\b)\s?{WORD}+", re.IGNORECASE)
LINK = re.compile(r"(?:\b[a-z][a-z+.-]{1,10}://|\bwww\.)\S+", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}(?:[ -]?(?=[A-Z]{0,3}\d)[A-Z0-9]{1,4}){2,8}\b", re.IGNORECASE)
RANGE = re.compile(r"[1-9]\d{0,2}[ .]?\d{3} ?[-/] ?[1-9]\d{0,2}[ .]?\d{3}")
DATE = r"(?!\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d))"
LONGEST_NUMBER = re.compile(rf"(?<![\d+]){DATE}[1-9](?:[ .\-/]{{0,2}}\d){{12,}}")
LONG_NUMBER = re.compile(rf"(?<!\d){DATE}\d(?:[ .\-/]{{0,2}}\d){{8,}}")
PHONE = re.compile(
    r"(?:(?<!\d)0|\+\d{1,3}[ .\-/]{0,2}(?:\(0\)[ .\-/]?)?|(?<!\d)00\d{2}[ .\-/]?)[1-9](?:[ .\-/_]{0,3}\d){7,9}"
)
DOOR = re.compile(
    r"\b(digi ?code|code (?:de )?(?:la )?(?:porte|d'entr[ée]e|immeuble|portail))\b\W{0,4}(?=\w*\d\d)\w{3,8}\b",
    re.IGNORECASE,
)
STREETS = (
    "rue|r\\.|avenue|av|ave|boulevard|bd|bld|blvd|place|pl|chemin|chem|all[ée]es?|impasse|imp|quai|cours|route|rte|"
    "square|passage|lotissement|r[ée]sidence|hameau|sentier|mont[ée]e|esplanade|faubourg|fbg|voie|cit[ée]|clos|"
    "traverse|promenade|rond[- ]point|lieu[- ]dit|villa"
)
# Where the name of a street ends when it is typed without a comma.
AFTER = "et|a|à|au|aux|ca|ça|sa|je|j|on|nous|il|y|pour|avec|dans|chez|merci|svp|mais|ou|où|pouvez|est|c|qui|que|car|sur"
STREET = re.compile(
    rf"\b\d{{1,4}}\s?(?:bis|ter|quater|[a-d])?\s?,?\s?(?:{STREETS})\b\.?"
    rf"(?:[ '’-]+(?!(?:{AFTER})\b)[^\W\d_][\w.]*){{0,4}}",
    re.IGNORECASE,
)  # fmt: skip
# What an event bears of who it is about, under whatever name sites give it.
IDENTITY = re.compile(
    r"(?:nom|name|prenom|first_?name|last_?name|(?:e_?)?mails?|courriel|tel|telephone|phone|mobile|portable|iban|bic|"
    r"rib|siret|siren|naissance|birth\w*|ip|user_?agent|navigateur|token|password|mot_de_passe)(?:_\w+)?"
)


def minimised(text: str, hidden: Iterable[str] = (), limit: int = LONGEST_TEXT) -> str:
    """Return a text without what identifies its writer; `hidden` are words that do (a last name)."""
    # What may make up one number is looked for in the whole of the text, before it is cut.
    seen = clean(text, 10 * LONGEST_TEXT)
    for pattern, placeholder in PATTERNS:
        seen = pattern.sub(placeholder, seen)
    for name in hidden:
        if len(name) > 2:
            seen = _without(seen, name)
    return clean(seen, limit)


def minimised_data(data: Mapping[str, Any], hidden: Iterable[str] = ()) -> dict[str, Any]:
    """Return an event's data without what identifies, and no longer than a model needs."""
    names = tuple(hidden)
    kept = {
        str(key): value for key, value in data.items() if not IDENTITY.fullmatch(_folded(str(key)).replace(" ", "_"))
    }
    return {
        minimised(key, names, 60): _value(value, names, 1)
        for key, value in list(kept.items())[:MOST_KEYS]
        if value != ""
    }


def _value(value: Any, hidden: tuple[str, ...], depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case int() | float():
            said = minimised(str(value))
            return value if said == str(value) else said  # a telephone number may be a number to a site
        case dict() if depth < DEEPEST:
            return {k: _value(v, hidden, depth + 1) for k, v in minimised_data(value, hidden).items()}
        case list() | tuple() if depth < DEEPEST:
            return [_value(each, hidden, depth + 1) for each in value[:MOST_ITEMS]]
        case _:
            return minimised(str(value), hidden, LONGEST_VALUE)


def _without(text: str, name: str) -> str:
    """Return the text without a name, however its accents and capitals are typed."""
    return re.sub(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", lambda m: "[nom]" if _folded(m[0]) == _folded(name) else m[0], text)


def _folded(text: str) -> str:
    """Return a word without accents and capitals."""
    return ascii_letters(text).lower()


def _account(found: re.Match[str]) -> str:
    """Words of two letters and two digits before more words are no account: most of one is digits."""
    return "[IBAN]" if sum(c.isdigit() for c in found[0]) >= 10 else found[0]


def _number(found: re.Match[str]) -> str:
    """Name a long number by how many digits it has; two amounts with a dash between them stay."""
    digits = re.sub(r"\D", "", found[0])
    if RANGE.fullmatch(found[0]):
        return found[0]
    if digits.startswith("0") and len(digits) in range(10, 13):
        return "[téléphone]"
    return {9: "[SIREN]", 14: "[SIRET]", 13: "[sécurité sociale]", 15: "[sécurité sociale]", 16: "[carte]"}.get(
        len(digits), "[numéro]"
    )


PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (EMAIL, "[e-mail]"), (LINK, "[lien]"), (IBAN, _account), (LONGEST_NUMBER, _number),
    (PHONE, "[téléphone]"), (LONG_NUMBER, _number),
    (DOOR, r"\1 [code]"), (STREET, "[adresse]"),
)  # fmt: skip
