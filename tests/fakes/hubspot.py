"""HubSpot's CRM API, as strict as it is: contacts, companies, their search and associations.

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3, …/error-handling and …/search/guide. Taken from
there and from what people report of it:
- a property that is not there: 400, `PROPERTY_DOESNT_EXIST` in `errors` and, as escaped JSON, in `message`;
- a batch with the same id twice: 400 «Duplicate IDs found in batch input» (rudderlabs/rudder-transformer has the body);
- an email that another contact has: 409 `CONFLICT` «Contact already exists. Existing ID: …»
  (HubSpot/hubspot-api-python#51);
- one that is wrong refuses a batch with 400; `is_multi_status` says so in a 207 instead, by `objectWriteTraceId`;
- companies are no more upserted by `domain` («non-unique 0-2 property domain») than told apart by it;
- 429 with `policyName`; a search finds what was written `lag` calls ago.
"""

import json
import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.fakes.server import Answer, Call, Fake, arguments, serve

KINDS: dict[str, set[str]] = {
    "contacts": {"email", "firstname", "lastname", "phone", "mobilephone", "company", "jobtitle", "hs_lead_status",
                 "lifecyclestage", "hs_additional_emails", "hs_searchable_calculated_phone_number", "createdate"},
    "companies": {"name", "domain", "phone", "createdate"},
}  # fmt: skip
OPTIONS = {
    "hs_lead_status": {"NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED",
                       "BAD_TIMING"},
    "lifecyclestage": {"subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
                       "evangelist", "other"},
}  # fmt: skip
STAGES = ["subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer"]
BATCH, MOST_FILTERS, MOST_GROUPS = 100, 6, 5
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}")
Record = dict[str, Any]


class RefusedError(Exception):
    def __init__(self, answer: Answer, code: str = "", name: str = "") -> None:
        self.answer, self.code, self.name = answer, code, name


