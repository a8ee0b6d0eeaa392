"""A figure: what was measured, against what it should be."""

import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One row of the table. `holds` is None for what is only there to compare with."""

    what: str
    measured: str
    target: str = ""
    holds: bool | None = None


def at_least(what: str, value: float, target: float, unit: str) -> Figure:
    return Figure(
        what,
        f"{value:,.2f} {unit}" if target < 10 else f"{value:,.0f} {unit}",
        f"≥ {target:,g} {unit}",
        value >= target,
    )


def at_most(what: str, value: float, target: float, unit: str) -> Figure:
    return Figure(what, f"{value:,.0f} {unit}", f"≤ {target:,g} {unit}", value <= target)


def seen(what: str, value: float, unit: str) -> Figure:
    return Figure(what, f"{value:,.2f} {unit}" if value < 10 else f"{value:,.0f} {unit}")


def median(runs: int, measure: Callable[[], float]) -> float:
    """The median of several runs."""
    return statistics.median(measure() for _ in range(runs))


def machine() -> dict[str, object]:
    cpu = next(
        (x.split(":")[1].strip() for x in _lines("/proc/cpuinfo") if x.startswith("model name")), platform.machine()
    )
    memory = next((x.split(":")[1].strip() for x in _lines("/proc/meminfo") if x.startswith("MemTotal")), "?")
    return {"cpu": cpu, "cores": os.cpu_count(), "memory": memory, "python": platform.python_version(),
            "load_before": os.getloadavg()[0]}  # fmt: skip


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def table(figures: list[Figure]) -> str:
    marks = {True: "yes", False: "**no**", None: ""}
    rows = [f"| {f.what} | {f.target} | {f.measured} | {marks[f.holds]} |" for f in figures]
    return "\n".join(["| what | figure to reach | measured | holds |", "|---|---|---|---|", *rows])


BEGIN, END = "<!-- measured: written by make bench -->", "<!-- /measured -->"


def publish(path: Path, figures: list[Figure], where: dict[str, object]) -> None:
    """Put the table, the machine and the day into a page, between its marks."""
    text = path.read_text()
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    described = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {where['cores']} cores ({where['cpu']}), {where['memory']}, "
        f"Python {where['python']}, PostgreSQL {where.get('postgresql', '?')}; the engine's rows are medians of "
        f"{where.get('runs', 1)} runs (beside others waiting: one), all other rows of one run."
    )
    path.write_text(f"{head}{BEGIN}\n{table(figures)}\n\n{described}\n{END}{tail}")


def write(path: Path, figures: list[Figure], where: dict[str, object]) -> None:
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": where,
        "figures": [asdict(f) for f in figures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
