"""The gallery shows every message of the library, both ways, by day and by night."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from communications.rendering import library_sources
from workflows.deploy import sectors


def test_every_message_is_in_the_gallery(tmp_path: Path, settings: object, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("messages", "render-all", "--out", str(tmp_path))
    page = (tmp_path / "index.html").read_text()
    sources = [source for sector in sectors() for source in library_sources(sector)]
    for source in sources:
        assert page.count(f"<h3>{source.name} ") == 2 * sum(other.name == source.name for other in sources)
    emails = [source for source in sources if source.channel == "email"]
    assert f"{2 * len(emails)} emails" in capsys.readouterr().out
    assert len(list(tmp_path.glob("*.jour.html"))) == len(list(tmp_path.glob("*.txt"))) == 2 * len(emails)
    for file in re.findall(r'src="([^"]+)"', page):
        assert (tmp_path / file).is_file()


def test_by_night_the_rules_of_the_night_hold_and_by_day_they_do_not(tmp_path: Path) -> None:
    call_command("messages", "render-all", "--out", str(tmp_path))
    day, night = ((tmp_path / f"coach-valeur.complet.{when}.html").read_text() for when in ("jour", "nuit"))
    assert ("@media not all" in day, "@media all" in day) == (True, False)
    assert ("@media not all" in night, "@media all" in night) == (False, True)


def test_without_a_folder_it_goes_beside_the_data(tmp_path: Path, settings: object) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    call_command("messages", "render-all")
    assert (tmp_path / "messages" / "index.html").is_file()


def test_it_does_nothing_else() -> None:
    with pytest.raises(CommandError):
        call_command("messages", "autre")
