"""Beat's scheduler: the schedule in the database, and a heartbeat so that a dead beat is seen."""

from time import monotonic

from django_celery_beat.schedulers import DatabaseScheduler

from berinia.health import beats

LOOK_SECONDS = 3.0


class Scheduler(DatabaseScheduler):
    """django-celery-beat's scheduler, which says that it is alive at each tick."""

    next_look = 0.0

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due and say so; return how many seconds to sleep."""
        beats("beat")
        wait: float = super().tick(*args, **kwargs)
        return min(wait, 1.0)

    def schedule_changed(self) -> bool:
        """Ask the database now and then whether the schedule was changed: a tick calls this ten times."""
        if monotonic() < self.next_look:
            return False
        self.next_look = monotonic() + LOOK_SECONDS
        changed: bool = super().schedule_changed()
        return changed
