"""An event that would start a workflow: of each one of the library, and where no event does."""

from datetime import UTC, datetime

import pytest

from workflows.definition import parse
from workflows.deploy import sectors
from workflows.samples import sample_event

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
LIBRARY = [item for sector in sectors().values() for item in sector.workflows]
STEPS = [{"id": "a", "notify": "x"}]


@pytest.mark.parametrize("item", LIBRARY, ids=lambda item: item.slug)
def test_the_sample_of_each_workflow_of_the_library_would_start_it(item):
    found = sample_event(item.definition, NOW)
    assert found is not None
    assert found.is_sure
    key = item.definition.entry.key
    assert key is None or found.data[key]


def test_an_urgent_request_is_urgent():
    (item,) = [item for item in LIBRARY if item.slug == "devis-urgent"]
    found = sample_event(item.definition, NOW)
    assert found
    assert (found.name, found.data["urgence"]) == ("demande_devis", "haute")


def test_a_condition_that_is_not_plain_is_not_pretended_to_hold():
    found = sample_event(parse({"trigger": {"event": "x", "where": "size(event.mots) > 12"}, "steps": STEPS}), NOW)
    assert found
    assert not found.is_sure


def test_a_schedule_has_no_event():
    assert sample_event(parse({"trigger": {"schedule": "0 9 * * 1", "audience": "true"}, "steps": STEPS}), NOW) is None
