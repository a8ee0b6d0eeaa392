"""A run is done anew, by the worker, and nothing else comes of it."""

from typing import Any

import pytest

from agents import replay
from agents.ledger import reclaim
from agents.models import AgentRun
from agents.run import ask_all
from tests.acts.agents.asked import GOOD, Mark, ask
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_contact

pytestmark = pytest.mark.usefixtures("db", "essai")


def test_a_run_is_done_anew_with_what_it_was_told(openai: FakeOpenAI) -> None:
    contact = make_contact()
    openai.replies.append(GOOD)
    given = ask("mot", organization=contact.organization, site_id=contact.site_id, contact_id=contact.pk)
    (answered,) = ask_all([given], now=NOW)
    assert replay.queue([answered.run_id], NOW) == 1
    assert len(openai.calls) == 1  # not in the request
    openai.replies.append(Mark(kind="cold", score=3))
    assert (replay.run_batch(now=NOW, limit=5), replay.run_batch(now=NOW, limit=5)) == (1, 0)
    first, again = AgentRun.objects.order_by("pk")
    assert (again.replay_of, again.status, again.output["score"], again.model) == (first.pk, "terminee", 3, first.model)
    assert (again.input, again.contact_id, again.site_id) == ({"text": "mot"}, contact.pk, contact.site_id)
    assert again.input_hash == first.input_hash
    assert first.output["score"] == 80


def test_a_replay_is_not_answered_from_memory(openai: FakeOpenAI, settings: Any) -> None:
    settings.AGENT_CACHE_HOURS = 1
    openai.default = GOOD
    (answered,) = ask_all([ask("mémoire")], now=NOW)
    replay.queue([answered.run_id], NOW)
    replay.run_batch(now=NOW, limit=5)
    assert len(openai.calls) == 2


def test_what_an_agent_no_longer_understands_fails_with_a_reason() -> None:
    fields = {"organization": make_contact().organization, "created_at": NOW}
    runs = [
        AgentRun.objects.create(agent="essai", input={"texte": "x"}, **fields),
        AgentRun.objects.create(agent="disparu", input={}, **fields),
        AgentRun.objects.create(agent="essai", input=None, **fields),
    ]
    assert replay.queue([run.pk for run in runs], NOW) == 2
    replay.run_batch(now=NOW, limit=5)
    again = AgentRun.objects.filter(replay_of__isnull=False)
    assert list(again.values_list("status", "error")) == [("echouee", "entree_perimee")] * 2


def test_a_replay_whose_worker_died_fails() -> None:
    run = AgentRun.objects.create(
        organization=make_contact().organization, agent="essai", input={"text": "x"}, created_at=NOW
    )
    replay.queue([run.pk], NOW)
    replay._claimed(NOW, 5)
    assert reclaim(NOW + replay.LEASE) == 1
    assert AgentRun.objects.get(replay_of=run.pk).error == "abandonnee"
    assert replay.run_batch(now=NOW, limit=5) == 0
