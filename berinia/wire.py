"""JSON as it comes over the wire, read strictly. Pure.

Python's own reader lets through what PostgreSQL, or the next reader, refuses: NaN, numbers without
end, NUL characters, halves of surrogate pairs. Here they are errors that name their place.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

MAX_DEPTH = 20
BIGGEST = 2**63 - 1
# What a JSON text must contain for one of its strings to be bad: most texts do not.
SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
BAD = re.compile("[\x00\ud800-\udfff]")


class WireError(ValueError):
    """The text cannot be taken; `code` says why in one word, `field` where."""

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.field = code, detail, field


class BadJSONError(WireError):
    """It is not JSON at all."""


class BadValueError(WireError):
    """It is JSON, but holds a value that cannot be stored."""


def read(raw: bytes) -> Any:
    """Read a JSON text. Raises BadJSONError and BadValueError."""
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_int=_int, parse_float=_float, parse_constant=_constant)
    except UnicodeDecodeError:
        raise BadJSONError("json_invalide", "Le corps n'est pas de l'UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise BadJSONError("json_invalide", f"Le corps n'est pas du JSON valide ({place}).") from None
    except RecursionError:
        raise BadJSONError("json_trop_profond", _too_deep()) from None
    if SUSPECT.search(raw):
        for path, text in _strings(value, ""):
            if BAD.search(text):
                raise BadValueError(
                    "caractere_interdit",
                    "Le texte contient un caractère qui ne peut pas être enregistré (NUL ou demi-caractère).",
                    path or None,
                )
    if _is_deeper(value, MAX_DEPTH):
        raise BadJSONError("json_trop_profond", _too_deep())
    return value


def _too_deep() -> str:
    return f"Le JSON est imbriqué trop profondément ({MAX_DEPTH} niveaux au plus)."


def _int(text: str) -> int:
    if len(text) > 20 or abs(number := int(text)) > BIGGEST:
        raise BadValueError("nombre_trop_grand", "Un nombre entier dépasse 64 bits : envoyez-le comme texte.")
    return number


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise BadValueError("nombre_trop_grand", f"Le nombre {text[:40]} est trop grand.")
    return number


def _constant(text: str) -> NoReturn:
    raise BadJSONError("json_invalide", f"{text} n'est pas une valeur JSON.")


def _is_deeper(value: Any, levels: int) -> bool:
    """Tell whether a value has more than so many levels of lists and objects."""
    layer = _containers([value])
    for _ in range(levels):
        layer = _containers(
            inner for outer in layer for inner in (outer.values() if isinstance(outer, dict) else outer)
        )
        if not layer:
            return False
    return bool(layer)


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield each string of a value, keys too, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{n}]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from _strings(inner, f"{path}.{key}" if path else key)
