"""`make demo` plays its story against the running system."""

import subprocess
import sys

import pytest

from tests.road.conftest import ROOT, System

pytestmark = pytest.mark.road


def test_the_demo_plays_to_its_end_and_says_why_it_waits(system: System) -> None:
    played = subprocess.run(
        [sys.executable, "manage.py", "demo"], cwd=ROOT, env=system.environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert played.returncode == 0, played.stderr
    assert "Pourquoi ? Elle est depuis le" in played.stdout
    assert "Alerte à l'équipe : Aucune fin d'intervention signalée pour Camille Martin" in played.stdout
    assert "intervention_terminee" in played.stdout
    assert "convertie" in played.stdout
    assert len(system.twilio.accepted()) == 2
