"""Prompts: French files beside this one, `prompts/<agent>.md.j2`, rendered in a sandbox.

A file holds the instructions, then one line `--- données ---`, then the data. It is split before it is rendered, and
every value that it shows is cleaned and escaped: no value becomes an instruction by way of a delimiter.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from agents.agent import Agent
from agents.untrusted import block, shown

FOLDER = Path(__file__).parent / "prompts"
SEPARATOR = "\n--- données ---\n"


class PromptError(Exception):
    """The prompt's file is missing, or has not exactly one line `--- données ---`."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is sent: what it is to do, and what with."""

    instructions: str
    data: str
    version: str


def render(agent: Agent[Any, Any], given: BaseModel) -> Prompt:
    """Return an agent's prompt for what it is given. Raises PromptError; jinja2's errors for what it does not know."""
    variables = agent.variables(given)
    instructions, data = halves(agent.name)
    return Prompt(_rendered(instructions, variables), _rendered(data, variables), version(agent.name))


def path(name: str) -> Path:
    """Return the file of an agent's prompt."""
    return FOLDER / f"{name}.md.j2"


@cache
def version(name: str) -> str:
    """Return what changes when the file does."""
    return hashlib.sha256(source(name).encode()).hexdigest()[:12]


@cache
def halves(name: str) -> tuple[str, str]:
    """Return the instructions and the data of a file, not yet rendered. Raises PromptError."""
    parts = source(name).split(SEPARATOR)
    if len(parts) != 2:
        raise PromptError(f"{path(name).name} needs exactly one line « {SEPARATOR.strip()} »")
    return parts[0], parts[1]


@cache
def source(name: str) -> str:
    """Return the text of an agent's prompt. Raises PromptError."""
    try:
        return path(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PromptError(f"agents/prompts/{path(name).name} is missing") from error


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    """Return an environment without a loader: a prompt includes nothing."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_finalized, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["bloc"] = lambda value, tag, limit=4_000: block(tag, value, limit)
    return environment


def _finalized(value: Any) -> Any:
    """Return what `{{ … }}` writes. One that is not defined passes, to be raised by what prints it."""
    return value if isinstance(value, StrictUndefined) else shown(value)


def _rendered(text: str, variables: Mapping[str, Any]) -> str:
    return _environment().from_string(text).render(variables).strip()
