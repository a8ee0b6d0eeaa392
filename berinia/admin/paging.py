"""Lists of big tables: counted only as far as anybody pages through them."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

# Nobody pages further than this: a search or a filter leads there. Beyond, a count would read the table.
MOST = 5_000


class BoundedPaginator(Paginator):
    """A paginator that counts at most `MOST` rows: `count` is exact below, and says `MOST` from there on."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to MOST; reads no more of the table than that."""
        rows: Any = self.object_list
        return len(rows.values_list("pk", flat=True)[:MOST])

    @property
    def is_cut(self) -> bool:
        """Whether there may be more rows than are counted."""
        return self.count >= MOST
