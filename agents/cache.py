"""Cache: what a model answered to the very same question of the same organization. Redis away is no cache.

Only answers that held are kept, before the guardrails; they are validated again when they are read.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from pydantic import BaseModel

from agents.agent import Agent
from agents.answer import as_stored, read
from agents.prompts import Prompt
from berinia.redis_client import connected

logger = logging.getLogger(__name__)


def key(organization_id: int, agent: Agent[Any, Any], prompt: Prompt, models: Sequence[str]) -> str:
    """Return the name of a question: everything that a model is told, who asks, and who is asked."""
    asked = [
        organization_id, agent.name, prompt.version, list(models), agent.max_tokens,
        agent.output_type.model_json_schema(), prompt.instructions, prompt.data,
    ]  # fmt: skip
    return "berinia:agents:" + hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def look_up(name: str, kind: type[BaseModel]) -> tuple[BaseModel, str] | None:
    """Return an answer and the model that gave it, if it is remembered and still holds."""
    if not settings.AGENT_CACHE_HOURS:
        return None
    try:
        found = connected().get(name)
        kept = json.loads(found) if found else None
        return (read(kind, kept["output"]), str(kept["model"])) if kept else None
    except redis.RedisError:
        logger.warning("redis does not answer: agents remember nothing")
    except (ValueError, KeyError, TypeError):  # pydantic's ValidationError is a ValueError
        logger.info("a remembered answer of %s no longer holds", kind.__name__)
    return None


def remember(name: str, output: BaseModel, model: str) -> None:
    """Keep a model's valid answer for a while."""
    if not settings.AGENT_CACHE_HOURS:
        return
    try:
        kept = json.dumps({"model": model, "output": as_stored(output)})
        connected().set(name, kept, ex=timedelta(hours=settings.AGENT_CACHE_HOURS))
    except redis.RedisError:
        logger.warning("redis does not answer: agents remember nothing")
