"""Garbage collection for processes that live long: workers and the web."""

import gc

# A batch or a page makes tens of thousands of short-lived values and few cycles: to look for those more often only
# costs. A look at everything takes 50 ms, which some page would have to wait for.
ALLOCATIONS = 50_000


def collect_seldom() -> None:
    """Leave what was loaded so far alone, and look at the rest less often. Call it once a process is set up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 50)