class FakeHubSpot(Fake):
    """One account. `store`: its records by kind and id; `associated`: pairs of a contact's and a company's id."""

    name: ClassVar[str] = "hubspot"
    faulty: ClassVar[frozenset[str]] = frozenset({"POST", "GET"})
    token: ClassVar[str] = "pat-eu1-0000-secret-token"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.store: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.associated: set[tuple[str, str]] = set()
        self.scopes = {f"crm.objects.{kind}.{right}" for kind in KINDS for right in ("read", "write")}
        self.is_multi_status, self.lag, self.clock = False, 0, 0
        self.policy, self.retry_after = "TEN_SECONDLY_ROLLING", ""

    def has(self, kind: str) -> list[Record]:
        """What is there, without what its own doing added."""
        return [r["properties"] for r in self.store[kind].values()]

    def add(self, kind: str, **properties: str) -> str:
        """Put a record there, as a person would."""
        return self._insert(kind, properties)["id"]

    def answer(self, call: Call) -> Answer:
        self.clock += 1
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        path = urlsplit(call.path).path
        body = json.loads(call.body) if call.body else {}
        try:
            if path == "/crm/v4/associations/contacts/companies/batch/associate/default":
                return self._associate(body)
            if found := re.fullmatch(r"/crm/v3/objects/(contacts|companies)(?:/(batch/\w+|search))?", path):
                return self._object(call.method, found[1], found[2] or "", body)
        except RefusedError as error:
            return error.answer
        return Answer(404, "<html>not found</html>", {"Content-Type": "text/html"})

    def _object(self, method: str, kind: str, act: str, body: Record) -> Answer:
        right = "read" if act in ("", "batch/read", "search") else "write"
        if f"crm.objects.{kind}.{right}" not in self.scopes:
            text = f"This app hasn't been granted all required scopes: [crm.objects.{kind}.{right}]"
            return _error(403, "MISSING_SCOPES", text)
        if act == "":
            return Answer(200 if method == "GET" else 405, {"results": list(self.store[kind].values())[:1]})
        if act == "search":
            return self._search(kind, body)
        inputs = body.get("inputs", [])
        if not inputs or len(inputs) > BATCH:
            return _error(400, "VALIDATION_ERROR", f"The inputs must hold 1 to {BATCH}")
        ids = [str(given["id"]).lower() for given in inputs if "id" in given]
        if act != "batch/read" and (twice := sorted({id_ for id_ in ids if ids.count(id_) > 1})):
            text = f"Duplicate IDs found in batch input: [{twice[0]}]. IDs must be unique"
            return _error(400, "VALIDATION_ERROR", text, context={"ids": twice})
        if act == "batch/read":
            return self._read(kind, body, ids)
        return self._write(kind, act.removeprefix("batch/"), inputs)

    def _read(self, kind: str, body: Record, ids: list[str]) -> Answer:
        by = body.get("idProperty", "")
        found = {id_: r for id_ in ids if (r := self._by(kind, by, id_))}
        results = [self._shown(r, body.get("properties", [])) for r in {r["id"]: r for r in found.values()}.values()]
        missing = [id_ for id_ in ids if id_ not in found]
        if not missing:
            return Answer(200, {"status": "COMPLETE", "results": results})
        error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects",
                 "context": {"ids": missing}}  # fmt: skip
        return Answer(207, {"status": "COMPLETE", "results": results, "numErrors": 1, "errors": [error]})

    def _write(self, kind: str, act: str, inputs: list[Record]) -> Answer:
        before = json.dumps(self.store)
        results, errors = [], []
        for given in inputs:
            try:
                results.append({**self._put(kind, act, given), "objectWriteTraceId": given.get("objectWriteTraceId")})
            except RefusedError as error:
                if not (self.is_multi_status and given.get("objectWriteTraceId")):
                    self.store = json.loads(before)  # all or none
                    raise
                category, message = error.answer.content["category"], error.answer.content["message"]
                errors.append({"status": "error", "category": category, "message": message,
                               "context": {"objectWriteTraceId": [given["objectWriteTraceId"]]}})  # fmt: skip
        if errors:
            return Answer(207, {"status": "COMPLETE", "results": results, "numErrors": len(errors), "errors": errors})
        return Answer(201 if act == "create" else 200, {"status": "COMPLETE", "results": results})

    def _put(self, kind: str, act: str, given: Record) -> Record:
        properties = given["properties"]
        _check(kind, properties)
        if act == "create":
            return self._insert(kind, properties)
        by = given.get("idProperty", "")
        if act == "upsert" and not (kind == "contacts" and by == "email"):
            text = f"Unable to perform update/upsert by non-unique 0-{1 + (kind == 'companies')} property {by}"
            raise RefusedError(_error(400, "VALIDATION_ERROR", text))
        record = self._by(kind, by, str(given["id"]).lower())
        if record is None and act == "update":
            raise RefusedError(_error(404, "OBJECT_NOT_FOUND", "Object not found", context={"ids": [given["id"]]}))
        if record is None:
            return self._insert(kind, {by: given["id"], **properties})
        self._conflict(kind, properties, record["id"])
        stages = [record["properties"].get("lifecyclestage"), properties.get("lifecyclestage")]
        if all(stage in STAGES for stage in stages) and STAGES.index(stages[1]) < STAGES.index(stages[0]):
            properties = {**properties, "lifecyclestage": stages[0]}  # only forward
        record["properties"] |= properties
        return record

    def _insert(self, kind: str, properties: Record) -> Record:
        self._conflict(kind, properties, "")
        id_ = str(1000 + sum(map(len, self.store.values())))
        record = {"id": id_, "properties": {**properties}, "archived": False, "at": self.clock}
        self.store[kind][id_] = record
        return record

    def _conflict(self, kind: str, properties: Record, id_: str) -> None:
        other = self._by(kind, "email", str(properties.get("email", "")).lower()) if kind == "contacts" else None
        if other and properties.get("email") and other["id"] != id_:
            raise RefusedError(_error(409, "CONFLICT", f"Contact already exists. Existing ID: {other['id']}"))

    def _by(self, kind: str, by: str, value: str) -> Record | None:
        if by == "":
            return self.store[kind].get(value)
        for record in self.store[kind].values():
            more = (
                str(record["properties"].get("hs_additional_emails") or "").lower().split(";") if by == "email" else []
            )
            if value and value in (str(record["properties"].get(by) or "").lower(), *more):
                return record
        return None

    def _search(self, kind: str, body: Record) -> Answer:
        groups = body["filterGroups"]
        too_many = len(groups) > MOST_GROUPS or any(len(g["filters"]) > MOST_FILTERS for g in groups)
        if too_many or not groups or body.get("limit", 10) > 200:
            return _error(400, "VALIDATION_ERROR", "Too many filters")
        for group in groups:
            for one in group["filters"]:
                if one["propertyName"] not in KINDS[kind] or any(v != v.lower() for v in one.get("values", [])):
                    return _error(400, "VALIDATION_ERROR", f"bad filter {one['propertyName']}")
        found = [
            self._shown(r, body.get("properties", [])) for r in self.store[kind].values()
            if self.clock - r["at"] >= self.lag and any(all(_meets(r, one) for one in g["filters"]) for g in groups)
        ]  # fmt: skip
        return Answer(200, {"total": len(found), "results": found[: body.get("limit", 10)]})

    def _shown(self, record: Record, names: list[str]) -> Record:
        return {**record, "properties": {name: record["properties"].get(name) for name in names}}

    def _associate(self, body: Record) -> Answer:
        for pair in body["inputs"]:
            if pair["from"]["id"] not in self.store["contacts"] or pair["to"]["id"] not in self.store["companies"]:
                return _error(400, "VALIDATION_ERROR", "No such object")
        self.associated |= {(pair["from"]["id"], pair["to"]["id"]) for pair in body["inputs"]}
        return Answer(200, {"status": "COMPLETE", "results": []})

    def too_many(self) -> Answer:
        content = {"status": "error", "message": f"You have reached your {self.policy.lower()} limit.",
                   "errorType": "RATE_LIMIT", "category": "RATE_LIMITS", "policyName": self.policy}  # fmt: skip
        return Answer(429, content, {"Retry-After": self.retry_after} if self.retry_after else {})

    def broken(self) -> Answer:
        return _error(500, "INTERNAL_ERROR", "internal error")

    def refusal(self, status: int, code: str) -> Answer:
        return _error(status, code, "refused")


