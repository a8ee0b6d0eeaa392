"""`manage.py catalogues`: what people read, in both languages.

The sources are French. `locale/en` translates ours; `locale/fr` translates what the theme of the admin leaves in
English. Without gettext's own programs: Babel reads the code, polib writes the files.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import unfold
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation.template import templatize

KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
APPS = ("berinia", "accounts", "crm", "communications", "agents", "workflows", "templates")
HEADER = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "MIME-Version": "1.0"}
PLURALS = {"en": "nplurals=2; plural=(n != 1);", "fr": "nplurals=2; plural=(n > 1);"}
UNUSED = re.compile(r"crispy|contrib/(?!filters|forms|inlines)")  # parts of the theme that are not installed
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif]|%\.\d+f")

# A text: its context, singular and plural ("" where there is none).
Text = tuple[str, str, str]


class Command(BaseCommand):
    """Write the catalogues anew, or say what they lack."""

    help = "Écrit locale/*/LC_MESSAGES/django.po et .mo d'après le code ; --check ne fait que vérifier."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Update or check both catalogues. Raises CommandError when --check finds something."""
        said, theme = dict(_said_by_us()), dict(_said_by_the_theme())
        own = {_key(entry) for entry in _read("fr")}
        wanted = {
            "en": {text: place for text, place in said.items() if text not in own and _is_french(text)},
            "fr": {text: place for text, place in (theme | said).items() if text in own}
            | {text: place for text, place in theme.items() if _is_french(text)},
        }
        mistakes = []
        for language, texts in wanted.items():
            catalogue = _read(language)
            if not options["check"]:
                _update(catalogue, texts)
                catalogue.save(str(_path(language)))
                catalogue.save_as_mofile(str(_path(language).with_suffix(".mo")))
            mistakes += [f"{language}: {mistake}" for mistake in _mistakes(language, catalogue, texts)]
        for mistake in mistakes:
            self.stderr.write(mistake)
        if mistakes and options["check"]:
            raise CommandError(f"{len(mistakes)} texte(s) à reprendre : make catalogues, puis traduire.")


def _said_by_us() -> Iterator[tuple[Text, str]]:
    """Yield the texts of the project, each with a place that says it."""
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*")):
            is_read = path.suffix in (".py", ".html", ".txt") and not {"migrations", "messages"} & set(path.parts)
            for text in _texts_in(path) if is_read else ():
                yield text, str(path.relative_to(settings.BASE_DIR))


def _said_by_the_theme() -> Iterator[tuple[Text, str]]:
    """Yield the texts of the admin's theme."""
    folder = Path(unfold.__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".html") and not UNUSED.search(str(path)):
            for text in _texts_in(path):
                yield text, f"unfold/{path.relative_to(folder)}"


def _key(entry: Any) -> Text:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def _is_french(text: Text) -> bool:
    """Tell whether neither Django nor a package says it otherwise in French."""
    context, one, many = text
    with translation.override("fr"):
        if many:
            return translation.ngettext(one, many, 1) == one
        return (translation.pgettext(context, one) if context else translation.gettext(one)) == one


def _texts_in(path: Path) -> Iterator[Text]:
    from babel.messages.extract import extract  # it is for developers: not in requirements.txt

    source = path.read_text()
    if path.suffix != ".py":
        if "{%" not in source or "i18n" not in source:
            return
        # What is not to be translated is left as runs of letters: away with it, or Python's tokenizer stumbles.
        source = re.sub(r"(?m)^[ \t]+", "", re.sub(r"\b[XFBSP]{1,}\b", "", templatize(source)))
    for _line, found, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
        one, *more = found if isinstance(found, tuple) else (found,)
        if one:
            yield context or "", one, more[0] if more and more[0] else ""


def _path(language: str) -> Path:
    folder: Path = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "django.po"


def _read(language: str) -> Any:
    import polib

    path = _path(language)
    catalogue = polib.pofile(str(path), wrapwidth=110) if path.exists() else polib.POFile(wrapwidth=110)
    catalogue.metadata = HEADER | {"Language": language, "Plural-Forms": PLURALS[language]}
    return catalogue


def _update(catalogue: Any, texts: dict[Text, str]) -> None:
    """Add what is new, drop what nobody says any more, keep the translations, in the order of the texts."""
    import polib

    known = {_key(entry): entry for entry in catalogue}
    entries = []
    for (context, one, many), place in sorted(texts.items()):
        entry = known.get((context, one, many)) or polib.POEntry(msgid=one, msgid_plural=many, msgctxt=context or None)
        if many and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        entry.occurrences = [(place, "")]
        entries.append(entry)
    catalogue[:] = entries


def _mistakes(language: str, catalogue: Any, texts: dict[Text, str]) -> Iterator[str]:
    known = {_key(entry): entry for entry in catalogue}
    for text in sorted(texts.keys() - known.keys()):
        yield f"absent : {text[1]!r} ({texts[text]})"
    for text in sorted(known.keys() - texts.keys()):
        yield f"plus employé : {text[1]!r}"
    for text in sorted(texts.keys() & known.keys()):
        yield from _mistakes_of(known[text], texts[text])
    if _compiled(_path(language).with_suffix(".mo")) != _translations(catalogue):
        yield "le fichier .mo n'est pas celui du .po"


def _mistakes_of(entry: Any, place: str) -> Iterator[str]:
    written = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy or not all(text.strip() for text in written) or (entry.msgid_plural and len(written) != 2):
        yield f"à traduire : {entry.msgid!r} ({place})"
        return
    # The singular may leave its number out.
    wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    if set(PLACEHOLDER.findall(written[-1])) != wanted or not set(PLACEHOLDER.findall(written[0])) <= wanted:
        yield f"autres variables : {entry.msgid!r} → {written!r}"


def _translations(catalogue: Any) -> dict[Text, list[str]]:
    return {
        _key(entry): list(entry.msgstr_plural.values()) or [entry.msgstr]
        for entry in catalogue
        if any(entry.msgstr_plural.values()) or entry.msgstr
    }


def _compiled(path: Path) -> dict[Text, list[str]]:
    import polib

    return _translations(polib.mofile(str(path))) if path.exists() else {}
