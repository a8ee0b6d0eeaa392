"""What entries of the stream become: messages, and what moved, merged."""

import json

import pytest

from berinia.live.entries import MOST_EXECUTIONS, Entry, Progress, moment


def _moved(*executions: tuple[str, str, str]) -> dict[str, object]:
    workflows: dict[str, int] = {}
    for _pk, workflow, _status in executions:
        workflows[workflow] = workflows.get(workflow, 0) + 1
    listed = [{"executionId": pk, "workflowId": workflow, "statut": status} for pk, workflow, status in executions]
    return {"nombre": len(listed), "workflows": workflows, "executions": listed}


def test_an_entry_is_sent_with_its_id():
    entry = Entry.of("5-1", {"organization": "7", "type": "LEAD_UPDATE", "payload": '{"leadId":"1"}'})
    assert json.loads(entry.write()) == {"type": "LEAD_UPDATE", "payload": {"leadId": "1"}, "id": "5-1"}


def test_what_moved_is_counted_and_the_last_state_of_each_is_listed():
    progress = Progress()
    progress.add("5-0", _moved(("1", "a", "en_cours"), ("2", "b", "en_cours")))
    progress.add("6-0", _moved(("1", "a", "terminee")))
    told = json.loads(progress.write("EXECUTION_PROGRESS"))
    assert told["id"] == "6-0"
    assert (told["payload"]["nombre"], told["payload"]["workflows"]) == (3, {"a": 2, "b": 1})
    assert [(e["executionId"], e["statut"]) for e in told["payload"]["executions"]] == [
        ("2", "en_cours"), ("1", "terminee"),
    ]  # fmt: skip


def test_of_a_workflow_only_its_own_is_told():
    progress = Progress()
    progress.add("5-0", _moved(("1", "a", "en_cours"), ("2", "b", "en_cours")), "b")
    assert (progress.count, list(progress.executions)) == (1, ["2"])


def test_no_more_than_a_hundred_are_listed_and_all_are_counted():
    progress = Progress()
    for start in (0, 80, 160):
        progress.add("5-0", _moved(*((str(n), "a", "en_cours") for n in range(start, start + 80))))
    assert (progress.count, len(progress.executions)) == (240, MOST_EXECUTIONS)
    assert "239" in progress.executions


def test_ids_are_in_the_order_of_the_stream():
    assert sorted(["10-2", "9-9", "10-10", "10-0"], key=moment) == ["9-9", "10-0", "10-2", "10-10"]
    for wrong in ("", "x", "1-x", "-1", "1-1-1", "٣-0", "9" * 20):
        with pytest.raises(ValueError, match="no id of the stream"):
            moment(wrong)
