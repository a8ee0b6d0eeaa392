"""Garbage collection for processes that live long and work in batches."""

import gc

# A batch makes tens of thousands of short-lived values and no cycles: to look for cycles more often only costs.
ALLOCATIONS = 50_000


def collect_seldom() -> None:
    """Leave what was loaded so far alone, and look at the rest less often. Call it once a process is set up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 50)
