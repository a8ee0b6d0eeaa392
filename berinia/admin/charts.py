"""Charts: what Chart.js (shipped with the admin's theme) draws, and the same figures as a table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

# Told apart in light and dark, and by people who see few colours (Okabe and Ito).
COLOURS = ("#2563eb", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one bar a label."""

    name: Any
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with a label below each place; drawn by templates/admin/parts/chart.html and charts.js."""

    title: Any
    heading: Any  # what the labels are: « jour », « heure »
    labels: Sequence[str]
    series: Sequence[Series]
    type: Literal["bar", "line"] = "bar"
    stacked: bool = False

    @property
    def json(self) -> str:
        """The data as Chart.js wants them."""
        datasets = [
            {"label": str(one.name), "data": list(one.values), "backgroundColor": colour, "borderColor": colour}
            for one, colour in zip(self.series, COLOURS, strict=False)
        ]
        return json.dumps({"labels": list(self.labels), "datasets": datasets})

    @property
    def columns(self) -> list[Any]:
        """The heads of the table."""
        return [self.heading, *(one.name for one in self.series)]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows of the table: a label and its values."""
        return [
            [label, *("—" if one.values[n] is None else one.values[n] for one in self.series)]
            for n, label in enumerate(self.labels)
        ]
