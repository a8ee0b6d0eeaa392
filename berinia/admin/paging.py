"""Lists of big tables: counted only as far as anybody pages through them."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page as Shown
from django.core.paginator import Paginator

# Nobody pages further than this: a search or a filter leads there. Beyond, a count would read the table.
MOST = 1_000


class BoundedPaginator(Paginator):
    """A paginator that counts at most `MOST` rows: `count` is exact below, and says `MOST` from there on.

    A page's rows are fetched by their keys, which the count has found in order: the database sorts keys, not whole
    rows with all that is joined to them.
    """

    @cached_property
    def keys(self) -> list[Any]:
        """The keys of the rows, in order, up to MOST; reads no more of the table than that."""
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[:MOST])

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to MOST."""
        return len(self.keys)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more rows than are counted."""
        return self.count >= MOST

    def page(self, number: int | str) -> Shown:
        """Return a page. Raises InvalidPage."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        return Shown(rows.filter(pk__in=self.keys[first : first + self.per_page]), number, self)
