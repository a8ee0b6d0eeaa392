"""The JSON Schema of the language, generated from the models that read it. Pure.

What a type of our own looks like in writing is said beside the type (`WithJsonSchema`); `{"x-is": "Step"}` there
stands for any kind of step, `{"x-is": "Form"}` for any form of trigger. What concerns several parts at once (ids
that are used twice, names in conditions) only `definition.parse` can say.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from berinia.clock import format_duration
from workflows.definition import Definition, step_kinds
from workflows.triggers import FORMS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLACE = "#/$defs/"


class _Generated(GenerateJsonSchema):
    """Pydantic's schema, with durations as we write them, and without titles that only repeat a name."""

    def encode_default(self, dft: Any) -> Any:
        """Write a default."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Give no field a title."""
        return False


def schema(address: str) -> dict[str, Any]:
    """Return the schema of a definition; `address` is where it is published, its `$id`."""
    kinds, forms = sorted(step_kinds().items()), list(FORMS.items())
    models: list[type[BaseModel]] = [Definition, *(cls for _, cls in kinds), *(cls for _, cls in forms)]
    asked: Any = [(model, "validation") for model in models]
    _, found = models_json_schema(asked, ref_template=PLACE + "{model}", schema_generator=_Generated)
    definitions: dict[str, Any] = found["$defs"]
    for name, cls in kinds:
        _tell_step(definitions[cls.__name__], name, str(cls.label), cls.branches)
    whole = definitions.pop(Definition.__name__)
    definitions["Step"] = _any_of("A step: exactly one of the kinds.", [cls.__name__ for _, cls in kinds])
    definitions["Form"] = _any_of("What starts a workflow: exactly one form.", [cls.__name__ for _, cls in forms])
    head = {"$schema": DIALECT, "$id": address, "title": "BerinIA workflow", "description": whole.pop("description")}
    linked = _linked({**head, **whole, "title": head["title"]})
    parts = {name: _linked(part) for name, part in definitions.items()}
    used = _used(linked, parts, set())
    return {**linked, "$defs": {name: parts[name] for name in sorted(used)}}


def _tell_step(model: dict[str, Any], keyword: str, label: str, branches: Mapping[str, str]) -> None:
    """Give a kind its French label, and its branches their titles."""
    model["title"] = f"{keyword} : {label}"
    for branch, title in branches.items():
        model["properties"][branch]["title"] = title


def _any_of(description: str, names: list[str]) -> dict[str, Any]:
    return {"description": description, "oneOf": [{"$ref": PLACE + name} for name in names]}


def _linked(part: Any) -> Any:
    """Replace what stands for any step or form by a reference."""
    if isinstance(part, Mapping):
        if "x-is" in part:
            return {"$ref": PLACE + part["x-is"]}
        closed = {"additionalProperties": False} if "patternProperties" in part else {}
        return {name: _linked(inner) for name, inner in part.items()} | closed
    if isinstance(part, list):
        return [_linked(inner) for inner in part]
    return part


def _used(part: Any, parts: Mapping[str, Any], found: set[str]) -> set[str]:
    """Return the names of the parts that this one leads to."""
    for name in _references(part):
        if name not in found:
            found.add(name)
            _used(parts[name], parts, found)
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix(PLACE)
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)
