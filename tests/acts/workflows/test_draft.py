"""A draft is saved as it is written, checked, and published as the next version."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from communications.models import Template
from crm.models import Segment
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_execution, make_site, make_workflow
from workflows.draft import (
    DraftConflictError,
    DraftError,
    NotPublishableError,
    as_yaml,
    discard,
    known_of,
    publish,
    revision,
    save,
    take_in,
    validate,
)
from workflows.exchange import ExchangeError, from_yaml, to_yaml
from workflows.models import DefinitionVersion, Execution, Workflow

pytestmark = pytest.mark.django_db
GOOD = "trigger: {event: demande}\nsteps:\n  - {id: pause, wait: 20m}\n"
BY: dict[str, Any] = {"by": "claire", "now": NOW}


def drafted(text: str = GOOD, **changes: Any) -> Workflow:
    workflow = make_workflow(**changes)
    save(workflow, text, **BY)
    return workflow


def actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor"))


def test_any_text_is_saved_with_what_is_wrong_with_it() -> None:
    workflow = make_workflow()
    verdict = save(workflow, "trigger: [", **BY)
    assert (verdict.is_good, verdict.errors[0].line) == (False, 2)
    workflow.refresh_from_db()
    assert (workflow.draft, workflow.draft_by, workflow.draft_at) == ("trigger: [", "claire", NOW)
    assert actions() == [("workflow.brouillon", "claire")]
    assert save(workflow, GOOD, **BY).is_good


@pytest.mark.parametrize("text", ["", "  \n", "a\x00", "\ud800", "x" * 300_000])
def test_what_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(DraftError):
        save(make_workflow(), text, **BY)


def test_publishing_makes_the_next_version_for_new_executions_only() -> None:
    workflow = drafted()
    running = make_execution(workflow=workflow)
    published = publish(workflow, seen=revision(workflow), **BY)
    workflow.refresh_from_db()
    assert (published.version.number, published.version.published_by) == (2, "claire")
    assert (workflow.version, workflow.draft, workflow.draft_by, workflow.draft_at) == (published.version, "", "", None)
    assert [trigger.event for trigger in workflow.triggers.all()] == ["demande"]
    assert Execution.objects.get(pk=running.pk).version.number == 1
    entry = AuditEntry.objects.get(action="workflow.publication")
    assert (entry.details, entry.target_id, entry.organization) == (
        {"version": 2}, workflow.pk, workflow.organization,
    )  # fmt: skip


def test_a_new_execution_runs_the_new_version(town: Town) -> None:
    workflow = drafted(site=town.site)
    publish(workflow, seen=revision(workflow), **BY)
    town.report("demande")
    assert town.execution(workflow.slug).version.number == 2


def test_what_somebody_changed_meanwhile_is_not_published_unseen() -> None:
    workflow = drafted()
    seen = revision(workflow)
    other = Workflow.objects.get(pk=workflow.pk)
    save(other, GOOD.replace("20m", "5s"), by="paul", now=NOW)
    with pytest.raises(DraftConflictError, match="paul"):
        publish(workflow, seen=seen, **BY)
    with pytest.raises(DraftConflictError):
        save(workflow, GOOD, seen=seen, **BY)
    with pytest.raises(DraftConflictError):
        discard(workflow, seen=seen, **BY)
    assert DefinitionVersion.objects.count() == 1


def test_a_version_that_came_meanwhile_is_noticed_too() -> None:
    workflow = drafted()
    seen = revision(workflow)
    publish(Workflow.objects.get(pk=workflow.pk), seen=seen, **BY)
    save(workflow, GOOD.replace("20m", "5s"), **BY)
    Workflow.objects.filter(pk=workflow.pk).update(draft=GOOD)
    with pytest.raises(DraftConflictError):
        publish(workflow, seen=seen, **BY)


def test_a_draft_with_errors_is_not_published() -> None:
    workflow = drafted(GOOD + "  - {id: sms, send: sms, template: inconnu}\n")
    with pytest.raises(NotPublishableError) as caught:
        publish(workflow, seen=revision(workflow), **BY)
    (remark,) = caught.value.verdict.errors
    assert (remark.path, remark.line) == ("steps[1].template", 4)
    assert Workflow.objects.get().draft
    assert DefinitionVersion.objects.count() == 1


def test_no_draft_or_one_that_changes_nothing_is_not_published() -> None:
    workflow = make_workflow()
    Template.objects.create(organization=workflow.organization, name="plombier/urgence_accuse", channel="sms", body="a")
    Template.objects.create(
        organization=workflow.organization, name="plombier/urgence_en_route", channel="sms", body="a"
    )
    with pytest.raises(DraftError, match="pas de brouillon"):
        publish(workflow, seen=revision(workflow), **BY)
    save(workflow, as_yaml(workflow), **BY)
    with pytest.raises(DraftError, match="ne change rien"):
        publish(workflow, seen=revision(workflow), **BY)


def test_a_discarded_draft_is_gone() -> None:
    workflow = drafted()
    assert discard(workflow, **BY)
    assert not discard(workflow, **BY)
    assert Workflow.objects.get().draft == ""
    assert actions()[-1] == ("workflow.brouillon_abandonne", "claire")


def test_the_verdict_looks_at_this_site_only() -> None:
    workflow, stranger = make_workflow(), make_workflow(slug="ailleurs")
    Segment.objects.create(
        site=stranger.site, organization=stranger.organization, slug="vip", name="VIP", condition="true"
    )
    text = "trigger: [{event: appel_urgence}, {segment: vip}]\nsteps: [{id: suite, start: ailleurs}]"
    verdict = validate(workflow, text)
    assert [remark.path for remark in verdict.errors] == ["steps[0].start", "trigger[1]"]
    assert verdict.warnings == ()
    rival = make_workflow(site=workflow.site, slug="ailleurs", name="Rival")
    Segment.objects.create(
        site=workflow.site, organization=workflow.organization, slug="vip", name="VIP", condition="true"
    )
    verdict = validate(workflow, text)
    assert [str(remark) for remark in verdict.warnings] == [
        "ligne 1, trigger[0] : « Rival », actif sur ce site, commence avec le même événement « appel_urgence »"
    ]
    assert verdict.is_good
    assert known_of(rival).workflows == {workflow.slug: "actif"}


def test_two_workflows_may_not_start_each_other() -> None:
    first = make_workflow(slug="un")
    second = make_workflow(
        {"trigger": {"api": True}, "steps": [{"id": "a", "start": "un"}]}, site=first.site, slug="deux"
    )
    assert second.version
    verdict = validate(first, "trigger: {api: true}\nsteps: [{id: a, start: deux}]")
    assert "un → deux → un" in verdict.errors[0].text


def test_the_steps_where_executions_stand_are_missed() -> None:
    workflow = make_workflow()
    make_execution(workflow=workflow)
    make_execution(workflow=workflow, status="terminee", at="accuse")
    verdict = validate(workflow, GOOD.replace("pause", "autre"))
    assert ["« pause »" in remark.text for remark in verdict.warnings] == [True]


def test_a_text_is_taken_in_as_a_new_workflow_and_again_as_its_draft() -> None:
    site = make_site()
    text = to_yaml(from_yaml(GOOD).document, slug="accueil", name="Accueil", sector="coach")
    first = take_in(site, text, **BY)
    assert (first.is_new, first.workflow.name, first.workflow.sector, first.version) == (True, "Accueil", "coach", None)
    assert not take_in(site, text, **BY).is_new
    changed = text.replace("20m", "25m")
    with pytest.raises(DraftConflictError, match="claire"):
        take_in(site, changed, **BY)
    done = take_in(site, changed, may_replace=True, is_published=True, **BY)
    assert (done.version and done.version.number, Workflow.objects.get().draft) == (1, "")
    renamed = take_in(site, changed.replace("Accueil", "Bienvenue"), is_published=True, **BY)
    assert (renamed.workflow.name, Workflow.objects.get().name) == ("Bienvenue", "Bienvenue")


def test_what_cannot_be_published_is_not_taken_in_at_all() -> None:
    text = to_yaml(from_yaml(GOOD + "  - {id: a, start: rien}").document, slug="accueil")
    with pytest.raises(NotPublishableError):
        take_in(make_site(), text, is_published=True, **BY)
    assert not Workflow.objects.exists()


def test_a_text_without_its_slug_is_not_taken_in() -> None:
    with pytest.raises(ExchangeError, match="slug"):
        take_in(make_site(), GOOD, **BY)


def test_a_draft_of_another_workflow_or_sector_is_an_error() -> None:
    workflow = make_workflow(slug="un")
    text = to_yaml(from_yaml(GOOD).document, slug="deux", sector="coach")
    assert [remark.path for remark in validate(workflow, text).errors] == ["slug", "sector"]
