"""One worker process that delivers until nothing is due: `python -m benchmarks.deliver`. Prints how long it took."""

import os
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berinia.settings")
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from berinia.turns import turns
    from communications.deliver import deliver_all

    begun = time.perf_counter()
    while deliver_all(timezone.now, turns("delivery", shares=True), settings.DELIVERY_BATCH)[0]:
        pass
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
