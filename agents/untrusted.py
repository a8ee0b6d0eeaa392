"""What people outside wrote, made harmless to show to a model. Pure.

It reduces accidents; it is no control: whatever a model makes of it, its output is validated, guarded and escaped.
"""

import json
import math
import re
import unicodedata
from typing import Any

CUT = "…"
# Line ends and tabs stay; what is not seen goes: controls, formats (zero-width, bidi, tags), surrogates, private use,
# unassigned.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Not in those classes, and yet nothing is seen of them: fillers, and the selectors that carry hidden bytes.
BLANK = {
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
    0x034F,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x2800,
    0x3164,
    0xFFA0,
}
LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}\n")
TAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
MARKUP = re.compile(r"<[^<>]*>|[<>`*#|{}\\]+|!?\[([^\[\]]*)\]\([^()]*\)")
LINK = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)


class Block(str):
    """A text that is delimited and escaped already."""

    __slots__ = ()


def stripped(text: str) -> str:
    """Return the text without what is not seen; its line ends are `\\n`."""
    lines = LINE_ENDS.sub("\n", text)
    return "".join(c for c in lines if c in "\n\t" or not (unicodedata.category(c) in HIDDEN or ord(c) in BLANK))


def unmarked(text: str) -> str:
    """Return one line without markup and without what is not seen: for what a model wrote and people read."""
    return " ".join(MARKUP.sub(r"\1", stripped(text)).split())


def unlinked(text: str) -> str:
    """Return a text in which links lead nowhere."""
    return LINK.sub("(lien)", text)


def clean(text: str, limit: int = 4_000) -> str:
    """Return the text as a model may read it: composed (NFKC), nothing hidden, at most `limit` characters."""
    # Stripped twice: composing makes visible letters of some, and what it makes may be hidden.
    seen = stripped(unicodedata.normalize("NFKC", stripped(text)))
    return cut(EMPTY_LINES.sub("\n\n\n", seen).strip(), limit)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters; what was cut ends in an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + CUT[:limit]


def stripped_json(value: Any) -> Any:
    """Return a JSON value whose strings, keys too, are `stripped`: the database takes no NUL, no surrogate, no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return stripped(value)
    if isinstance(value, dict):
        return {stripped(str(key)): stripped_json(each) for key, each in value.items()}
    return [stripped_json(each) for each in value] if isinstance(value, list | tuple) else value


def escape(text: str) -> str:
    """Return the text without a sign that could open or close a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(value: Any, limit: int = 4_000) -> str:
    """Return any value as text, cleaned and escaped; what is not text is written as JSON. A block stays as it is."""
    if isinstance(value, Block):
        return value
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return escape(clean(str(text), limit))


def block(tag: str, value: Any, limit: int = 4_000) -> Block:
    """Return `<tag>…</tag>` around what a model must take for data: nothing in it closes the tag.

    Raises ValueError for a tag that is none.
    """
    if not TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no name of a block")
    return Block(f"<{tag}>\n{shown(value, limit)}\n</{tag}>")
