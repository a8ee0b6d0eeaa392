"""The HTML of emails: made from MJML or as it is written, its CSS inlined, its variables left where they are. Pure.

What reads HTML knows no Jinja. So its pieces are set aside first: a word stands for each, and in running text a
comment, which may stand anywhere, even between the rows of a table.
"""

import re
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import css_inline
import mjml

from communications.template_language import TemplateError

MESSAGES = Path(__file__).resolve().parent.parent / "templates" / "messages"
CONTENT, PREVIEW = "<!-- contenu -->", "<!-- apercu -->"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
WORD = re.compile(r"<!--jinja(\d{4})x-->|jinja(\d{4})x")
TAG = r"""</?[a-zA-Z](?:"[^"]*"|'[^']*'|[^'"<>])*>"""
NOT_TEXT = re.compile(rf"<!--.*?-->|<(style|title|textarea|script)\b.*?</\1\s*>|{TAG}", re.DOTALL | re.IGNORECASE)
STYLE_MEDIA = re.compile(
    r"""<style\b[^>]*\bmedia\s*=\s*["']([^"']*)["'][^>]*>(.*?)</style>""", re.DOTALL | re.IGNORECASE
)
PREHEADER = '<div style="display:none;max-height:0;overflow:hidden;">{}</div>'

# What mailboxes remove or distrust, and what would let a message do more than be read.
ELEMENTS = frozenset({
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "base", "svg", "math",
})  # fmt: skip
ADDRESSES = frozenset({"href", "src", "background", "poster", "action", "formaction", "xlink:href", "data"})
SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "cid"})
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(image/)?", re.IGNORECASE)
CSS = re.compile(r"@import|expression\s*\(|javascript\s*:", re.IGNORECASE)
ACTIVE = re.compile(r"(?:java|vb)script\s*:", re.IGNORECASE)

# Rules that cannot be inlined (media queries, :hover) stay in a <style>. Nothing is fetched.
_inliner = css_inline.CSSInliner(
    load_remote_stylesheets=False, keep_at_rules=True, keep_style_tags=True, remove_inlined_selectors=True
)


class Pieces:
    """The pieces of Jinja of an email, set aside."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def aside(self, text: str) -> str:
        """Put a word in the place of each piece."""
        return JINJA.sub(self._keep, text)

    def back(self, html: str) -> str:
        """Put each piece back."""
        return WORD.sub(lambda found: self.kept[int(found[1] or found[2])], html)

    def lost(self, html: str, count: int) -> str:
        """Return the first of the first `count` pieces that is nowhere in the HTML, or an empty string."""
        return next((self.kept[n] for n in range(count) if f"jinja{n:04d}x" not in html), "")

    def _keep(self, found: re.Match[str]) -> str:
        self.kept.append(unescape(found.group()))
        return f"jinja{len(self.kept) - 1:04d}x"


def from_mjml(body: str, preheader: str) -> str:
    """Return the HTML of the inside of an MJML document, in the layout. Raises TemplateError."""
    _check_source(body)
    pieces = Pieces()
    preview, content = pieces.aside(_escaped(preheader)), pieces.aside(body)
    written = len(pieces.kept)  # the rest is the layout's: a colour for buttons is not shown where there is none
    document = pieces.aside(_layout()).replace(PREVIEW, preview).replace(CONTENT, content)
    try:
        html = str(mjml.mjml2html(document))
    except Exception as error:  # noqa: BLE001 - the package raises bare exceptions of its Rust engine
        raise TemplateError("body", f"le MJML est incorrect ({error})") from None
    if lost := pieces.lost(html, written):
        raise TemplateError("body", f"« {lost} » est à un endroit que MJML n'affiche pas")
    return _finished(html, pieces, written)


def from_html(body: str, preheader: str) -> str:
    """Return an email's HTML as it is written, with its preheader first. Raises TemplateError."""
    _check_source(body)
    pieces = Pieces()
    document = pieces.aside(body)
    _check_places(document, pieces)
    preview = _commented(pieces.aside(_escaped(preheader)))
    html = _finished(document, pieces, len(pieces.kept), PREHEADER.format(preview) if preview else "")
    return html if html.lower().startswith("<!doctype") else f"<!DOCTYPE html>{html}"


@lru_cache(maxsize=1)
def _layout() -> str:
    return (MESSAGES / "layout.mjml").read_text(encoding="utf-8")


def _escaped(text: str) -> str:
    return escape(unescape(text), quote=False)


