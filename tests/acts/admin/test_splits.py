"""A workflow's page compares the ways of its splits."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models.metric import Counted, count, hour_of
from tests.make import make_workflow

pytestmark = pytest.mark.django_db


def test_the_ways_are_shown_with_what_they_achieved(boss):
    workflow = make_workflow()
    page = reverse("admin:workflows_workflow_change", args=[workflow.pk])
    assert "Voies des répartitions" not in boss.get(page).content.decode()
    hour = hour_of(timezone.now())
    for name, value in {"branch/essai/court": 8, "converted/essai/court": 2}.items():
        count({Counted(workflow.organization_id, workflow.site_id, workflow.pk, hour, name): value})
    shown = boss.get(page).content.decode()
    assert "Voies des répartitions" in shown
    assert "25 %" in shown.replace("\xa0", " ").replace("\u202f", " ")
