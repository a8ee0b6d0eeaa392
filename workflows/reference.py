"""What docs/language.md says straight from the code: fields, kinds, reserved events, functions, errors. Pure.

Each part is named like its marker in the page (`<!-- generated: fields send -->`); the types in words come from the
JSON Schema, which comes from the models that read a definition.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from communications.policy import EXPLANATIONS
from crm.serializers import OURS, SEGMENT
from workflows.conditions import FUNCTIONS, NAMES
from workflows.definition import Definition, DefinitionError, Entry, Goal, parse, step_kinds
from workflows.entry import Refused
from workflows.schema import PLACE, schema
from workflows.steps.base import Step
from workflows.triggers import FORMS
from workflows.windows import DAYS, FRENCH

FIELDS = ("field", "what it is", "default", "meaning")
PLAIN = {
    "string": "text", "boolean": "true or false", "integer": "whole number", "number": "number", "object": "mapping",
}  # fmt: skip
LINKS = {
    "duration": "[duration](#durations)", "condition": "[condition](#conditions)",
    "time of the week": "[time of the week](#times-of-the-week)",
}  # fmt: skip
MANY = {"name of an event": "names of events", "form of trigger": "forms of trigger"}


def parts() -> dict[str, str]:
    """Return each generated part in Markdown, by its name."""
    kinds = sorted(step_kinds().items())
    found = {
        "kinds": _table(("kind", "in the builder", "what it does"), [
            (f"[`{kind}`](#{kind})", step.label, _first_sentence(step)) for kind, step in kinds
        ]),
        "forms": _table(("form", "what it is"), [
            (f"[`{name}`](#{name})", _first_sentence(form)) for name, form in FORMS.items()
        ]),
        "fields definition": _fields(Definition),
        "fields entry": _fields(Entry),
        "fields goal": _fields(Goal),
        "fields step": _table(FIELDS, _rows(_model(Step), "", Step.model_fields)),
        "condition names": _listed(NAMES),
        "condition functions": _listed(FUNCTIONS),
        "days": _table(("word", "in French"), [(f"`{day}`", FRENCH[day]) for day in DAYS]),
        "reserved events": _listed([*OURS, SEGMENT + "…"]),
        "entry refusals": _listed(Refused),
        "message refusals": _table(("code", "why", "what can be done"), [
            (f"`{code}`", said.why, said.remedy) for code, said in EXPLANATIONS.items()
        ]),
    }  # fmt: skip
    found |= {f"fields {kind}": _step(step) for kind, step in kinds}
    return found | {f"fields trigger {name}": _fields(form) for name, form in FORMS.items()}


def _step(step: type[Step]) -> str:
    """Return the fields of a kind that are its own, and what its line in a timeline can say."""
    table = _table(FIELDS, _rows(_model(step), "", set(_model(step)["properties"]) - set(Step.model_fields)))
    if not step.details:
        return table
    said = ", ".join(f"`{code}` « {words} »" for code, words in step.details.items())
    return f"{table}\n\nIn the timeline: {said}."


def _first_sentence(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


def _listed(names: Sequence[str] | frozenset[str] | type[Refused]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) + "."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# --- fields ----------------------------------------------------------------------------------------------


def _fields(cls: type) -> str:
    return _table(FIELDS, _rows(_model(cls), "", None))


@cache
def _whole() -> dict[str, Any]:
    return schema("")


def _model(cls: type) -> Mapping[str, Any]:
    """Return the schema of a model; of `Step` itself, that of any kind: they share its fields."""
    whole = _whole()
    name = next(iter(step_kinds().values())).__name__ if cls is Step else cls.__name__
    model: Mapping[str, Any] = whole if cls is Definition else whole["$defs"][name]
    return model


def _rows(model: Mapping[str, Any], prefix: str, only: Any) -> list[tuple[str, str, str, str]]:
    """Return a row for each field, and below it those of the mapping that it is."""
    rows = []
    for name, field in model["properties"].items():
        if only is not None and name not in only:
            continue
        default = "required" if name in model.get("required", ()) else _default(field.get("default"))
        rows.append((f"`{prefix}{name}`", _type(field), default, field.get("description", "")))
        inner, place = _inner(field, f"{prefix}{name}")
        if inner:
            rows += _rows(inner, f"{place}.", None)
    return rows


def _inner(field: Mapping[str, Any], place: str) -> tuple[Mapping[str, Any] | None, str]:
    """Return the model that a field holds, or a list of, and where its fields stand."""
    if field.get("type") == "array":
        return _inner(field["items"], f"{place}[]")
    name = field.get("$ref", "").removeprefix(PLACE)
    if name in ("", "Step", "Form", Goal.__name__, Entry.__name__):
        return None, place
    return _whole()["$defs"][name], place


def _default(value: object) -> str:
    if value in (None, [], {}, ""):
        return "none"
    return "see below" if isinstance(value, dict) else f"`{value}`"


def _type(field: Mapping[str, Any]) -> str:
    """Say a type in words."""
    if "$ref" in field:
        return {"Step": "step", "Form": "form of trigger"}.get(field["$ref"].removeprefix(PLACE), "mapping")
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one) for one in field["anyOf"] if one.get("type") != "null"))
    if "const" in field or "enum" in field:
        return " or ".join(f"`{_written(value)}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        one = _type(field["items"])
        return f"list of {MANY.get(one, one + 's')}" + _limits(field, "minItems", "maxItems")
    if "title" in field:
        return LINKS.get(str(field["title"]), str(field["title"]))
    if "patternProperties" in field:
        return "mapping of names to " + next(_type(inner) for inner in field["patternProperties"].values())
    return PLAIN[field["type"]] + _limits(field, "minimum", "maximum") + _length(field)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limits(field: Mapping[str, Any], least: str, most: str) -> str:
    low, high = field.get(least), field.get(most)
    if low is None and high is None:
        return ""
    return f" ({low:g} or more)" if high is None else f" ({low or 0:g} to {high:g})"


def _length(field: Mapping[str, Any]) -> str:
    return f", {field['maxLength']} characters at most" if field.get("maxLength") else ""


# --- the page --------------------------------------------------------------------------------------------

BEGIN, END = "<!-- generated: {} -->", "<!-- end -->"
WRONG = re.compile(r"```yaml wrong\n(?P<document>.*?)```\n\n```text\n.*?```", re.DOTALL)


class PageError(ValueError):
    """The page has a marker that nothing is generated for, lacks one, or has one that does not end."""


def filled(page: str) -> str:
    """Return the page with what stands between its markers, and below wrong examples, generated anew.

    Raises PageError.
    """
    texts, found = parts(), []
    pieces = page.split(BEGIN.partition("{}")[0])
    result = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition(" -->")
        _, end, after = rest.partition(END)
        if name not in texts or not end:
            raise PageError(f"the part {name!r} is unknown or does not end with {END}")
        found.append(name)
        result.append(f"{BEGIN.format(name)}\n{texts[name]}\n{END}{after}")
    if lacking := sorted(set(texts) - set(found)):
        raise PageError(f"the page lacks {', '.join(lacking)}")
    return WRONG.sub(_with_errors, "".join(result))


def _with_errors(example: re.Match[str]) -> str:
    document = example["document"]
    try:
        parse(yaml.safe_load(document))
    except DefinitionError as error:
        lines = "\n".join(error.errors)
        return f"```yaml wrong\n{document}```\n\n```text\n{lines}\n```"
    raise PageError(f"nothing is wrong in the example that begins with {document.splitlines()[0]!r}")
