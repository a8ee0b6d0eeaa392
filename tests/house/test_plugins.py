"""Plug-ins are found by the module they stand in."""

from pathlib import Path

import pytest

from berinia.plugins import discover
from communications.providers.base import Provider

BASE = "class Base:\n    name: str\n"
ONE = "from found{n}.base import Base\n\nclass One(Base):\n    name = 'one'\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> tuple[str, Path]:
    name = f"found{abs(hash(request.node.name))}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "base.py").write_text(BASE)
    (folder / "one.py").write_text(ONE.format(n=name.removeprefix("found")))
    monkeypatch.syspath_prepend(tmp_path)
    return name, folder


def _base(name: str) -> type:
    import importlib

    base: type = importlib.import_module(f"{name}.base").Base
    return base


def test_a_new_file_is_all_it_takes(package: tuple[str, Path]) -> None:
    name, _folder = package
    assert {key: cls.__name__ for key, cls in discover(name, _base(name)).items()} == {"one": "One"}


def test_two_of_one_name_are_refused(package: tuple[str, Path]) -> None:
    name, folder = package
    (folder / "two.py").write_text((folder / "one.py").read_text())
    with pytest.raises(ValueError, match="'one'"):
        discover(name, _base(name))


def test_the_providers_are_found() -> None:
    assert {"resend", "twilio"} <= discover("communications.providers", Provider).keys()
