"""Who is told of what is done in the admin, and in whose transaction: the audit log, which is another app's."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from django.http import HttpRequest


class Outcome:
    """What an act says of itself when it is over."""

    done = 0


class Witness(Protocol):
    """What a witness is told."""

    def acting(self, page: Any, request: HttpRequest, act: Any, rows: Sequence[Any]) -> Any:
        """Watch an act on rows; the context's value is an Outcome."""

    def editing(self) -> AbstractContextManager[Any]:
        """Watch a form that is being saved."""

    def seen(self, request: HttpRequest, row: Any) -> None:
        """Learn how a row is before a form changes it."""

    def changed(self, page: Any, request: HttpRequest, action: str, row: Any, formsets: Sequence[Any] = ()) -> None:
        """Learn that a row was added, changed or is about to be deleted: `creer`, `modifier`, `supprimer`."""


class _Nobody:
    @contextmanager
    def acting(self, page: Any, request: HttpRequest, act: Any, rows: Sequence[Any]) -> Iterator[Outcome]:
        yield Outcome()

    def editing(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def seen(self, request: HttpRequest, row: Any) -> None:
        pass

    def changed(self, page: Any, request: HttpRequest, action: str, row: Any, formsets: Sequence[Any] = ()) -> None:
        pass


class _Current:
    witness: Witness = _Nobody()


def appoint(witness: Witness) -> None:
    """Name who is told, once, at the start."""
    _Current.witness = witness


def witness() -> Witness:
    """Return who is told."""
    return _Current.witness
