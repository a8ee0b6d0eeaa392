"""What is to be said of a definition before it is published: what forbids it, and what one ought to know. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence in French and its place: a path such as `steps[2].send` and, in a text, the line (from 1)."""

    path: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"ligne {self.line}" if self.line else "", self.path) if part)
        return f"{place} : {self.text}" if place else self.text


@dataclass(frozen=True, slots=True)
class Verdict:
    """Errors forbid to publish; warnings are shown, and one may publish all the same."""

    errors: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing forbids to publish."""
        return not self.errors

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.errors + other.errors, self.warnings + other.warnings)
