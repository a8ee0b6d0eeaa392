"""The page of sending rules: hours within the charter, quotas only by the house."""

import pytest
from django.urls import reverse

from communications.models import SendingRules
from tests.make import make_organization

ADD = reverse("admin:communications_sendingrules_add")
FINE = {
    "weekday_from": "09:00", "weekday_until": "19:00", "saturday_from": "", "saturday_until": "", "holidays_of": "974",
    "marketing_per_week": "2", "monthly_email": "", "monthly_sms": "", "monthly_whatsapp": "",
}  # fmt: skip


def test_rules_are_saved(boss):
    organization = make_organization()
    assert boss.post(ADD, {**FINE, "organization": organization.pk, "monthly_sms": "50"}).status_code == 302
    rules = SendingRules.objects.get()
    assert (rules.weekday_from.hour, rules.saturday_from, rules.holidays_of, rules.monthly_sms) == (9, None, "974", 50)
    page = boss.get(reverse("admin:communications_sendingrules_change", args=[rules.pk])).content.decode()
    assert "SMS : 0 / 50" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekday_from": "07:00"}, "weekday_from"),
        ({"weekday_until": "22:30"}, "weekday_until"),
        ({"weekday_until": "08:30"}, "weekday_until"),
        ({"saturday_from": "10:00"}, "saturday_until"),
        ({"saturday_from": "10:00", "saturday_until": "09:00"}, "saturday_until"),
        ({"holidays_of": "99"}, "holidays_of"),
        ({"marketing_per_week": "-1"}, "marketing_per_week"),
        ({"weekday_from": "x"}, "weekday_from"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(boss, changes, field):
    answer = boss.post(ADD, {**FINE, "organization": make_organization().pk, **changes})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not SendingRules.objects.exists()
