"""What the audit log may say of the values of fields."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.audited_fields import LONGEST, MASK, differences, said


@pytest.mark.parametrize("name", ["name", "email", "phone", "fields", "tags", "text", "anything_new"])
def test_of_people_only_that_it_changed(name):
    assert said("crm.contact", name, "Zoé Durand") == MASK
    assert said("crm.contact", name, ["Zoé"]) == MASK
    assert said("crm.contact", name, {"a": "Zoé"}) == MASK
    assert said("app.of_tomorrow", name, "Zoé Durand") == MASK


def test_of_settings_what_they_are():
    assert said("accounts.site", "business_name", "Plomberie Martin") == "Plomberie Martin"
    assert said("accounts.site", "details", {"lien_avis": "https://a.example"}) == {"lien_avis": "https://a.example"}
    assert said("accounts.site", "address", "x" * 1000) == "x" * (LONGEST - 1) + "…"


@pytest.mark.parametrize("name", ["password", "hook_secret", "digest", "credentials", "api_key", "access_token"])
@pytest.mark.parametrize("label", ["accounts.site", "accounts.user", "crm.connection"])
def test_of_secrets_nothing(label, name):
    assert said(label, name, "s3cr3t") == MASK


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, True), (3, 3), (0.5, 0.5), (None, None), ("", None), (Decimal("1.5"), 1.5), (timedelta(minutes=1), 60.0),
     (datetime(2026, 3, 10, tzinfo=UTC), "2026-03-10T00:00:00+00:00")],
)  # fmt: skip
def test_numbers_dates_and_yes_or_no_are_nobodys_secret(value, written):
    assert said("crm.lead", "whatever", value) == written


def test_choices_are_shown():
    assert said("crm.lead", "quality", "CHAUD", is_choice=True) == "CHAUD"


def test_only_what_changed_is_told_also_when_both_are_masked():
    before = {"name": ("Zoé", MASK), "email": ("a", MASK), "score": ("1", 1), "updated_at": ("x", "x"), "id": ("1", 1)}
    after = {"name": ("Léa", MASK), "email": ("a", MASK), "score": ("2", 2), "updated_at": ("y", "y"), "id": ("1", 1)}
    assert differences(before, after) == ({"name": MASK, "score": 1}, {"name": MASK, "score": 2})


def test_what_is_new_has_no_before_and_what_is_gone_no_after():
    assert differences({}, {"score": ("2", 2), "empty": (None, None)}) == ({"score": None}, {"score": 2})
    assert differences({"score": ("2", 2)}, {}) == ({"score": 2}, {"score": None})
