"""What providers publish about their APIs, held against each request and each answer of a fake.

The documents under `openapi/` are the providers' own (resend/resend-openapi, twilio/twilio-oai), cut down to what is
used here. They do not forbid fields that they do not know; here those are mistakes too.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing.requests import MockRequest
from openapi_core.testing.responses import MockResponse

from tests.fakes.server import Answer, Call

FORM = "application/x-www-form-urlencoded"
FOLDER = Path(__file__).parent / "openapi"


class Contract:
    """One document, and what is known of the requests that it describes."""

    def __init__(self, name: str) -> None:
        document = json.loads((FOLDER / f"{name}.json").read_text())
        self.host: str = document["servers"][0]["url"]
        self.fields: set[str] = set()
        for schema in _bodies(document):
            schema.setdefault("additionalProperties", False)
            self.fields |= schema["properties"].keys()
        self.api = OpenAPI.from_dict(document)

    def breaches(self, call: Call, answer: Answer) -> list[str]:
        """Return what is wrong with a request, and with its answer; refusals are not described in the documents."""
        if answer.status in (401, 403, 404, 405):  # nothing was read
            return []
        request = self._request(call)
        found = [*self.api.iter_request_errors(request)]
        if 200 <= answer.status < 300:
            kind = answer.headers.get("Content-Type", "application/json")
            data = json.dumps(answer.content).encode()
            found += self.api.iter_response_errors(request, MockResponse(data, answer.status, answer.headers, kind))
        said = [text for error in found for text in _said(error)] + self._unknown_fields(call)
        return [f"{call.method} {urlsplit(call.path).path}: {text}" for text in said]

    def _unknown_fields(self, call: Call) -> list[str]:
        """Return the fields of a form that the document does not know: those never reach its schema."""
        if FORM not in call.headers.get("content-type", ""):
            return []
        names = {name for name, _value in parse_qsl(call.body.decode(), keep_blank_values=True)}
        return [f"{name!r} is no field of it" for name in sorted(names - self.fields)]

    def _request(self, call: Call) -> MockRequest:
        url = urlsplit(call.path)
        kind = call.headers.get("content-type", "")
        query: Any = dict(parse_qsl(url.query))
        return MockRequest(self.host, call.method, url.path, None, query, None, call.headers, None, call.body, kind)


@cache
def contract(name: str) -> Contract:
    """Return a document, read once: that takes a second."""
    return Contract(name)


def _bodies(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of request bodies."""
    schemas = document["components"].get("schemas", {})
    found = [schemas[name] for name in ("SendEmailRequest", "Tag", "Attachment") if name in schemas]
    for path in document["paths"].values():
        content = path.get("post", {}).get("requestBody", {}).get("content", {})
        found += [each["schema"] for each in content.values() if "properties" in each.get("schema", {})]
    return found


def _said(error: BaseException | None) -> list[str]:
    """Return what the schemas say of a mistake, or the mistake's own words."""
    inner: list[str] = []
    own = str(error)
    while error is not None and not inner:
        inner = [each.message for each in getattr(error, "schema_errors", ())]
        error = error.__cause__ or error.__context__
    return inner or [own]
