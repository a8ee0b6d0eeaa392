"""A workflow as a YAML text that people read, keep in version control and carry to another site. Pure.

`from_yaml(to_yaml(…))` is exact, and the text of one document is always the same. The reader is stricter than YAML:
no anchors, tags or duplicate keys, and only `true`, `false`, `null` and decimal numbers are more than text, so that
`on`, `yes`, `12:30` and `0612345678` stay what one sees.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from workflows.definition import Definition, DefinitionError, parse, step_kinds
from workflows.mistakes import in_french
from workflows.steps.base import Step
from workflows.triggers import FORMS, Form
from workflows.verdict import Remark

LARGEST = 256 * 1024  # bytes
MAX_DEPTH = 60
BIGGEST = 2**63 - 1
# What a line may hold before a small mapping or list is written over several.
SHORT = 90
# name of a head's field: its form, and the form in words
HEAD = {
    "slug": (re.compile(r"[a-z0-9][a-z0-9_-]{0,79}"), "minuscules sans accent, chiffres, - ou _ (80 au plus)"),
    "name": (re.compile(r"[^\n]{1,120}"), "un texte de 1 à 120 caractères, sur une ligne"),
    "description": (re.compile(r".{0,2000}", re.DOTALL), "un texte de 2000 caractères au plus"),
    "sector": (re.compile(r"[a-z0-9_-]{0,40}"), "le nom d'un secteur, en minuscules (40 caractères au plus)"),
}
# What other readers of YAML, of either version, may take for a number, a time or a date.
NUMBERLIKE = re.compile(r"[-+.]?[0-9][0-9_.,:eE+-]*|0[xXoO][0-9a-fA-F_]+|[-+]?\.(?:inf|nan)", re.IGNORECASE)
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?")
WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}
BREAKS = re.compile("[\t\n\r\x85\u2028\u2029]")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class ExchangeError(ValueError):
    """The text is not a workflow; `errors` lists every mistake, with its path and line."""

    def __init__(self, errors: Sequence[Remark]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says. `head` holds those of slug, name, description and sector that it gives.

    `lines` tells at which line each path of the definition is written.
    """

    document: dict[str, Any]
    definition: Definition
    head: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int | None:
        """Return the line of a path of the definition, or of the nearest thing around it."""
        return _line(self.lines, path)


# --- writing -----------------------------------------------------------------------------------------------


def to_yaml(
    document: Mapping[str, Any], *, slug: str = "", name: str = "", description: str = "", sector: str = ""
) -> str:
    """Write a definition document as YAML: with its head when it has a slug, alone without."""
    written = _ordered(document, Definition)
    if slug:
        head = {"slug": slug, "name": name, "description": description, "sector": sector}
        written = {**{key: value for key, value in head.items() if value}, "definition": written}
    text: str = yaml.dump(written, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1 << 30)
    return text


def _ordered(value: Any, model: type[BaseModel] | None) -> Any:
    """Return the value with the keys of each part in the order in which its model has them."""
    if isinstance(value, list | tuple):
        return [_ordered(item, model) for item in value]
    if not isinstance(value, Mapping):
        return value
    model = _concrete(model, value)
    if model is None:
        return {key: _ordered(inner, None) for key, inner in value.items()}
    inner_models = {f.alias or name: _model_in(f.annotation) for name, f in model.model_fields.items()}
    kind = getattr(model, "kind", "")
    first = ("trigger",) if model is Definition else ("id", kind, "name")
    order = [*first, *inner_models]
    keys = sorted(value, key=lambda key: (order.index(key) if key in order else len(order), key))
    return {key: _ordered(value[key], inner_models.get(key)) for key in keys}


def _concrete(model: type[BaseModel] | None, value: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the model of this very step or trigger."""
    if model is Step:
        return next((cls for kind, cls in step_kinds().items() if kind in value), None)
    if model is Form:
        return next((cls for form, cls in FORMS.items() if form in value), None)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation is made of, such as Way of tuple[Way, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


class _Dumper(yaml.SafeDumper):
    """Quotes what looks like something else than text; small things on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write the same thing twice rather than an anchor."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> Any:
        """Quote a text that has apostrophes with the other quotes, where nothing has to be escaped in it."""
        style, text = super().choose_scalar_style(), getattr(self.event, "value", "")
        return '"' if style == "'" and "'" in text and not set(text) & {'"', "\\"} else style


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if BREAKS.search(text) else "'" if NUMBERLIKE.fullmatch(text) or text.lower() in WORDS else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _float(dumper: yaml.SafeDumper, number: float) -> yaml.Node:
    text = repr(number)
    if "." not in text and "e" in text:
        text = text.replace("e", ".0e")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.Node:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)
    node.flow_style = _is_short([part for pair in node.value for part in pair])
    return node


def _list(dumper: yaml.SafeDumper, value: Sequence[Any]) -> yaml.Node:
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=False)
    node.flow_style = _is_short(node.value)
    return node


def _is_short(nodes: Sequence[yaml.Node]) -> bool:
    if not all(isinstance(node, yaml.ScalarNode) and "\n" not in node.value for node in nodes):
        return False
    return sum(len(node.value) + 2 for node in nodes) <= SHORT


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


