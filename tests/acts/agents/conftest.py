"""The tests' own agent is found among the others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from agents import prompts
from agents.agent import agents
from tests.acts.agents.asked import Essai

TEXT = "Note ce texte.\n--- données ---\n{{ text | bloc('texte') }}\n"


@pytest.fixture
def essai(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Essai]:
    """The agent, and its prompt in a folder of its own."""
    (tmp_path / "essai.md.j2").write_text(TEXT)
    monkeypatch.setattr(prompts, "FOLDER", tmp_path)
    agent = Essai()
    monkeypatch.setitem(cast("dict[str, Any]", agents()), "essai", agent)
    _forget()
    yield agent
    _forget()


def _forget() -> None:
    for cached in (prompts.source, prompts.halves, prompts.version):
        cached.cache_clear()
