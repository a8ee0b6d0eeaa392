"""Whatever is done to executions, the counters of their steps say what a recount says."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_event, make_workflow
from workflows import control
from workflows.control import ConflictError, Order
from workflows.deploy import publish
from workflows.erase import ErasureBusyError, erase
from workflows.migrate import migrate
from workflows.models import Execution, StepMetric, Workflow
from workflows.models.step_metric import PASSED
from workflows.recount_steps import explained, standing_differences, step_differences
from workflows.scope import Scope
from workflows.standing import fold

pytestmark = pytest.mark.django_db
BEGINNING = NOW - timedelta(days=3_000)
STEPS: list[dict[str, Any]] = [
    {"id": "accuse", "send": "sms", "template": "urgence_accuse"},
    {"id": "appel", "call": {"url": "https://crm.example.com/", "timeout": "20m"}},
    {"id": "pause", "wait": "15m"},
    {
        "id": "reponse",
        "wait_for": {"event": "reponse", "timeout": "30m"},
        "else": [{"id": "abandon", "stop": "rien"}],
    },
    {"id": "note", "update": {"tags": ["vu"]}, "only_if": "contact.email != ''"},
    {"id": "fin_pause", "wait": "10m"},
]
OLD = {"trigger": {"event": "demande"}, "goal": {"event": "vendu", "within": "2h"}, "steps": STEPS}
# Who has passed the pause and moves here passes it again.
NEW = {**OLD, "steps": [STEPS[0], STEPS[1], STEPS[4], STEPS[3], STEPS[2], STEPS[5]]}


def passed(workflow: Workflow) -> Counter[str]:
    found: Counter[str] = Counter()
    for step, value in StepMetric.objects.filter(workflow_id=workflow.pk, name=PASSED).values_list("step", "value"):
        found[step] += value
    return found


def test_each_step_is_counted_once_a_person(town: Town) -> None:
    workflow = make_workflow({**OLD, "steps": [STEPS[0], STEPS[2], STEPS[4]]}, site=town.site)
    town.report("demande")
    assert passed(workflow) == {"accuse": 1}
    town.later(minutes=15)
    assert passed(workflow) == {"accuse": 1, "pause": 1, "note": 1}
    town.report("vendu")
    assert StepMetric.objects.get(name="convertie").step == "_fin"


def test_who_begins_anew_is_the_same_person(town: Town) -> None:
    workflow = make_workflow({**OLD, "steps": STEPS[:3]}, site=town.site)
    town.report("demande")
    town.later(minutes=20)
    execution = Execution.objects.get()
    assert (execution.status, execution.at, passed(workflow)) == ("echouee", "appel", {"accuse": 1, "appel": 1})
    assert StepMetric.objects.get(name="echouee").value == 1
    control.retry(Scope.executions([execution.pk]), Order("camille", town.now), from_start=True)
    town.drain()
    assert passed(workflow) == {"accuse": 1, "appel": 1}
    assert StepMetric.objects.get(name="echouee").value == 0
    assert step_differences(BEGINNING) == []


def test_who_moves_to_a_version_that_repeats_a_step_passes_it_once(town: Town) -> None:
    waits = [{"id": "un", "wait": "1h"}, {"id": "deux", "wait": "1h"}]
    workflow = make_workflow({**OLD, "steps": waits}, site=town.site)
    town.report("demande")
    town.later(hours=1)
    publish(workflow, {**OLD, "goal": {"event": "vendu", "within": "9h"}, "steps": waits[::-1]})
    workflow.refresh_from_db()
    migrate(workflow, workflow.version, by="claire", now=town.now)
    town.later(hours=1)
    town.later(hours=1)
    assert Execution.objects.get().at == "_fin"
    assert passed(workflow) == {"un": 1, "deux": 1}
    assert step_differences(BEGINNING) == []


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_done_to_them(town: Town, seed: int) -> None:
    """Many acts in any order; after each, both recounts say what the counters say."""
    dice, reached = random.Random(seed), Counter[str]()
    workflow = make_workflow(OLD, site=town.site)
    people = [make_contact(site=town.site) for _n in range(8)]

    def some() -> Scope:
        ids = list(Execution.objects.values_list("pk", flat=True))
        return Scope.executions(dice.sample(ids, min(len(ids), dice.randint(1, 3))))

    def order() -> Order:
        return Order("camille", town.now)

    def report(name: str) -> None:
        contact = dice.choice(people)
        make_event(contact=contact, name=name, data={}, occurred_at=town.now, received_at=town.now)
        town.drain()

    def move() -> None:
        publish(workflow, dice.choice([OLD, NEW]))
        workflow.refresh_from_db()
        migrate(workflow, dice.choice(list(workflow.versions.all())), by="claire", now=town.now)
        town.drain()

    def lose() -> None:
        """An instruction that is nowhere: it fails there."""
        Execution.objects.filter(pk__in=list(some().chosen.ids or ())[:1], status="en_cours").update(at="perdue")

    def forget() -> None:
        erase(people.pop(), "camille", "demande", town.now)
        people.append(make_contact(site=town.site))

    def start() -> None:
        report("demande")

    def pause() -> None:
        control.pause(some(), order())

    def stop() -> None:
        control.stop(some(), order())

    acts: list[Callable[[], object]] = [
        *[start] * 6, lambda: report("reponse"), lambda: report("vendu"),
        *[lambda: town.later(minutes=dice.choice([5, 10, 16, 40]))] * 6,
        pause, lambda: control.resume(some(), order()), lambda: control.skip_step(some(), order()), stop,
        lambda: control.retry(some(), order()), lambda: control.retry(some(), order(), from_start=True),
        move, lose, fold,
    ]  # fmt: skip
    last = [forget] * 4  # the recount cannot say more of people once some were erased
    for act in [*[start] * 12, pause, stop, *dice.choices(acts, k=64), *last]:
        try:
            act()
        except (ConflictError, ErasureBusyError):
            continue
        reached.update(Execution.objects.values_list("status", flat=True))
        assert standing_differences() == []
        different = step_differences(BEGINNING)
        assert [one for one in different if one not in explained(different, town.now)] == []
    assert reached.keys() >= {"en_cours", "en_pause", "arretee"}, "the acts hardly reached anything"


def test_the_command_compares_them_too(town: Town) -> None:
    town.now = datetime.now(UTC)  # the command knows what is too old to be there
    make_workflow(OLD, site=town.site)
    town.report("demande")
    out = StringIO()
    call_command("recount_messages", "--check", stdout=out)
    StepMetric.objects.filter(name=PASSED, step="accuse").update(value=7)
    call_command("recount_messages", stdout=out)
    assert "accuse  passed : 1 en réalité, 7 comptés" in out.getvalue()
