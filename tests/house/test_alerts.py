"""docs/alerts.yml can be loaded, asks for figures that there are, and each alert is explained and tried."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from berinia import tally
from workflows.measures import MEASURES

DOCS = Path(settings.BASE_DIR) / "docs"
PAGE = (DOCS / "operations.md").read_text()
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
TRIALS: list[dict[str, Any]] = yaml.safe_load((DOCS / "alerts.test.yml").read_text())["tests"]
DURATION = re.compile(r"\d+[smhd]")


@pytest.fixture
def families(db: None, client: Client) -> list[Metric]:
    """What a scrape holds."""
    MEASURES.forget()
    tally.add("provider_requests", {("sandbox", "accepted"): 1})
    return list(text_string_to_metric_families(client.get("/metrics").content.decode()))


@pytest.fixture
def names(families: list[Metric]) -> set[str]:
    """Every name that a scrape may hold, labels or not."""
    found = {sample.name for family in families for sample in family.samples}
    # A family without rows yet (nobody asked the web, no agent ran) has only its name.
    for family in families:
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        found |= {family.name + suffix for suffix in suffixes}
    return found


def test_there_are_rules_and_no_name_comes_twice() -> None:
    assert len(RULES) > 15
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_whole(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket", "info")
    assert rule["annotations"]["summary"]
    assert DURATION.fullmatch(rule.get("for", "1m"))
    for opening, closing in ("()", "{}", "[]"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)
    assert all(DURATION.fullmatch(span) for span in re.findall(r"\[(\w+)\]", rule["expr"]))
    assert rule["alert"] in PAGE


def test_every_figure_of_a_rule_is_there(names: set[str]) -> None:
    asked = {name for rule in RULES for name in re.findall(r"berinia_\w+", rule["expr"])}
    assert len(asked) > 10
    assert asked - names == set()


def test_every_figure_of_the_page_is_there_and_the_other_way_round(names: set[str]) -> None:
    said = set(re.findall(r"berinia_[a-z_]+[a-z]", PAGE)) - {"berinia_try"}
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names if name.startswith("berinia_")}
    assert said - names - bare == set()
    short = {f"berinia_database_{name}" for name in ("connections", "connections_limit", "transaction_seconds")}
    assert bare - said - short == set()


def test_each_alert_is_tried() -> None:
    tried = {case["alertname"] for trial in TRIALS for case in trial["alert_rule_test"] if case["exp_alerts"]}
    assert tried == {rule["alert"] for rule in RULES}


def test_trials_use_figures_and_labels_that_there_are(families: list[Metric], names: set[str]) -> None:
    labels: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    asked = {series["series"] for trial in TRIALS for series in trial["input_series"]}
    assert {name.partition("{")[0] for name in asked} <= names
    for series in asked:
        name, _brace, rest = series.partition("{")
        if name in labels:
            assert set(re.findall(r"(\w+)=", rest)) == labels[name] | {"instance"}, name


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool comes with Prometheus")
def test_prometheus_itself_fires_them_as_the_trials_say() -> None:
    done = subprocess.run(["promtool", "test", "rules", DOCS / "alerts.test.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
