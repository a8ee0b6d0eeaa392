"""The language of messages: variables, a few filters and `if`, in a sandbox. Pure.

Operators write templates, and what a template shows comes from web forms. So nothing here can call,
compute, loop or grow without bounds, and what is wrong is said when a template is saved.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes, pass_environment
from jinja2.filters import do_truncate
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_SOURCE, MAX_OUTPUT = 20_000, 200_000
MAX_DEPTH = 30  # Python gives up at 100 blocks inside each other
TOO_DEEP = "trop de blocs ou de parenthèses les uns dans les autres"
VARIABLES: Mapping[str, frozenset[str] | None] = {  # None: any name
    "contact": frozenset({"nom", "prenom", "email", "telephone", "salutation"}),
    "site": None,
    "event": None,
    "date": frozenset({"jour", "heure"}),
    "liens": frozenset({"desinscription"}),
}
FILTERS = frozenset({"default", "upper", "lower", "capitalize", "trim", "truncate", "replace"})
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter,
    nodes.If, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Keyword,
)  # fmt: skip


class TemplateError(ValueError):
    """A template cannot be used; `field`, `line` and `rule` say where and why, in French."""

    def __init__(self, field: str, rule: str, line: int | None = None) -> None:
        super().__init__(f"{field}{f', ligne {line}' if line else ''} : {rule}")
        self.field, self.rule, self.line = field, rule, line


class _Sandbox(ImmutableSandboxedEnvironment):
    """Reads names from mappings only: `event.items` is a field of the event, never a method of dict."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(hint=f"la variable « {attribute} » manque")


def _replace(value: Any, old: str, new: str) -> str:
    """Replace, but never into something huge."""
    text = str(value)
    if len(text) + text.count(old) * len(new) > MAX_OUTPUT:
        raise ValueError(f"{MAX_OUTPUT} caractères au plus")
    return text.replace(old, new)


@pass_environment
def _truncate(environment: Environment, value: Any, *args: Any, **kwargs: Any) -> str:
    """Truncate, also a number: a form may have sent one."""
    return do_truncate(environment, value if isinstance(value, str) else str(value), *args, **kwargs)


def _environment(is_html: bool) -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=is_html)
    ours = {"replace": _replace, "truncate": _truncate}
    environment.filters = {name: environment.filters[name] for name in FILTERS} | ours
    environment.globals.clear()
    return environment


_environments = {is_html: _environment(is_html) for is_html in (False, True)}


def parse(field: str, text: str) -> nodes.Template:
    """Read a text and check its language. Raises TemplateError."""
    if len(text) > MAX_SOURCE:
        raise TemplateError(field, f"{MAX_SOURCE} caractères au plus")
    tree = _read(field, text)
    for node, parent, depth in _walk(tree, None):
        if problem := TOO_DEEP if depth > MAX_DEPTH else _problem(node, parent):
            raise TemplateError(field, problem, node.lineno)
    return tree


def _read(field: str, text: str) -> nodes.Template:
    try:
        return _environments[False].parse(text)
    except TemplateSyntaxError as error:
        raise TemplateError(field, f"écriture incorrecte ({error.message})", error.lineno) from None
    except RecursionError:
        raise TemplateError(field, TOO_DEEP) from None


def _walk(
    node: nodes.Node, parent: nodes.Node | None, depth: int = 0
) -> Iterator[tuple[nodes.Node, nodes.Node | None, int]]:
    """Yield each node with its parent and depth; the reader stops at the first one that is too deep."""
    yield node, parent, depth
    for child in node.iter_child_nodes():
        yield from _walk(child, node, depth + 1)


def _problem(node: nodes.Node, parent: nodes.Node | None) -> str:
    """Return the French rule that a node breaks, or an empty string."""
    match node:
        case nodes.Name(name=name):
            if name not in VARIABLES:
                return f"variable inconnue « {name} » (connues : {', '.join(sorted(VARIABLES))})"
            return "" if isinstance(parent, nodes.Getattr) else f"écrivez un champ de « {name} », comme {name}.nom"
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
            known = VARIABLES.get(name)
            if attr.startswith("_") or (known is not None and attr not in known):
                return f"variable inconnue « {name}.{attr} »"
            return ""
        case nodes.Getattr(attr=attr):
            return f"« .{attr} » : un seul point par variable"
        case nodes.Filter(name=name):
            return "" if name in FILTERS else f"filtre inconnu « {name} » (connus : {', '.join(sorted(FILTERS))})"
        case nodes.Test(name=name):
            return "" if name == "defined" else f"test inconnu « {name} » (connu : defined)"
    return "" if isinstance(node, ALLOWED) else f"« {type(node).__name__} » n'est pas permis ici"


def names(tree: nodes.Template, root: str) -> set[str]:
    """Return the fields of one variable that a template mentions."""
    found = (node for node in tree.find_all(nodes.Getattr) if isinstance(node.node, nodes.Name))
    return {node.attr for node in found if isinstance(node.node, nodes.Name) and node.node.name == root}


def build(field: str, text: str, *, is_html: bool) -> Template:
    """Make a checked text ready to be written out. Raises TemplateError."""
    try:
        return _environments[is_html].from_string(text)
    except TemplateSyntaxError as error:
        raise TemplateError(field, f"écriture incorrecte ({error.message})", error.lineno) from None


@lru_cache(maxsize=2_000)
def build_text(field: str, text: str) -> Template:
    """Check a plain text and make it ready. Raises TemplateError."""
    parse(field, text)
    return build(field, text, is_html=False)


def write(field: str, template: Template, variables: Mapping[str, Any]) -> str:
    """Write a template out. Raises TemplateError, which names the variable that is not there."""
    parts, size = [], 0
    try:
        for part in template.generate(variables):
            parts.append(part)
            size += len(part)
            if size > MAX_OUTPUT:
                raise TemplateError(field, f"{MAX_OUTPUT} caractères au plus une fois écrit")
    except UndefinedError as error:
        raise TemplateError(field, f"{error.message} ; prévoyez | default('…')") from None
    except TemplateError:
        raise
    except (TypeError, ValueError, ArithmeticError) as error:
        raise TemplateError(field, f"calcul impossible ({error})") from None
    return "".join(parts)
