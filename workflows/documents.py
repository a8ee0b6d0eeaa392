"""Definitions as people bring them: YAML or JSON text, a definition alone or a file of the library. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from workflows.definition import Definition, parse

LONGEST = 500_000


class DocumentError(ValueError):
    """The text holds no definition; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Document:
    """A definition and what stands around it ("" where nothing does)."""

    definition: Definition
    sector: str = ""
    slug: str = ""
    name: str = ""


def read_text(text: str) -> object:
    """Read YAML (JSON is YAML too). Raises DocumentError.

    Aliases are refused: a few lines of them unfold into more than any machine can read.
    """
    if len(text) > LONGEST:
        raise DocumentError(f"Le texte est trop long : {LONGEST} caractères au plus.")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise DocumentError("Le YAML ne doit pas contenir d'alias (*nom).")
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (ligne {mark.line + 1}, colonne {mark.column + 1})" if mark else ""
        raise DocumentError(f"Ce n'est pas du YAML valide{place} : {error.problem}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError("Ce n'est pas du YAML valide.") from None


def definition_in(raw: object, slug: str = "") -> Document:
    """Return the definition of a document: one alone, under `definition`, or the one called `slug` of a sector.

    Raises DocumentError, and DefinitionError for a definition with mistakes.
    """
    if not isinstance(raw, Mapping):
        raise DocumentError("Une définition est un objet : trigger, steps, …")
    if "workflows" in raw:
        return _chosen(raw, slug)
    inner = raw.get("definition", raw)
    around = raw if "definition" in raw else {}
    return Document(parse(inner), _text(around, "sector"), _text(around, "slug"), _text(around, "name"))


def _chosen(raw: Mapping[str, Any], slug: str) -> Document:
    found = raw["workflows"]
    items = [item for item in found if isinstance(item, Mapping)] if isinstance(found, Iterable) else []
    names = [_text(item, "slug") for item in items]
    if not slug and len(items) == 1:
        slug = names[0]
    if slug not in names:
        raise DocumentError(f"Ce fichier a plusieurs workflows, choisissez-en un : {', '.join(names)}.")
    item = items[names.index(slug)]
    return Document(parse(item.get("definition")), _text(raw, "sector"), slug, _text(item, "name"))


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
