"""Whoever is told of things by POST, and takes them: it keeps the calls to be looked at."""

from typing import ClassVar

from tests.fakes.server import Answer, Call, Fake


class Listener(Fake):
    """Takes whatever is posted to it, unless a fault says otherwise."""

    name: ClassVar[str] = "listener"

    def answer(self, call: Call) -> Answer:
        return Answer(200, "")

    def broken(self) -> Answer:
        return Answer(500, "")
