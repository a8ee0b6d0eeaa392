"""What only Slack does: blocks with limits, reasons in plain text, an address that is a key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.providers import Draft, Fault, Outgoing, Refusal, provider_named
from communications.providers.slack import Slack
from tests.fakes.slack import FakeSlack, _wrong

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
DRAFT = Draft(7, 1, "", "", "12 envois en échec", text="*Client* Salon Zoé\n*Code* 30007", link="/admin/x/7/change/")


def outgoing(**changes: Any) -> Outgoing:
    return Outgoing("alert/7", 7, provider_named("slack").payload(replace(DRAFT, **changes)), NOW)


def refused(slack: FakeSlack, *faults: str) -> Refusal:
    slack.faults.extend(faults)
    with pytest.raises(Refusal) as caught:
        provider_named("slack").send(outgoing())
    return caught.value


def test_an_alert_has_a_title_a_text_and_a_button(slack: FakeSlack, settings: Any) -> None:
    settings.PUBLIC_URL = "https://app.exemple.fr"
    provider_named("slack").send(outgoing())
    header, section, actions = slack.accepted()[0]["blocks"]
    assert slack.accepted()[0]["text"] == header["text"]["text"] == "12 envois en échec"
    assert section["text"] == {"type": "mrkdwn", "text": "*Client* Salon Zoé\n*Code* 30007"}
    assert actions["elements"][0]["url"] == "https://app.exemple.fr/admin/x/7/change/"


def test_without_an_address_of_ours_there_is_no_button(slack: FakeSlack, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    assert [block["type"] for block in outgoing().payload["blocks"]] == ["header", "section"]
    assert outgoing(link="https://ailleurs.exemple.fr/x").payload["blocks"][2]["elements"][0]["url"].endswith("fr/x")


def test_nobody_is_called_by_a_text(slack: FakeSlack) -> None:
    payload = outgoing(subject="<!channel> A & B", text="<https://mal.fr|ici> & là").payload
    assert payload["text"] == "&lt;!channel&gt; A &amp; B"
    assert payload["blocks"][1]["text"]["text"] == "&lt;https://mal.fr|ici&gt; &amp; là"


@given(st.text(max_size=200), st.text(max_size=200), st.integers(1, 2000), st.booleans())
def test_whatever_is_told_keeps_to_the_limits(title: str, text: str, times: int, is_linked: bool) -> None:
    slack = Slack("https://hooks.slack.com/services/T/B/x", frozenset(), 1)
    link = "https://app.exemple.fr/admin/" if is_linked else ""
    payload = slack.payload(replace(DRAFT, subject=title, text=text * times, link=link))
    assert _wrong(payload) == ""
    assert not is_linked or payload["blocks"][-1]["type"] == "actions"


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        *((f"refuse:404:{reason}", Fault.ACCOUNT) for reason in ("no_service", "no_team", "channel_not_found")),
        *(
            (f"refuse:403:{reason}", Fault.ACCOUNT)
            for reason in ("action_prohibited", "invalid_token", "team_disabled")
        ),
        *((f"refuse:400:{reason}", Fault.ACCOUNT) for reason in ("user_not_found", "no_service_id", "no_active_hooks")),
        ("refuse:410:channel_is_archived", Fault.ACCOUNT),
        ("refuse:403:posting_to_general_channel_denied", Fault.ACCOUNT),
        ("refuse:404:of_tomorrow", Fault.ACCOUNT),
        *((f"refuse:400:{reason}", Fault.MESSAGE) for reason in ("invalid_payload", "invalid_blocks", "no_text")),
        ("refuse:400:too_many_attachments", Fault.MESSAGE),
        ("refuse:500:rollup_error", Fault.PACE),
        ("refuse:429:rate_limited", Fault.PACE),
        ("refuse:500:of_tomorrow", Fault.UNKNOWN),
    ],
)
def test_what_slack_s_reasons_mean(slack: FakeSlack, fault: str, meaning: Fault) -> None:
    refusal = refused(slack, fault)
    assert (refusal.fault, refusal.code) == (meaning, fault.split(":")[2])


def test_a_page_instead_of_a_reason_is_no_code(slack: FakeSlack) -> None:
    assert refused(slack, "503_html").code == ""


def test_nobody_is_followed_elsewhere(slack: FakeSlack) -> None:
    assert refused(slack, "refuse:307:moved").fault is Fault.ACCOUNT
    assert len(slack.calls) == 1


def test_one_message_a_second(slack: FakeSlack, settings: Any) -> None:
    slack.rate, slack.clock = 1, lambda: NOW
    provider_named("slack").send(outgoing())
    refusal = refused(slack)
    assert (refusal.fault, refusal.retry_after) == (Fault.PACE, timedelta(seconds=1))
    assert settings.SLACK_RATE_PER_SECOND == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T/B/x",
        "https://hooks.slack.com.mal.fr/services/T/B/x",
        "https://169.254.169.254/latest",
        "https://hooks.slack.com@mal.fr/x",
        "file:///etc/passwd",
    ],
)
def test_alerts_go_to_slack_only(slack: FakeSlack, settings: Any, url: str) -> None:
    settings.SLACK_WEBHOOK, settings.CALLS_TRUSTED_HOSTS = url, frozenset()
    refusal = refused(slack)
    assert (refusal.fault, refusal.code) == (Fault.ACCOUNT, "wrong_host")
    assert url not in str(refusal)
    assert slack.calls == []
