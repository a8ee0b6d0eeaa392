"""GET /api/schema/workflow.json."""

import jsonschema
from django.test import Client

from tests.make import DEFINITION

ADDRESS = "/api/schema/workflow.json"


def test_anybody_may_read_the_schema_of_the_language():
    answer = Client().get(ADDRESS)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/schema+json"
    assert answer.json()["$id"] == f"http://testserver{ADDRESS}"
    jsonschema.validate(DEFINITION, answer.json())


def test_it_may_be_kept_and_asked_for_again():
    first = Client().get(ADDRESS)
    assert "public" in first["Cache-Control"]
    assert "max-age=3600" in first["Cache-Control"]
    again = Client().get(ADDRESS, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert Client().get(ADDRESS, headers={"If-None-Match": '"autre"'}).status_code == 200


def test_it_is_only_read():
    assert Client().post(ADDRESS, {}).status_code == 405


def test_the_api_document_is_still_where_it_was(db):
    assert b"openapi" in Client().get("/api/schema").content[:200]
