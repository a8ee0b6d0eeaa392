"""Duplicates: are these two contacts the same? By email, phone, or the name of their company. Pure.

It is a suspicion, with a reason and a similarity from 0 to 100: a person says what is true.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from berinia.letters import unaccented
from crm import phones

GMAIL = frozenset({"gmail.com", "googlemail.com"})
LONGEST = 120  # of a company's key: its column
BLOCK = 4  # names are compared with those that begin like them
# A word with one slip of the pen; « Martin » and « Martinez » are two names, and a short word has no room for slips.
SAME_WORD = 80
LEGAL = frozenset({
    "sarl", "sas", "eurl", "sasu", "sci", "sa", "snc", "scop", "scp", "selarl", "ei", "eirl", "gaec", "earl", "ets",
    "etablissements", "etablissement", "societe", "ste", "autoentrepreneur", "autoentreprise", "microentreprise",
    "microentrepreneur",
})  # fmt: skip
PHRASES = re.compile(
    r"\b(?:et|and) (?:fils|filles?|freres?|cie|associes)\b|\b(?:auto|micro) (?:entrepreneur|entreprise)\b"
    r"|\bentreprise individuelle\b"
)
LETTERS = re.compile(r"\b\w(?: \w\b)+")  # S A R L
NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Card:
    """What two contacts are compared by; phones in any form, the company as people write it, or its key."""

    email: str = ""
    phone: str = ""
    name: str = ""
    company: str = ""
    key: str = ""

    @property
    def company_key(self) -> str:
        """The key of the company."""
        return self.key or company_key(self.company)


class Likeness(NamedTuple):
    """Why two may be the same (`email`, `phone`, `company`), and how much so."""

    reason: str
    similarity: int


def compare(one: Card, other: Card) -> Likeness | None:
    """Return why two contacts may be the same, by the strongest reason; None: nothing says so."""
    if one.email and email_key(one.email) == email_key(other.email):
        return Likeness("email", 100)
    if one.phone and phone_key(one.phone) == phone_key(other.phone):
        return Likeness("phone", _of_names(one.name, other.name))
    similarity = of_companies(one.company_key, other.company_key)
    return Likeness("company", similarity) if similarity else None


@lru_cache(maxsize=10_000)
def email_key(text: str) -> str:
    """Return an address as its mailbox knows it: without what follows a +, and for Gmail without dots."""
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    mailbox = local.partition("+")[0] or local
    if domain not in GMAIL:
        return f"{mailbox}@{domain}"
    return f"{mailbox.replace('.', '') or mailbox}@gmail.com"


def phone_key(text: str) -> str:
    """Return a number in E.164 form; what is none as it stands, without spaces."""
    try:
        return phones.normalize(text)
    except phones.InvalidPhoneError:
        return "".join(text.split())


@lru_cache(maxsize=10_000)
def company_key(text: str) -> str:
    """Return the name of a company without accents, punctuation and legal form; "" for none."""
    key, before = _words(text), None
    while key != before:
        key, before = _bare(key), key
    return key


def of_companies(one: str, other: str) -> int:
    """Return how alike two keys of companies are: 0 when more tells them apart than one slip in one word."""
    if not one or not other:
        return 0
    if one.replace(" ", "") == other.replace(" ", ""):
        return 100
    if len(set(one.split()) ^ set(other.split())) > 2:
        return 0  # the same as below, for the many that have little in common
    left, right = _apart(one, other), _apart(other, one)
    if not left and not right:
        return 100  # the same words in another order
    if len(left) != 1 or len(right) != 1 or not _is_slip(left[0], right[0]):
        return 0
    return min(99, round(fuzz.token_sort_ratio(one, other)))


def _apart(one: str, other: str) -> list[str]:
    """Return the words of one that the other has not."""
    return list((Counter(one.split()) - Counter(other.split())).elements())


def _is_slip(one: str, other: str) -> bool:
    """Tell whether two words are one, with a slip of the pen; digits are never one."""
    if any(char.isdigit() for char in one + other):
        return False
    return 100 * OSA.normalized_similarity(one, other) >= SAME_WORD


def _of_names(one: str, other: str) -> int:
    """Return how sure a shared phone makes it: people of one household share one."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 80
    return round(50 + fuzz.token_sort_ratio(first, second) / 2)


def _words(text: str) -> str:
    """Return the words of a text: no case, no accents, no punctuation."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " et ")).casefold()
    return NOT_WORDS.sub(" ", unaccented(plain)).strip()


def _bare(words: str) -> str:
    """Leave out what only says the legal form; a name that is nothing else stays."""
    joined = LETTERS.sub(lambda found: found[0].replace(" ", ""), _words(words))
    kept = [word for word in PHRASES.sub(" ", joined).split() if word not in LEGAL]
    return (" ".join(kept) or " ".join(joined.split()))[:LONGEST].rstrip()
