"""Numbers beside the filters would count whole tables: nobody gets them, also who asks for them by hand."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.make import make_execution

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["crm_event", "workflows_execution", "crm_contact"])
def test_filters_are_not_counted(boss: Client, name: str) -> None:
    make_execution()
    url = reverse(f"admin:{name}_changelist")
    assert "_facets" not in boss.get(url).content.decode()
    with CaptureQueriesContext(connection) as plain:
        boss.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert boss.get(url, {"_facets": "True"}).status_code == 200
    assert len(queries) == len(plain)