def _error(status: int, category: str, message: str, **more: Any) -> Answer:
    content = {"status": "error", "message": message, "correlationId": "8a3f6c3a", "category": category, **more}
    return Answer(status, content)


def _check(kind: str, properties: Record) -> None:
    """Refuse a property that is not there, an option that it does not have, an email that is none."""
    for name, value in properties.items():
        code = ""
        if name not in KINDS[kind]:
            code, text = "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
        elif name in OPTIONS and value not in OPTIONS[name] and value != "":
            code, text = "INVALID_OPTION", f"{value} was not one of the allowed options"
        elif name == "email" and not EMAIL.fullmatch(value):
            code, text = "INVALID_EMAIL", f"Email address {value} is invalid"
        if code:
            told = [{"isValid": False, "message": text, "error": code, "name": name, "portalId": 1}]
            errors = [{"message": text, "code": code, "context": {"propertyName": [name]}}]
            message = f"Property values were not valid: {json.dumps(told)}"
            raise RefusedError(_error(400, "VALIDATION_ERROR", message, errors=errors))


def _meets(record: Record, one: Record) -> bool:
    name, there = one["propertyName"], str(record["properties"].get(one["propertyName"]) or "").lower()
    if name == "hs_searchable_calculated_phone_number":
        digits = re.sub(r"\D", "", str(record["properties"].get("phone") or ""))
        there = digits.removeprefix("33").removeprefix("0")
    return there in (one["values"] if one["operator"] == "IN" else [one["value"].lower()]) and there != ""


if __name__ == "__main__":
    serve(FakeHubSpot(arguments().parse_args().port))
