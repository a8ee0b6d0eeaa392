"""The content security policy lets no inline script run: a template that needs one would be broken in a browser."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    if ".venv" not in path.parts
)  # fmt: skip
SOURCES = sorted(path for folder in ("berinia", "accounts", "crm", "communications", "agents", "workflows")
                 for path in ROOT.glob(f"{folder}/**/*.py"))  # fmt: skip
HANDLER = re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["'{]""", re.IGNORECASE)
SCRIPT = re.compile(r"<script(?![^>]*(?:\ssrc=|application/json))[^>]*>\s*\S", re.IGNORECASE)
ADDRESS = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*javascript:""", re.IGNORECASE)
ELSEWHERE = re.compile(r"""<(?:script|link|img|iframe)[^>]*\s(?:src|href)=["']https?://""", re.IGNORECASE)
RULES = {"handler": HANDLER, "script": SCRIPT, "javascript: address": ADDRESS}


def faults(text: str) -> list[str]:
    return [name for name, pattern in RULES.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_runs_nothing_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not faults(text)
    assert not ELSEWHERE.search(text), "nothing comes from other hosts"


def test_neither_does_html_that_python_writes() -> None:
    found = {str(path.relative_to(ROOT)): faults(path.read_text()) for path in SOURCES}
    assert not {path: names for path, names in found.items() if names}


@pytest.mark.parametrize(
    "text",
    [
        '<select name="site" onchange="this.form.submit()">', "<body\n  onload='x()'>", "<script>go()</script>",
        '<script type="module">\nimport x</script>', '<a href="javascript:x()">', "<a href=javascript:x()>",
    ],
)  # fmt: skip
def test_it_would_be_noticed(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    ['<script src="{% static "x.js" %}" defer></script>', '<a x-on:click="open = true">',
     '<script type="application/json" id="x">{"a": 1}</script>', '<p data-confirm="one=1">'],
)  # fmt: skip
def test_what_is_allowed_passes(text: str) -> None:
    assert not faults(text)
