"""The page of the language says what the language does: every example is read, checked and played to its end.

The word after `yaml` says what a block is: a whole workflow, some steps, a trigger, parts of a workflow, conditions
with the facts that they are about, or something wrong with the errors below it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from berinia.signing import signed_headers
from communications.calls import body_of
from communications.rendering import MESSAGES
from crm.serializers import OURS
from workflows.compile import compile_definition
from workflows.conditions import FUNCTIONS, NAMES, compile_condition
from workflows.definition import DefinitionError, parse, step_kinds
from workflows.deploy import sectors
from workflows.entry import Refused
from workflows.explain import forecast
from workflows.facts import contact_facts
from workflows.program import OPT_OUT, State
from workflows.reference import PageError, filled, parts
from workflows.schema import schema
from workflows.triggers import ABOUT_STEPS, FORMS, SMS_RECEIVED

PATH = Path(__file__).parents[2] / "docs" / "language.md"
PAGE = PATH.read_text()
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
VALIDATOR = Draft202012Validator(schema(""))
WORKFLOW: dict[str, Any] = {"trigger": {"event": "demande"}, "steps": [{"id": "fin", "wait": "1m"}]}
# How a block becomes a whole workflow.
WHOLE = {
    "workflow": lambda content: content,
    "parts": lambda content: WORKFLOW | content,
    "trigger": lambda content: WORKFLOW | {"trigger": content},
    "steps": lambda content: WORKFLOW | {"steps": content},
}


def blocks(language: str, *kinds: str) -> list[str]:
    return [text for name, kind, text in BLOCK.findall(PAGE) if name == language and (not kinds or kind in kinds)]


def examples() -> Iterator[Any]:
    for kind, make in WHOLE.items():
        for text in blocks("yaml", kind):
            yield pytest.param(make(yaml.safe_load(text)), id=f"{kind}: {text.splitlines()[0]}")


def facts() -> dict[str, Any]:
    (text,) = blocks("yaml", "facts")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def conditions(kind: str) -> list[str]:
    return [source for text in blocks("yaml", kind) for source in yaml.safe_load(text)]


def keys_of(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set(value) | {key for inner in value.values() for key in keys_of(inner)}
    return {key for inner in value for key in keys_of(inner)} if isinstance(value, list) else set()


WORKFLOWS = list(examples())


def test_each_block_says_what_it_is() -> None:
    known = {*WHOLE, "facts", "holds", "fails", "wrong"}
    assert {kind for name, kind, _ in BLOCK.findall(PAGE) if name == "yaml"} == known
    assert PAGE.count("\n```") == 2 * len(BLOCK.findall(PAGE))


@pytest.mark.parametrize("document", WORKFLOWS)
def test_an_example_is_read_checked_and_played_to_its_end(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)
    program = compile_definition(parse(document), "artisan")
    known = facts()
    state = State(
        program.first, NOW, NOW, NOW, contact=known["contact"], event=known["event"], contact_id=1, workflow_id=1
    )
    turns = list(forecast(program, state, NOW))
    assert turns[-1][1].state.outcome is not None


def sends_of(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for step in parse(document).all_steps():
        if step.kind == "send":
            yield step.template, step.send  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", WORKFLOWS)
def test_the_messages_of_an_example_are_those_of_the_library(document: dict[str, Any]) -> None:
    """Those of a sector that the library does not have are the reader's to write."""
    for template, channel in sends_of(document):
        sector = template.split("/")[0]
        suffix = {"sms": "sms.txt", "email": "email.mjml"}[channel]
        assert (MESSAGES / f"{template}.{suffix}").exists() or sector not in sectors()


def test_every_kind_form_and_field_is_shown_in_an_example() -> None:
    shown = {key for param in WORKFLOWS for key in keys_of(param.values[0])}
    fields = {name for part in [schema(""), *schema("")["$defs"].values()] for name in part.get("properties", ())}
    assert {*step_kinds(), *FORMS} <= shown
    assert fields - shown == set()


def test_every_kind_and_form_has_a_section_with_an_example_and_its_fields() -> None:
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
    assert set(sections) == {*step_kinds(), *FORMS}
    for name, text in sections.items():
        assert f"generated: fields {'trigger ' if name in FORMS else ''}{name} -->" in text
        kind = "trigger" if name in FORMS else "steps"
        assert any(name in keys_of(yaml.safe_load(block)) for _, what, block in BLOCK.findall(text) if what == kind)


def test_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


# --- conditions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", conditions("holds"))
def test_a_condition_that_holds(source: str) -> None:
    assert compile_condition(source).holds(facts())


