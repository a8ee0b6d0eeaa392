"""What one contact costs: along a course, and at the most, for what people wrote and for the whole library."""

from typing import Any

import pytest

from workflows.costs import Cost, Price, costs, course, most
from workflows.definition import Definition, parse
from workflows.deploy import sectors

EUROS = {"email": 0.001, "sms": 0.06, "whatsapp": 0.05}
LIBRARY = [(sector.slug, item.slug, item.definition) for sector in sectors().values() for item in sector.workflows]


def price(template: str, channel: str) -> Price:
    """An SMS of two segments when its name ends with « long », of one otherwise."""
    segments = (2 if template.endswith("long") else 1) if channel == "sms" else 0
    return Price(segments, EUROS[channel] * max(segments, 1))


def definition(*steps: dict[str, Any], **more: Any) -> Definition:
    return parse({"trigger": {"event": "demande_devis"}, "steps": list(steps)} | more)


def sms(name: str, template: str = "court", **more: Any) -> dict[str, Any]:
    return {"id": name, "send": "sms", "template": template, **more}


def email(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "send": "email", "template": "lettre", **more}


def counts(cost: Cost) -> tuple[dict[str, int], int]:
    return dict(cost.messages), cost.segments


def test_what_is_sent_in_order_is_added_up() -> None:
    found = costs(definition(sms("a"), email("b"), sms("c", "long")), "artisan", price)
    assert counts(found.silent) == counts(found.answered) == counts(found.most) == ({"email": 1, "sms": 2}, 3)
    assert found.most.euros == pytest.approx(0.181)


def test_silence_and_an_answer_lead_along_their_branches() -> None:
    wait = {"id": "w", "wait_for": {"event": "contact_etabli", "timeout": "1d"},
            "then": [email("merci")], "else": [sms("r1"), sms("r2")]}  # fmt: skip
    found = costs(definition(sms("a"), wait), "artisan", price)
    assert counts(found.silent) == ({"sms": 3}, 3)
    assert counts(found.answered) == ({"email": 1, "sms": 1}, 1)
    assert counts(found.most) == ({"sms": 3}, 3)


def test_the_dearest_branch_counts_even_where_it_ends_there() -> None:
    ends = {"id": "i", "if": "event.x == 1", "then": [sms("t", "long"), {"id": "s", "stop": "fini"}], "else": []}
    assert counts(most(definition(ends, sms("z")), "artisan", price)) == ({"sms": 1}, 2)
    assert counts(most(definition(ends, sms("z"), sms("y", "long")), "artisan", price)) == ({"sms": 2}, 3)


def test_nothing_follows_a_stop_unless_it_may_be_passed_over() -> None:
    stop: dict[str, Any] = {"id": "s", "stop": "fini"}
    assert counts(most(definition(sms("a"), stop, sms("z")), "artisan", price)) == ({"sms": 1}, 1)
    maybe = stop | {"only_if": "event.x == 1"}
    assert counts(most(definition(sms("a"), maybe, sms("z")), "artisan", price)) == ({"sms": 2}, 2)


def test_who_has_no_address_is_not_written_to_on_it_and_not_on_both_instead_of_one() -> None:
    steps = (email("e", only_if="contact.email != ''"), sms("s", only_if="contact.email == ''"))
    found = costs(definition(*steps), "artisan", price)
    assert counts(found.silent) == ({"email": 1}, 0)
    assert counts(found.most) == ({"sms": 1}, 1)  # the dearer of the two, not both


def test_a_message_that_fails_and_its_replacement_both_count_at_the_most() -> None:
    step = sms("s", on_failure=[email("e")])
    found = costs(definition(step), "artisan", price)
    assert counts(found.silent) == ({"sms": 1}, 1)
    assert counts(found.most) == ({"email": 1, "sms": 1}, 1)


def test_a_course_says_when_each_message_leaves() -> None:
    steps = (sms("a"), {"id": "p", "wait": "15m"}, email("b"))
    assert [(d.step, d.after.total_seconds()) for d in course(definition(*steps), "artisan")] == [("a", 0), ("b", 900)]


@pytest.mark.parametrize(("sector", "slug", "written"), LIBRARY, ids=[slug for _sector, slug, _written in LIBRARY])
def test_no_course_of_the_library_costs_more_than_the_most(sector: str, slug: str, written: Definition) -> None:
    found = costs(written, sector, price)
    assert found.most.euros > 0
    for cost in (found.silent, found.answered):
        assert cost.euros <= found.most.euros + 1e-9
        assert cost.messages


# Counted by hand in workflows/library: emails and SMS if nothing comes, if all comes, at the most.
BY_HAND = {
    "devis-urgent": ({"email": 1, "sms": 2}, {"email": 1, "sms": 1}, {"email": 1, "sms": 2}),
    "suivi-chantier": ({"sms": 1}, {"email": 1, "sms": 3}, {"sms": 4}),
    "consultation-urgente": ({"email": 2, "sms": 1},) * 3,
    "nurturing-prospect": ({"email": 2}, {"email": 3}, {"email": 3}),
    "urgence-24h": ({"sms": 2}, {"sms": 2}, {"sms": 3}),
}


@pytest.mark.parametrize(("sector", "slug", "written"), LIBRARY, ids=[slug for _sector, slug, _written in LIBRARY])
def test_the_library_costs_what_one_counts_by_hand(sector: str, slug: str, written: Definition) -> None:
    found = costs(written, sector, price)
    assert tuple(dict(cost.messages) for cost in (found.silent, found.answered, found.most)) == BY_HAND[slug]
