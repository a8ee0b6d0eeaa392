"""A worker process of the benchmark: an instant comes in, the steps taken and the memory (MB) go out."""

import sys
from datetime import datetime

import django
import psutil

django.setup()

from benchmarks.engine import drain  # noqa: E402 - Django first
from berinia.garbage import collect_seldom  # noqa: E402

collect_seldom()  # as Celery's processes do

for line in sys.stdin:
    word = line.strip()
    steps = 0 if word == "ready" else drain(datetime.fromisoformat(word))
    print(steps, psutil.Process().memory_info().rss / 1e6, flush=True)