@pytest.mark.parametrize("source", conditions("fails"))
def test_a_condition_that_does_not_hold(source: str) -> None:
    assert not compile_condition(source).holds(facts())


def test_every_name_and_function_is_used_by_a_condition_that_holds() -> None:
    sources = conditions("holds")
    used = {function for function in FUNCTIONS if any(f"{function}(" in source for source in sources)}
    assert used == FUNCTIONS
    assert {name for source in sources for name in compile_condition(source).names} == NAMES


def test_the_table_of_names_is_that_of_the_engine() -> None:
    columns = dict.fromkeys(("quality", "score", "stage", "status"))
    row = SimpleNamespace(name="", email="", phone="", tags=[], fields={}, **columns)
    names = {f"contact.{name}" for name in contact_facts(row)}
    names |= {f"execution.{name}" for name in State("a", NOW, NOW).facts(NOW)["execution"]} | {"event", "now"}
    table = PAGE[PAGE.index("| name | what it is | where |") : PAGE.index("With these facts")]
    cells = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == names


# --- errors, events, the call ----------------------------------------------------------------------------


def test_a_wrong_example_gives_just_the_errors_below_it() -> None:
    found = re.findall(r"```yaml wrong\n(.*?)```\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(found) == len(blocks("yaml", "wrong")) == len(blocks("text"))
    for document, said in found:
        with pytest.raises(DefinitionError) as caught:
            parse(yaml.safe_load(document))
        assert "\n".join(caught.value.errors) == said


def test_every_event_of_ours_is_explained() -> None:
    table = PAGE[PAGE.index("| event | when |") : PAGE.index("A step that waits for its own")]
    for name in {*OURS, *ABOUT_STEPS, SMS_RECEIVED, OPT_OUT}:
        assert f"`{name}`" in table


def test_what_started_nothing_is_explained() -> None:
    assert parts()["entry refusals"].count("`") == 2 * len(Refused)


ROW = SimpleNamespace(
    created_at=NOW, site="plomberie-martin", execution_id=42, step="crm", contact_id=7, name="Jean Dupont",
    email="jean@example.com", phone="+33612345678", event="demande_devis", facts={"devis_id": "D1"},
    data={"liste": "devis"},
)  # fmt: skip


def test_the_body_of_a_call_is_the_one_that_is_shown() -> None:
    (text,) = blocks("json")
    assert json.loads(text) == json.loads(body_of(ROW))


def test_the_receiver_that_is_shown_takes_what_we_sign_and_nothing_else() -> None:
    (text,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(text, str(PATH), "exec"), names)
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body_of(ROW)
    sent_at = datetime.fromtimestamp(names["time"].time(), UTC)
    headers = signed_headers(secret, "msg_1", body, sent_at)
    receive = names["is_from_berinia"]
    assert receive(secret, headers, body)
    assert receive(secret, headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}, body)
    assert not receive(secret, headers, body + b" ")
    assert not receive("whsec_AAAA", headers, body)
    assert not receive(secret, headers | {"webhook-id": "msg_2"}, body)
    old = signed_headers(secret, "msg_1", body, sent_at - timedelta(minutes=6))
    assert not receive(secret, old, body)


# --- what is printed from code ---------------------------------------------------------------------------


def test_the_generated_parts_are_what_the_code_says() -> None:
    call_command("print_language", "--check")


def test_a_page_that_differs_is_told(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    page = tmp_path / "docs" / "language.md"
    page.parent.mkdir()
    page.write_text(PAGE.replace("| `wait` | [duration]", "| `wait` | [hours]"))
    with pytest.raises(CommandError, match="run manage"):
        call_command("print_language", "--check")
    call_command("print_language")
    assert page.read_text() == PAGE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<!-- generated: fields wait -->", "", "the page lacks fields wait"),
        ("<!-- generated: fields wait -->", "<!-- generated: fields fax -->", "'fields fax' is unknown"),
        ("<!-- end -->", "", "does not end"),
        ("wait: 15 minutes}", "wait: 15m}", ""),
        ("expire_after: 2h\n", "", ""),
    ],
)
def test_a_page_with_wrong_markers_is_refused(old: str, new: str, said: str) -> None:
    if said:
        with pytest.raises(PageError, match=said):
            filled(PAGE.replace(old, new))
    else:
        assert filled(PAGE.replace(old, new)) != PAGE.replace(old, new)


def test_a_wrong_example_that_is_right_is_refused() -> None:
    right = "trigger: {event: demande}\nsteps: [{id: a, wait: 15m}]\n"
    with pytest.raises(PageError, match="nothing is wrong"):
        filled(f"{PAGE}\n```yaml wrong\n{right}```\n\n```text\n```\n")
