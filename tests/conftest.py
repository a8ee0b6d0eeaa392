"""What the tests share: a fixed clock, and fake providers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest

from berinia import tally, throttle
from berinia.live import tell
from berinia.redis_client import Silence, connected
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.openai import FakeOpenAI
from tests.fakes.resend import FakeResend
from tests.fakes.slack import FakeSlack
from tests.fakes.smtp import FakeSmtp
from tests.fakes.twilio import FakeTwilio

hypothesis.settings.register_profile("project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("project")

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Paris
PATIENCE = 20.0  # with fakes, in seconds: a busy machine is no provider that hangs; tests of those say so


@pytest.fixture
def now() -> datetime:
    """The instant at which the tests take place."""
    return NOW


@pytest.fixture(autouse=True)
def _redis_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no test with the silence that follows a Redis that another took away, or that was slow for once."""
    monkeypatch.setattr(throttle, "_silence", Silence())
    monkeypatch.setattr(tally, "_silence", Silence())
    monkeypatch.setattr(tell._known, "silence", Silence())


@pytest.fixture
def open_gates() -> Callable[[], None]:
    """Forget what providers asked for: gates go by the clock of Redis, which the tests do not move."""

    def forget() -> None:
        for key in connected().scan_iter("berinia:gate:*"):
            connected().delete(key)

    return forget


@pytest.fixture
def resend(settings: Any) -> Iterator[FakeResend]:
    """A Resend that the project's settings point at; what reaches it is as Resend's document says."""
    with FakeResend() as fake:
        fake.keep_to_the_document()
        settings.RESEND_API_KEY, settings.RESEND_API_URL = "re_test", fake.url
        settings.DELIVERY_TIMEOUT_SECONDS = PATIENCE
        settings.RESEND_RATE_PER_SECOND = 0
        yield fake
    assert fake.breaches == []


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """A Twilio that the project's settings point at; what reaches it is as Twilio's document says."""
    with FakeTwilio() as fake:
        fake.keep_to_the_document()
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = fake.account, fake.token
        settings.TWILIO_API_URL = fake.url
        settings.TWILIO_RATE_PER_SECOND = 0
        settings.DELIVERY_TIMEOUT_SECONDS = PATIENCE
        yield fake
    assert fake.breaches == []


@pytest.fixture
def whatsapp(settings: Any, twilio: FakeTwilio) -> FakeTwilio:
    """A Twilio that carries WhatsApp too."""
    settings.TWILIO_WHATSAPP_NUMBER = "+33757000050"
    return twilio


@pytest.fixture
def slack(settings: Any) -> Iterator[FakeSlack]:
    """A Slack that the project's settings point at."""
    with FakeSlack() as fake:
        settings.SLACK_WEBHOOK, settings.CALLS_TRUSTED_HOSTS = fake.webhook, frozenset({"127.0.0.1"})
        settings.DELIVERY_TIMEOUT_SECONDS = PATIENCE
        yield fake


@pytest.fixture
def smtp(settings: Any) -> Iterator[FakeSmtp]:
    """A mail server that the project's settings point at."""
    with FakeSmtp() as fake:
        settings.SMTP_URL, settings.RESEND_API_KEY = fake.url, ""
        settings.DELIVERY_TIMEOUT_SECONDS = PATIENCE
        yield fake


@pytest.fixture
def openai(settings: Any) -> Iterator[FakeOpenAI]:
    """A server of OpenAI's protocol that the project's settings point at; its models answer what is queued."""
    with FakeOpenAI() as fake:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = fake.key, f"{fake.url}/v1"
        settings.AGENT_CACHE_HOURS = 0
        yield fake


@pytest.fixture
def anthropic(settings: Any) -> Iterator[FakeAnthropic]:
    """An Anthropic that the project's settings point at."""
    with FakeAnthropic() as fake:
        settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = fake.key, fake.url
        settings.AGENT_CACHE_HOURS = 0
        yield fake