def _finished(html: str, pieces: Pieces, written: int, preheader: str = "") -> str:
    """Inline the CSS, check what came of it, and put the pieces back."""
    html = STYLE_MEDIA.sub(r"<style>@media \1 { \2 }</style>", _commented(html))
    try:
        inlined = _inliner.inline(html)
    except css_inline.InlineError as error:
        raise TemplateError("body", f"le CSS est incorrect ({error})") from None
    inlined = re.sub(r"<body\b[^>]*>", lambda found: found[0] + preheader, inlined, count=1)
    if lost := pieces.lost(inlined, written):
        raise TemplateError("body", f"« {lost} » est à un endroit qui n'apparaît pas dans l'email")
    if problem := first_problem(inlined):
        raise TemplateError("body", problem[1])
    return pieces.back(inlined)


def _commented(html: str) -> str:
    """Make comments of the words that stand in running text."""
    parts, end = [], 0
    for found in NOT_TEXT.finditer(html):
        parts += [WORD.sub(_comment, html[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, WORD.sub(_comment, html[end:])])


def _comment(found: re.Match[str]) -> str:
    return f"<!--{found.group()}-->"


# --- checking ------------------------------------------------------------------------------------------------


def first_problem(html: str) -> tuple[int, str] | None:
    """Return the line and the French rule of the first thing that has no place in an email, if there is one."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # how the parser says that a declaration makes no sense to it
        return reader.getpos()[0], "ce HTML est illisible"
    return reader.problems[0] if reader.problems else None


def _check_source(body: str) -> None:
    """Say the line of what the author wrote; what comes of it is checked again."""
    if found := WORD.search(body):
        raise TemplateError("body", f"« {found.group()} » est un mot réservé", _line(body, found.start()))
    if found := ACTIVE.search(body):
        raise TemplateError("body", "pas de script dans un email", _line(body, found.start()))
    if problem := first_problem(JINJA.sub(lambda found: "x" + "\n" * found.group().count("\n"), body)):
        raise TemplateError("body", problem[1], problem[0])


def _check_places(document: str, pieces: Pieces) -> None:
    """A piece stands in running text or in the value of an attribute: elsewhere in a tag it would be taken apart."""
    for tag in re.finditer(TAG, document):
        if found := WORD.search(re.sub(r"""=\s*("[^"]*"|'[^']*')""", "", tag.group())):
            piece = pieces.kept[int(found[2])]
            line = pieces.back(document[: tag.start()]).count("\n") + 1
            rule = f"« {piece} » : dans une balise, écrivez-le entre les guillemets d'un attribut"
            raise TemplateError("body", rule, line)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class _Reader(HTMLParser):
    """Reads HTML, and what Outlook alone reads in its comments."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[tuple[int, str]] = []
        self.is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_style = tag == "style"
        if tag in ELEMENTS:
            self._say(f"« <{tag}> » n'a pas sa place dans un email")
        if tag == "link":
            self._say("une feuille de style ou une police distante n'est pas permise : écrivez le CSS dans <style>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.is_style = False

    def handle_endtag(self, tag: str) -> None:
        self.is_style = False

    def handle_data(self, data: str) -> None:
        if self.is_style:
            self._css(data)

    def handle_comment(self, data: str) -> None:
        if "<" in data and (inside := first_problem(data)):
            self.problems.append((self.getpos()[0] + inside[0] - 1, inside[1]))

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self._say(f"« {name} » : pas de script dans un email")
        elif name == "style":
            self._css(value)
        elif name == "http-equiv" and value.strip().lower() == "refresh":
            self._say("un email ne mène pas ailleurs de lui-même")
        elif name in ADDRESSES and not _is_known(value, is_source=name in ("src", "background")):
            self._say(f"« {value[:40]} » n'est pas une adresse permise (https:, mailto:, tel: …)")

    def _css(self, text: str) -> None:
        if CSS.search(text):
            self._say("ce CSS n'est pas permis (pas de @import ni de script) : écrivez les règles dans <style>")

    def _say(self, rule: str) -> None:
        self.problems.append((self.getpos()[0], rule))


def _is_known(address: str, *, is_source: bool) -> bool:
    """Tell whether an address leads where an email may lead. Browsers pass over blanks inside a scheme."""
    found = SCHEME.match("".join(c for c in address if c > " "))
    if found is None or found[1].lower() in SCHEMES:
        return True
    return is_source and found[1].lower() == "data" and found[2] is not None
