"""HubSpot's CRM API v3: what its errors mean, and batches that lose one record at most.

Errors: https://developers.hubspot.com/docs/api-reference/error-handling (every field of a body is optional).
Limits: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (`policyName`).
Batches hold 100 records. One that is wrong refuses the whole request with 400, or, where `objectWriteTraceId` is
understood, is named in a 207. Both are dealt with: a refused batch is halved until what is wrong stands alone.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from crm.connectors.base import Refused, Sent, Trouble
from crm.connectors.calls import Api, NotTakenError, Reply, trouble_of, wait_of

BATCH = 100
# The wait that a policy asks for when the answer names none.
POLICIES = {
    "SECONDLY": timedelta(seconds=2), "TEN_SECONDLY_ROLLING": timedelta(seconds=10), "DAILY": timedelta(hours=1),
}  # fmt: skip
USUAL_WAIT = timedelta(seconds=10)
# Codes and names of properties; never the values beside them. Within `message` the quotes are escaped.
CODE = re.compile(r'\\?"(?:error|code)\\?"\s*:\s*\\?"([A-Z][A-Z0-9_]{2,60})\\?"')
NAME = re.compile(r'\\?"(?:name|propertyName)\\?"\s*:\s*(?:\[\s*)?\\?"([a-z0-9_]{1,100})\\?"')
SCOPE = re.compile(r"\bcrm\.[a-z_]+\.[a-z_.]+\b")
# Codes, and properties, whose errors are not about one lead.
OF_ALL = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
SAME_FOR_ALL = frozenset({"hs_lead_status", "lifecyclestage"})
# A record that is not there (any more), in a batch of those that are to be read or updated.
NOT_FOUND = "OBJECT_NOT_FOUND"
Input = dict[str, Any]


class HubSpotApi(Api):
    """One account. `properties`: the names of those that are written, which errors may say."""

    def __init__(self, base: str, token: str, properties: Iterable[str]) -> None:
        super().__init__(base, {"Authorization": f"Bearer {token}"}, self.refusal)
        self.properties = frozenset(properties)

    def refusal(self, reply: Reply) -> Refused:
        """Say what an error means."""
        return self._refusal(reply.status, reply.content, wait_of(reply, _policy_wait(reply.content)))

    def _refusal(self, status: int, content: Any, wait: timedelta | None = None) -> Refused:
        text = json.dumps(content)
        codes = CODE.findall(text) or [_word(content, "policyName") or _word(content, "category")]
        names = sorted(set(NAME.findall(text)) & self.properties)
        trouble = trouble_of(status)
        # No lead would be taken while a property, or the option that all are given, is not there.
        if trouble is Trouble.LEAD and names and (codes[0] in OF_ALL or set(names) <= SAME_FOR_ALL):
            trouble = Trouble.ACCOUNT
        named = names or (SCOPE.findall(text) if status == 403 else [])
        return Refused(trouble, codes[0], ", ".join(dict.fromkeys(named)), status, wait)

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str], id_property: str = "") -> list[Input]:
        """Return the records of these ids that are there. Raises NotTakenError."""
        found: list[Input] = []
        for part in _parts(list(dict.fromkeys(ids))):
            body: Input = {"inputs": [{"id": id_} for id_ in part], "properties": list(properties)}
            body |= {"idProperty": id_property} if id_property else {}
            found += records(self.call("POST", f"/crm/v3/objects/{kind}/batch/read", body=body))
        return found

    def search(
        self, kind: str, groups: Sequence[Mapping[str, Sequence[str]]], properties: Sequence[str]
    ) -> list[Input]:
        """Return the records that have one of the values of a property, the oldest first. Raises NotTakenError."""
        filters = [
            {"filters": [{"propertyName": name, "operator": "IN", "values": [v.lower() for v in values]}]}
            for group in groups for name, values in group.items() if values
        ]  # fmt: skip
        if not filters:
            return []
        body = {
            "filterGroups": filters, "properties": list(properties), "limit": 200,
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        }  # fmt: skip
        return records(self.call("POST", f"/crm/v3/objects/{kind}/search", body=body))

    def write(self, path: str, inputs: Mapping[str, Input]) -> dict[str, Sent | Refused]:
        """Write records, and say of each, by its trace, what became of it."""
        results: dict[str, Sent | Refused] = {}
        for part in _parts(list(inputs)):
            results |= self._write(path, {trace: inputs[trace] for trace in part})
        return results

    def _write(self, path: str, inputs: Mapping[str, Input]) -> dict[str, Sent | Refused]:
        body = {"inputs": [{**given, "objectWriteTraceId": trace} for trace, given in inputs.items()]}
        try:
            content = self.call("POST", path, body=body)
        except NotTakenError as error:
            traces = list(inputs)
            if error.refused.trouble is not Trouble.LEAD or len(traces) == 1:
                return dict.fromkeys(traces, error.refused)
            middle = len(traces) // 2
            halves = (traces[:middle], traces[middle:])
            return {k: v for half in halves for k, v in self._write(path, {t: inputs[t] for t in half}).items()}
        return self._results(content, inputs)

    def _results(self, content: Input, inputs: Mapping[str, Input]) -> dict[str, Sent | Refused]:
        """Tell the records of a 200 or 207 apart: by the trace, else by the id or the email that they were named by."""
        named = {str(given.get("id", "")).lower(): trace for trace, given in inputs.items()}
        results: dict[str, Sent | Refused] = {}
        for record in records(content):
            email = str(record["properties"].get("email") or "").lower()
            trace = str(record.get("objectWriteTraceId") or named.get(record["id"]) or named.get(email) or "")
            if trace in inputs:
                results[trace] = Sent(record["id"])
        for error in _list(content, "errors"):
            context = error.get("context") if isinstance(error.get("context"), dict) else {}
            traces = [str(t) for t in _list(context, "objectWriteTraceId")]
            traces += [named.get(str(id_).lower(), "") for id_ in _list(context, "ids")]
            status = 404 if error.get("category") == NOT_FOUND else 400
            for trace in traces:
                if trace in inputs and trace not in results:
                    results[trace] = self._refusal(status, error)
        if len(inputs) == 1 and len(records(content)) == 1:
            results = {next(iter(inputs)): Sent(records(content)[0]["id"])}
        silence = Refused(Trouble.AGAIN, "unanswered", "pas de résultat pour ce lead")
        return {trace: results.get(trace, silence) for trace in inputs}


def records(content: Any) -> list[Input]:
    """Return the records of an answer that are such."""
    found = [r for r in _list(content, "results") if isinstance(r, dict) and r.get("id")]
    return [
        {**r, "id": str(r["id"]), "properties": r["properties"] if isinstance(r.get("properties"), dict) else {}}
        for r in found
    ]


def _policy_wait(content: Any) -> timedelta:
    return POLICIES.get(_word(content, "policyName"), USUAL_WAIT)


def _word(content: Any, name: str) -> str:
    """Return a word of an answer that is a code, or nothing."""
    given = content.get(name) if isinstance(content, dict) else None
    return given if isinstance(given, str) and re.fullmatch(r"[A-Z][A-Z0-9_]{2,60}", given) else ""


def _list(content: Any, name: str) -> list[Any]:
    given = content.get(name) if isinstance(content, dict) else None
    return given if isinstance(given, list) else []


def _parts(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
