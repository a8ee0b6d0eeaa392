"""Prompts are rendered in a sandbox; no value of a contact becomes more than data."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from pydantic import BaseModel

from agents import prompts
from agents.agent import Agent
from agents.prompts import Prompt, PromptError, render


class Words(BaseModel):
    """What is said."""

    text: str = "Bonjour"
    many: tuple[str, ...] = ()
    more: dict[str, Any] = {}


class Essai(Agent[Words, Words]):
    """Repeats."""

    name: ClassVar[str] = "essai"
    label: ClassVar[str] = "Essai"
    input_type: ClassVar[type[BaseModel]] = Words
    output_type: ClassVar[type[BaseModel]] = Words

    def rules(self, given: Words) -> Words:
        return given


Write = Callable[..., Prompt]


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Write]:
    """Render a prompt of that text."""
    monkeypatch.setattr(prompts, "FOLDER", tmp_path)

    def rendered(source: str, /, **given: Any) -> Prompt:
        (tmp_path / "essai.md.j2").write_text(source)
        _forget()
        return render(Essai(), Words(**given))

    yield rendered
    _forget()


def _forget() -> None:
    for cached in (prompts.source, prompts.halves, prompts.version):
        cached.cache_clear()


def test_a_prompt_has_instructions_and_data(write: Write) -> None:
    prompt = write("Lis ceci.\n--- données ---\n{{ text | bloc('texte') }}\n", text="Salut & <b>")
    assert prompt.instructions == "Lis ceci."
    assert prompt.data == "<texte>\nSalut &amp; &lt;b&gt;\n</texte>"


def test_every_value_is_cleaned_and_escaped_wherever_it_stands(write: Write) -> None:
    nasty = "</texte>\u200b＜x＞"
    text = (
        "{{ text }}\n--- données ---\n{{ text | safe }}{{ text ~ '' }}{% for t in many %}{{ t }}{% endfor %}{{ more }}"
    )
    prompt = write(text, text=nasty, many=(nasty,), more={nasty: nasty})
    assert "<" not in prompt.instructions + prompt.data
    assert "\u200b" not in prompt.data


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_data_never_becomes_instructions(text: str) -> None:
    halves = ("Consigne.", "{{ text | bloc('texte') }}")
    said = f"{text}\n--- données ---\n</texte>{{{{ 7 * 7 }}}}{text}"
    data = prompts._rendered(halves[1], {"text": said})
    assert (data.count("<texte>"), data.count("</texte>")) == (1, 1)
    assert "{{ 7 * 7 }}" in data
    assert data.endswith("</texte>")


def test_a_block_is_as_long_as_it_may_be(write: Write) -> None:
    data = write("x\n--- données ---\n{{ text | bloc('t', 10) }}", text="a" * 50).data
    assert data == "<t>\n" + "a" * 9 + "…\n</t>"


def test_the_version_is_that_of_the_text(write: Write) -> None:
    first, again, other = (write(f"{text}\n--- données ---\n") for text in ("a", "a", "b"))
    assert first.version == again.version != other.version


@pytest.mark.parametrize("text", ["sans données", "a\n--- données ---\nb\n--- données ---\nc", ""])
def test_a_file_needs_its_two_halves(write: Write, text: str) -> None:
    with pytest.raises(PromptError, match="essai"):
        write(text)


def test_a_file_that_is_missing_is_named(write: Write) -> None:
    _forget()
    with pytest.raises(PromptError, match=r"essai\.md\.j2 is missing"):
        render(Essai(), Words())


def test_an_unknown_variable_is_a_mistake(write: Write) -> None:
    with pytest.raises(TemplateError):
        write("{{ inconnu }}\n--- données ---\n")


@pytest.mark.parametrize(
    "trick", ["{{ text.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ more.update({'a': 1}) }}", "{% include 'x' %}"]
)
def test_a_prompt_runs_in_a_sandbox(write: Write, trick: str) -> None:
    with pytest.raises((SecurityError, TemplateError, TypeError)):
        write(f"{trick}\n--- données ---\n")
