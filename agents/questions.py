"""Questions to models and what comes of them: what agents/llm.py takes and gives. Pure."""

from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked."""

    name: str
    instructions: str
    data: str
    output_type: type[BaseModel]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one model made of it. `unmeasured`: requests that may have to be paid and of which no tokens are known."""

    model: str
    error: str = ""
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    unmeasured: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: an output and who gave it, or why there is none."""

    output: BaseModel | None
    model: str = ""
    error: str = ""
    attempts: tuple[Attempt, ...] = ()
    latency_ms: int = 0


def schema_bytes(output_type: type[BaseModel]) -> int:
    """Return how long the description of an output is: it is sent, and paid, with each request."""
    return len(str(output_type.model_json_schema()).encode())
