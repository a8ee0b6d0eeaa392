"""A short storm, another at each run; when something was found, its seed says how to raise it again."""

import random
import warnings
from pathlib import Path

import pytest

from tests.chaos import clock
from tests.chaos.storm import figures, raise_storm

pytestmark = pytest.mark.road

SECONDS, RATE = 45.0, 20.0


def test_a_short_storm_loses_and_repeats_nothing(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    if clock.library() is None:
        warnings.warn("libfaketime does not work here: the storm has no clock steps", stacklevel=1)
    storm = raise_storm(seed, SECONDS, RATE, most_faults=1, patience=120, keep=tmp_path)
    again = f"again: python -m tests.chaos --seed {seed} --minutes {SECONDS / 60} --rate {RATE}"
    assert not storm.wrong, "\n".join([figures(storm), *storm.wrong[:20], f"logs and journal: {tmp_path}", again])
    assert storm.world is not None
    assert len(storm.journal.incidents) >= 5
    assert min(len(storm.world.executions), len(storm.world.sms), len(storm.world.emails)) > 20
