"""Replay: what somebody missed between two ids of the stream, or that it cannot be told any more."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError

from berinia.live.entries import Entry, Progress, dump, envelope, moment
from berinia.live.hub import AT_ONCE, SINCE, WATCH, Hub
from berinia.live.tell import LENGTH, STREAM, Kind

# Publishers tell for WATCH after the last look, which may be half a minute before a socket ends.
OLDEST = WATCH - timedelta(minutes=1)
# What moved is told once a second (hub.MERGED_SECONDS), so that some of it is older than what was told after it.
OVERLAP_MS = 1_500
MOST = 500  # messages: whoever missed more loads again


@dataclass(frozen=True, slots=True)
class Eyes:
    """What somebody looks at: organizations (None: all), and perhaps only some executions and workflows of them."""

    organizations: Collection[int] | None
    executions: frozenset[str] = frozenset()
    workflows: frozenset[str] = frozenset()

    def see(self, entry: Entry) -> bool:
        """Tell whether an entry is theirs."""
        return self.organizations is None or entry.organization_id in self.organizations


@dataclass(slots=True)
class _Missed:
    """What was missed, as messages in their order; what moved comes last, merged."""

    eyes: Eyes
    texts: list[str] = field(default_factory=list)
    moved: Progress = field(default_factory=Progress)
    of_workflows: dict[str, Progress] = field(default_factory=dict)

    def add(self, entry: Entry, is_new: bool) -> None:
        if entry.kind == Kind.EXECUTION_PROGRESS:
            self._progress(entry, is_new)
        elif is_new and entry.kind != Kind.FIGURES:
            self.texts.append(entry.write())

    def _progress(self, entry: Entry, is_new: bool) -> None:
        payload = json.loads(entry.payload)
        if not self.eyes.executions and not self.eyes.workflows:
            self.moved.add(entry.id, payload)
        for execution in payload["executions"] if is_new else ():
            if execution["executionId"] in self.eyes.executions:
                self.texts.append(envelope(entry.kind, dump(execution), entry.id))
        for workflow_id in self.eyes.workflows.intersection(payload["workflows"]):
            self.of_workflows.setdefault(workflow_id, Progress()).add(entry.id, payload, workflow_id)

    def written(self) -> list[str]:
        merged = [progress for progress in (self.moved, *self.of_workflows.values()) if progress.count]
        return self.texts + [progress.write(Kind.EXECUTION_PROGRESS) for progress in merged]


async def missed(hub: Hub, since: str, until: str, eyes: Eyes) -> list[str] | None:
    """Return the messages between two ids (the first left out), oldest first; None when they are not all there.

    Raises ValueError for what is no id.
    """
    begin, end = moment(since), moment(until)
    if begin >= end:
        return []
    if begin[0] < end[0] - OLDEST.total_seconds() * 1000:  # both by the clock of Redis, whatever ours says
        return None
    try:
        return await _read(hub, begin, until, eyes) if await _is_whole(hub, begin) else None
    except RedisError:
        return None


async def _is_whole(hub: Hub, begin: tuple[int, int]) -> bool:
    """Tell whether nothing after an id was cut off the stream, and the stream is the one that gave it."""
    async with hub.redis.pipeline(transaction=False) as pipeline:
        pipeline.get(SINCE)
        pipeline.xlen(STREAM)
        pipeline.xrange(STREAM, count=1)
        since, length, oldest = await pipeline.execute()
    if since is None or begin[0] < int(since):
        return False
    return length < LENGTH or moment(oldest[0][0]) <= begin


async def _range(hub: Hub, at: str, until: str) -> Any:
    return await hub.redis.xrange(STREAM, min=at, max=until, count=AT_ONCE)


async def _read(hub: Hub, begin: tuple[int, int], until: str, eyes: Eyes) -> list[str] | None:
    found = _Missed(eyes)
    at = f"{max(0, begin[0] - OVERLAP_MS)}-0"
    while entries := await _range(hub, at, until):
        for stream_id, fields in entries:
            entry = Entry.of(stream_id, fields)
            is_new = moment(entry.id) > begin
            if entry.kind == Kind.RESYNC and is_new:
                return None
            if eyes.see(entry):
                found.add(entry, is_new)
        if len(found.texts) > MOST:
            return None
        at = f"({entries[-1][0]}"
    return found.written()
