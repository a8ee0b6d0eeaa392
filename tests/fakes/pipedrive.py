"""Pipedrive's API, as strict as it is: persons and organizations (v2), leads and notes (v1).

https://developers.pipedrive.com/docs/api/v1 and …/v2 as pipedrive/client-nodejs describes them (persons have `emails`
and `phones`, an unknown field is a 400); errors as in https://pipedrive.readme.io/docs/core-api-concepts-error-responses;
limits as in …/core-api-concepts-rate-limiting: a burst in 2 seconds, and a budget a day that says so in
`x-daily-ratelimit-token-remaining`. Nothing is idempotent, nothing is unique, and what was written is found by a search
`lag` calls later.
"""

import json
import re
import uuid
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.server import Answer, Call, Fake, arguments, serve

FIELDS = {
    "persons": {"name", "owner_id", "org_id", "emails", "phones", "visible_to", "label_ids", "marketing_status",
                "custom_fields"},
    "organizations": {"name", "owner_id", "visible_to", "label_ids", "address", "custom_fields"},
    "leads": {"title", "owner_id", "label_ids", "person_id", "organization_id", "value", "expected_close_date",
              "visible_to", "was_seen", "origin_id", "channel", "channel_id"},
    "notes": {"content", "lead_id", "deal_id", "person_id", "org_id"},
}  # fmt: skip
PATHS = re.compile(r"/(api/v2|v1)/(persons|organizations|leads|notes)(?:/([\w-]+))?")
VERSIONS = {"persons": "api/v2", "organizations": "api/v2", "leads": "v1", "notes": "v1"}
Record = dict[str, Any]


class FakePipedrive(Fake):
    """One account. `store`: its records by kind and id."""

    name: ClassVar[str] = "pipedrive"
    faulty: ClassVar[frozenset[str]] = frozenset({"GET", "POST", "PATCH"})
    token: ClassVar[str] = "0123-secret-api-token"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.store: dict[str, dict[str, Record]] = {kind: {} for kind in FIELDS}
        self.lag, self.clock, self.is_day_spent = 0, 0, False

    def has(self, kind: str) -> list[Record]:
        """What is there."""
        return list(self.store[kind].values())

    def add(self, kind: str, **fields: Any) -> str:
        """Put a record there, as a person would."""
        return str(self._insert(kind, fields)["id"])

    def answer(self, call: Call) -> Answer:
        self.clock += 1
        if call.headers.get("x-api-token") != self.token:
            return _error(401, "unauthorized access")
        parts = urlsplit(call.path)
        if parts.path == "/v1/users/me":
            return Answer(200, {"success": True, "data": {"id": 1, "name": "Léa"}})
        found = PATHS.fullmatch(parts.path)
        if not found or found[1] != VERSIONS[found[2]]:
            return _error(404, "Unknown method .")
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._dealt(call, found[2], found[3] or "", params)

    def _dealt(self, call: Call, kind: str, id_: str, params: dict[str, str]) -> Answer:
        if call.method == "GET":
            return self._read(kind, id_, params)
        given = json.loads(call.body)
        if wrong := _wrong(kind, given, is_new=call.method == "POST"):
            return _error(400, wrong, code="ERR_SCHEMA_VALIDATION_FAILED")
        if call.method == "POST":
            if kind == "leads" and str(given.get("person_id")) not in self.store["persons"]:
                return _error(404, "Person not found")
            return Answer(201, {"success": True, "data": self._insert(kind, given)})
        if id_ not in self.store[kind]:
            return _error(404, f"{kind} not found")
        self.store[kind][id_] |= given
        return Answer(200, {"success": True, "data": self.store[kind][id_]})

    def _read(self, kind: str, id_: str, params: dict[str, str]) -> Answer:
        if id_ == "search":
            return self._search(kind, params)
        if id_:
            record = self.store[kind].get(id_)
            return Answer(200, {"success": True, "data": record}) if record else _error(404, f"{kind} not found")
        found = [r for r in self.has(kind) if all(str(r.get(k)) == v for k, v in params.items() if k.endswith("_id"))]
        return Answer(200, {"success": True, "data": found or None, "additional_data": {"pagination": {}}})

    def _search(self, kind: str, params: dict[str, str]) -> Answer:
        term, exact = params.get("term", ""), params.get("exact_match") == "true"
        if len(term) < (1 if exact else 2):
            return _error(400, "term is too short")
        items = [
            {"result_score": 1, "item": {"id": record["id"], "type": kind[:-1], "name": record.get("name")}}
            for record in self.has(kind)
            if self.clock - record["at"] >= self.lag
            and any(v == term.lower() if exact else term.lower() in v for v in _values(record, params["fields"]))
        ]
        return Answer(200, {"success": True, "data": {"items": items}, "additional_data": {"next_cursor": None}})

    def _insert(self, kind: str, given: Record) -> Record:
        number = 100 + sum(map(len, self.store.values()))
        id_: Any = str(uuid.UUID(int=number)) if kind == "leads" else number
        extra = {"is_archived": False} if kind == "leads" else {}
        self.store[kind][str(id_)] = {"origin_id": None, **extra, **given, "id": id_, "at": self.clock}
        return self.store[kind][str(id_)]

    def too_many(self) -> Answer:
        left = "0" if self.is_day_spent else "12000"
        return _error(429, "request over limit").with_headers(
            {"x-ratelimit-reset": "2", "x-daily-ratelimit-token-remaining": left}
        )

    def broken(self) -> Answer:
        return _error(500, "Requested service is not available")

    def refusal(self, status: int, code: str) -> Answer:
        return _error(status, "refused", code=code)


class Error(Answer):
    """An error as Pipedrive writes it."""

    def with_headers(self, headers: dict[str, str]) -> Answer:
        self.headers = headers
        return self


def _error(status: int, text: str, code: str = "") -> Error:
    content = {"success": False, "error": text, "error_info": "Please check developers.pipedrive.com",
               "data": None, "additional_data": None} | ({"code": code} if code else {})  # fmt: skip
    return Error(status, content)


def _wrong(kind: str, given: Record, *, is_new: bool) -> str:
    if unknown := set(given) - FIELDS[kind]:
        return f"Validation failed: unrecognized_keys: {min(unknown)}"
    if is_new and kind in ("persons", "organizations") and not given.get("name"):
        return "Validation failed: name: Required"
    if (
        is_new
        and kind == "leads"
        and not (given.get("title") and (given.get("person_id") or given.get("organization_id")))
    ):
        return "A lead must be linked to a person or an organization"
    for field in ("emails", "phones"):
        entries = given.get(field, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) and e.get("value") for e in entries):
            return f"Validation failed: {field}"
        if any("\n" in e["value"] or " " in e["value"] for e in entries if field == "emails"):
            return f"Validation failed: {field}: {entries[0]['value']} is not an email"
    return ""


def _values(record: Record, field: str) -> list[str]:
    if field == "name":
        return [str(record.get("name")).lower()]
    return [str(entry["value"]).lower() for entry in record.get(f"{field}s", [])]


if __name__ == "__main__":
    serve(FakePipedrive(arguments().parse_args().port))