# --- reading -----------------------------------------------------------------------------------------------


def from_yaml(text: str) -> Written:
    """Read a workflow: a definition alone, or one below `definition:` with its head. Raises ExchangeError."""
    document, lines = read(text)
    if not isinstance(document, dict):
        raise ExchangeError([Remark("", "une définition est un ensemble de champs (trigger, steps, …)", 1)])
    errors: list[Remark] = []
    head: dict[str, str] = {}
    inner: Any = document
    if "definition" in document:
        inner, head = document["definition"], _head(document, lines, errors)
        start = "definition."
        lines = {path.removeprefix(start): line for path, line in lines.items() if path.startswith(start)}
    try:
        definition = parse(inner)
    except DefinitionError as error:
        errors += (Remark(r.path, r.text, _line(lines, r.path)) for r in in_french(error.errors))
        raise ExchangeError(sorted(errors, key=lambda remark: remark.line or 0)) from None
    if errors:
        raise ExchangeError(errors)
    return Written(inner, definition, head, lines)


def _head(document: Mapping[str, Any], lines: Mapping[str, int], errors: list[Remark]) -> dict[str, str]:
    found = {}
    for key, value in document.items():
        if key == "definition":
            continue
        form, said = HEAD.get(key, (None, ""))
        if form is None:
            known = ", ".join(HEAD)
            errors.append(Remark(key, f"ce champ n'existe pas à côté de « definition » ({known})", lines.get(key)))
        elif not isinstance(value, str) or not form.fullmatch(value):
            errors.append(Remark(key, f"doit être {said}", lines.get(key)))
        else:
            found[key] = value
    return found


def _line(lines: Mapping[str, int], path: str) -> int | None:
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    path: str
    value: Any
    key: str | None = None
    key_line: int = 0


def read(text: str) -> tuple[Any, dict[str, int]]:
    """Return what a YAML text holds, and the line of each path. Raises ExchangeError."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ExchangeError([Remark("", "le texte contient un caractère qui ne peut pas être enregistré")]) from None
    if size > LARGEST:
        raise ExchangeError([Remark("", f"le texte dépasse {LARGEST // 1024} Kio")])
    try:
        return _Reader().read(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", colonne {mark.column + 1}" if mark else ""
        line = mark.line + 1 if mark else None
        raise ExchangeError([Remark("", f"ce n'est pas du YAML correct{where} ({error.problem})", line)]) from None
    except yaml.YAMLError:
        raise ExchangeError([Remark("", "le texte contient un caractère que YAML n'admet pas")]) from None


class _Reader:
    """Builds plain values from the events of the YAML parser, without recursion."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.lines: dict[str, int] = {}
        self.whole: Any = None

    def read(self, events: Iterator[yaml.Event]) -> tuple[Any, dict[str, int]]:
        """Return the value and the line of each path."""
        documents = 0
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._refused("les ancres et les renvois (&, *) ne sont pas admis", line)
            if getattr(event, "tag", None):
                raise self._refused("les étiquettes de type (!) ne sont pas admises", line)
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._refused("un seul document par texte (--- en trop)", line)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self.stack.pop()
                case yaml.ScalarEvent():
                    self._scalar(event, line)
        return self.whole, self.lines

    def _open(self, value: Any, line: int) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self._refused(f"plus de {MAX_DEPTH} niveaux les uns dans les autres", line)
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.value, dict) and top.key is None:
            raise self._refused("une clé est un texte", line)
        path = self._put(value, line)
        self.stack.append(_Open(path, value))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if UNSTORABLE.search(event.value):
            raise self._refused("le texte contient un caractère qui ne peut pas être enregistré", line)
        if top and isinstance(top.value, dict) and top.key is None:
            if event.value in top.value:
                raise self._refused(f"la clé « {event.value} » est écrite deux fois", line)
            top.key, top.key_line = event.value, line
            return
        self._put(event.value if event.style else self._plain(event.value, line), line)

    def _plain(self, text: str, line: int) -> Any:
        """Return what a text without quotes means."""
        if text.lower() in WORDS:
            return WORDS[text.lower()]
        if INTEGER.fullmatch(text):
            if len(text) > 20 or abs(int(text)) > BIGGEST:
                raise self._refused("un nombre dépasse 64 bits : mettez-le entre guillemets", line)
            return int(text)
        if FLOAT.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self._refused("un nombre est trop grand : mettez-le entre guillemets", line)
            return number
        return text

    def _put(self, value: Any, line: int) -> str:
        """Put a value where it belongs; return its path."""
        if not self.stack:
            self.whole = value
            return ""
        top = self.stack[-1]
        if isinstance(top.value, list):
            path = f"{top.path}[{len(top.value)}]"
            top.value.append(value)
        else:
            key, top.key, line = top.key or "", None, top.key_line
            path = f"{top.path}.{key}" if top.path else key
            top.value[key] = value
        self.lines[path] = line
        return path

    def _refused(self, said: str, line: int) -> ExchangeError:
        return ExchangeError([Remark(self.stack[-1].path if self.stack else "", said, line)])
