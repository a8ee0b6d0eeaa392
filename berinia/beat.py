"""Beat's scheduler: the schedule in the database, and a heartbeat so that a dead beat is seen."""

from django_celery_beat.schedulers import DatabaseScheduler

from berinia.health import beats


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    """django-celery-beat's scheduler, which says that it is alive at each tick."""

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due and say so; return how many seconds to sleep."""
        beats("beat")
        wait: float = super().tick(*args, **kwargs)
        return min(wait, 1.0)
