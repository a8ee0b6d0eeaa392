"""The library where things go otherwise: a stage never reported, a poor review, a site that said little."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from communications.rendering import ContactFacts, SiteFacts, Source, context, library_sources, render, render_text
from workflows.compile import compile_definition
from workflows.definition import Definition
from workflows.deploy import sectors
from workflows.program import Program, State
from workflows.steps.at import At
from workflows.steps.notify import Notify
from workflows.steps.wait_for import WaitFor

NOW = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
JEAN = ContactFacts("Jean Dupont", "jean@exemple.fr", "+33612345678")
ONLY_PHONE, ONLY_EMAIL = ContactFacts("", "", "+33612345678"), ContactFacts("", "a@b.fr", "")
SOURCES = [source for sector in sorted(sectors()) for source in library_sources(sector)]


def definitions() -> Iterator[Definition]:
    return (workflow.definition for sector in sectors().values() for workflow in sector.workflows)


def program(sector: str, slug: str) -> Program:
    found = next(w.definition for w in sectors()[sector].workflows if w.slug == slug)
    return compile_definition(found, sector)


def step(sector: str, step_id: str) -> Any:
    steps = (s for w in sectors()[sector].workflows for s in w.definition.all_steps())
    return next(s for s in steps if s.id == step_id)


def heard(sector: str, slug: str, event: str, **data: Any) -> set[str]:
    return set(program(sector, slug).signals_of(event, data, occurred_at=NOW, started_at=NOW))


def facts(contact: ContactFacts, site: SiteFacts) -> dict[str, Any]:
    return context(contact, site, {}, now=NOW, unsubscribe_url="https://b.fr/u/1")


def by_name(source: Source) -> str:
    return f"{source.name}.{source.channel}"


@pytest.mark.parametrize(("number", "key"), [(1, "etape_1"), ("1", "etape_1"), (2, "etape_2"), ("2", "etape_2")])
def test_two_stages_are_two_signals(number, key):
    assert heard("artisan", "suivi-chantier", "etape_chantier", numero=number) == {key}


def test_finished_works_have_no_stage_left_to_wait_for():
    seen = frozenset(heard("artisan", "suivi-chantier", "chantier_termine"))
    assert "etape_1" in seen, "an execution wakes at a signal that bears the id of the step where it rests"
    works, rests_at, way = program("artisan", "suivi-chantier"), "etape_1", []
    for _ in range(3):
        state = State(at=rests_at, entered_at=NOW, started_at=NOW, seen=seen)
        rests_at = works.instructions[rests_at].move(state, NOW).to
        way.append(rests_at)
    assert way == ["etape_2", "fin", "avis"]


@pytest.mark.parametrize(("sector", "slug"), [("artisan", "suivi-chantier"), ("plombier", "urgence-24h")])
@pytest.mark.parametrize(
    ("note", "keys"),
    [(5, {"goal"}), ("4.0", {"goal"}), (3.9, {"avis_reserve"}), ("1", {"avis_reserve"}), ("bof", set()), (None, set())],
)
def test_a_note_is_a_success_or_a_person_to_call_back(sector, slug, note, keys):
    assert heard(sector, slug, "avis_client", note=note) == keys


def test_the_moments_are_those_that_were_promised():
    contact = step("artisan", "contact")
    assert step("artisan", "quart_heure").wait == timedelta(minutes=15)
    assert step("artisan", "quart_heure").wait + contact.wait_for.timeout == timedelta(hours=24)
    assert [s.at for s in sectors()["avocat"].workflows[0].definition.steps if isinstance(s, At)] == [
        timedelta(hours=2),
        timedelta(hours=3),
    ]
    assert (step("coach", "deux_jours").at, step("coach", "dix_jours").at) == (timedelta(days=2), timedelta(days=10))
    assert step("plombier", "deja_fini").wait_for.timeout == timedelta(minutes=15)


def test_nobody_is_waited_for_without_end():
    for definition in definitions():
        waits = [s for s in definition.all_steps() if isinstance(s, WaitFor)]
        assert all(s.wait_for.timeout <= timedelta(days=90) for s in waits)


@pytest.mark.parametrize("contact", [JEAN, ONLY_PHONE, ONLY_EMAIL], ids=["all", "phone", "email"])
def test_every_alert_can_be_written_for_every_contact(contact):
    for definition in definitions():
        for notice in (s for s in definition.all_steps() if isinstance(s, Notify)):
            text = render_text(notice.notify, facts(contact, SiteFacts("Durand")))
            assert text
            assert not text.endswith((", ", ",", "()")), text


@pytest.mark.parametrize("source", SOURCES, ids=by_name)
@pytest.mark.parametrize("site", [SiteFacts("Durand"), SiteFacts("Durand", "+33123456789")], ids=["name", "phone"])
def test_a_site_that_said_little_still_writes_whole_sentences(source, site):
    for contact in (JEAN, ONLY_PHONE):
        message = render(source, facts(contact, site))
        assert 'href=""' not in message.html
        assert not re.search(r"[:,] *\Z|\(\)|,,|\s,|\bau \.|None", message.text), message.text
