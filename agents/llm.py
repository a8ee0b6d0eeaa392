"""Models: the only file that knows pydantic-ai. Sync in, sync out, without the database; safe in threads.

A question goes to the first model. One that fails, refuses or keeps answering what does not validate is followed by
the next, while there is time. Whatever happens is an Outcome: nothing is raised, and nothing of a prompt is logged.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from time import monotonic
from typing import Any

import certifi
import httpx2
from django.conf import settings
from pydantic import BaseModel
from pydantic_ai import Agent, ModelSettings, RunUsage, UsageLimits, exceptions
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from agents.prices import REQUESTS, read_at_most
from agents.questions import Attempt, Outcome, Question, schema_bytes
from agents.reasons import Reason
from agents.routing import provider

logger = logging.getLogger(__name__)

# The first that fits says why: the special before the general.
REASONS: Sequence[tuple[type[BaseException], Reason]] = (
    (TimeoutError, Reason.TIMEOUT),  # the whole run's
    (exceptions.ModelTimeoutError, Reason.TIMEOUT),
    (exceptions.ModelRequestTimeout, Reason.TIMEOUT),
    (exceptions.ModelRateLimitError, Reason.RATE),
    (exceptions.ModelQuotaExceededError, Reason.CREDIT),
    (exceptions.ModelAuthenticationError, Reason.KEY),
    (exceptions.ModelNotFoundError, Reason.NO_SUCH_MODEL),
    (exceptions.ModelContextWindowExceededError, Reason.TOO_LONG),
    (exceptions.ModelRequestRejectedError, Reason.REJECTED),
    (exceptions.ModelAPIError, Reason.DOWN),
    (exceptions.UsageLimitExceeded, Reason.TOO_LONG),
    (exceptions.OutputTokenLimitExceeded, Reason.TOO_LONG),
    (exceptions.IncompleteToolCall, Reason.TOO_LONG),
    (exceptions.ContentFilterError, Reason.REFUSED),
    (exceptions.UnexpectedModelBehavior, Reason.INVALID),
)


def ask(models: Sequence[str], question: Question, *, timeout: float, run_timeout: float) -> Outcome:
    """Ask the models one after the other until one gives a valid answer. Never raises.

    `timeout` is in seconds for one answer, `run_timeout` for everything.
    """
    began = monotonic()
    attempts: list[Attempt] = []
    for name in models:
        left = run_timeout - (monotonic() - began)
        if left <= 0:
            break
        output, attempt = asyncio.run(_asked(name, question, min(timeout, left), left))
        attempts.append(attempt)
        if output is not None:
            return Outcome(output, name, "", tuple(attempts), _ms(began))
        logger.warning("%s: %s did not answer: %s", question.name, name, attempt.error)
    error = attempts[-1].error if attempts else Reason.TIMEOUT.value
    return Outcome(None, "", error, tuple(attempts), _ms(began))


class _Wire:
    """Counts what really went out: usage alone does not know of requests that were not answered."""

    def __init__(self) -> None:
        self.sent = self.refused = 0

    async def request(self, _request: Any) -> None:
        self.sent += 1

    async def response(self, response: Any) -> None:
        self.refused += response.status_code >= 400

    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        return {"request": [self.request], "response": [self.response]}


async def _asked(name: str, question: Question, timeout: float, run_timeout: float) -> tuple[Any, Attempt]:
    """Ask one model, over connections of its own: a loop is never left with another's."""
    usage, wire = RunUsage(), _Wire()
    output, error = None, None
    try:
        async with httpx2.AsyncClient(verify=_tls(), event_hooks=wire.hooks(), timeout=timeout) as http:
            model = _model(name, http)
            async with model:
                output = await _output(model, question, usage, timeout, run_timeout)
    except Exception as caught:  # noqa: BLE001 - whatever a library makes of an answer, the rules stand in for it
        error = caught
    return output, _attempt(name, error, usage, wire)


async def _output(model: Model, question: Question, usage: RunUsage, timeout: float, run_timeout: float) -> BaseModel:
    agent: Agent[None, BaseModel] = Agent(
        model, output_type=question.output_type, instructions=question.instructions, retries={"output": REQUESTS - 1},
        model_settings=ModelSettings(
            max_tokens=question.max_tokens, timeout=timeout, request_timeout=timeout, max_retries=0
        ),
    )  # fmt: skip
    size = len(question.instructions.encode()) + len(question.data.encode()) + schema_bytes(question.output_type)
    limits = UsageLimits(
        request_limit=REQUESTS, input_tokens_limit=read_at_most(size, question.max_tokens),
        output_tokens_limit=REQUESTS * question.max_tokens,
    )  # fmt: skip
    answer = await agent.run(question.data, usage=usage, usage_limits=limits, timeout=run_timeout)
    return answer.output


def _attempt(name: str, error: Exception | None, usage: RunUsage, wire: _Wire) -> Attempt:
    measured = usage.requests - usage.unmeasured_requests
    unsent = int(isinstance(error, exceptions.ModelConnectionError) and error.phase in ("pool", "connect"))
    doubtful = wire.sent - wire.refused - unsent - measured
    reason = "" if error is None else _reason(error)
    return Attempt(name, reason, wire.sent, usage.input_tokens, usage.output_tokens, max(doubtful, 0))


def _reason(error: Exception) -> str:
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason.value
    logger.error("a model's answer could not be dealt with: %s", type(error).__name__)
    return Reason.DOWN.value


def _model(name: str, http: httpx2.AsyncClient) -> Model:
    return BUILDERS[provider(name)](name.partition(":")[2], http)


def _openai(model: str, http: httpx2.AsyncClient) -> Model:
    own = OpenAIProvider(base_url=settings.OPENAI_BASE_URL, api_key=settings.OPENAI_API_KEY, http_client=http)
    return OpenAIChatModel(model, provider=own)


def _compatible(name: str, url: str, key: str, model: str, http: httpx2.AsyncClient) -> Model:
    """Speak OpenAI's protocol as Mistral, vLLM and Ollama know it: `max_tokens`, no strict tools."""
    profile = OpenAIModelProfile(
        openai_chat_supports_max_completion_tokens=False, openai_supports_strict_tool_definition=False
    )
    other = OpenAICompatibleProvider(name, base_url=url, api_key=key or "none", http_client=http, profile=profile)
    return OpenAIChatModel(model, provider=other)


def _mistral(model: str, http: httpx2.AsyncClient) -> Model:
    return _compatible("mistral", settings.MISTRAL_BASE_URL, settings.MISTRAL_API_KEY, model, http)


def _local(model: str, http: httpx2.AsyncClient) -> Model:
    return _compatible("local", settings.LOCAL_BASE_URL, settings.LOCAL_API_KEY, model, http)


def _anthropic(model: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # half a second that few need
    from pydantic_ai.providers.anthropic import AnthropicProvider

    own = AnthropicProvider(base_url=settings.ANTHROPIC_BASE_URL, api_key=settings.ANTHROPIC_API_KEY, http_client=http)
    return AnthropicModel(model, provider=own)


BUILDERS: Mapping[str, Callable[[str, httpx2.AsyncClient], Model]] = {
    "openai": _openai, "anthropic": _anthropic, "mistral": _mistral, "local": _local,
}  # fmt: skip


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def _ms(began: float) -> int:
    return int((monotonic() - began) * 1000)
