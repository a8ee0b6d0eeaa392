"""Phrases as people can read them, made into one pattern. Pure.

A line is a phrase; a line that begins with `#` is a remark. Written like `plain` (communications/french.py) gives text:

| sign | stands for |
|---|---|
| `arret~`, `~` | any ending, any word |
| `(me|nous)` | one of these |
| `[de]` | perhaps this |
| `_`, `__` | up to three words, up to seven |
| `#` | a number |
| `!(tard|tot)` | not followed by one of these |
| `{me}` | a group of communications/phrase_words.py |
| `^`, `$` | the beginning or the end of the text or clause; `(svp|$)` is possible |
"""

import re
from collections.abc import Iterable

from communications.phrase_words import MACROS

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
