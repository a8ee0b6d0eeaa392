"""The hub of one web process: reads the stream, once for all of its sockets, and hands on what it says.

It is started by the first socket, in its event loop, and reads on from where it was when Redis comes back.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from berinia.live.entries import Entry, Progress, envelope, moment
from berinia.live.layer import Layer
from berinia.live.tell import KNOWN_FOR_SECONDS, STREAM, WATCHED, Kind
from berinia.redis_client import SILENCE_SECONDS

logger = logging.getLogger(__name__)

PLATFORM = "platform"  # what superusers are in: everything
BLOCK_SECONDS = 5
AT_ONCE = 500
MERGED_SECONDS = 1.0
# Publishers go on for so long after the last look: who comes back within it is told what was missed.
WATCH = timedelta(minutes=10)
SINCE = "berinia:live:since"  # since when this Redis has known of the stream, in milliseconds of its own clock

_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> "Hub":
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def group_of(organization_id: int) -> str:
    """Return the group of those who look at an organization."""
    return f"organization.{organization_id}"


async def _clock(redis: Redis) -> str:
    """Return an id of now, by the clock that gives the stream its ids."""
    seconds, micros = await redis.time()
    return f"{seconds * 1000 + micros // 1000}-0"


class Hub:
    """Reads for all. `last` is the id of what was last handed on."""

    def __init__(self) -> None:
        layer = get_channel_layer()
        assert isinstance(layer, Layer)
        self.layer = layer
        self.last = ""
        self.sockets: Counter[int] = Counter()  # by user
        self.redis = Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_timeout=1, socket_connect_timeout=1
        )
        self._reader = Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_timeout=BLOCK_SECONDS + 5, socket_connect_timeout=1
        )
        self._pending: dict[str, Progress] = {}
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Begin to read, unless it reads already."""
        async with self._starting:
            if not self.last:
                self.last = await self._newest()
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read())

    async def watch(self, names: Iterable[str]) -> bool:
        """Have publishers tell about these (see tell.WATCHED); tell whether they did not until now."""
        until = time.time() + WATCH.total_seconds()
        try:
            now, _number = moment(await _clock(self.redis))
            async with self.redis.pipeline(transaction=False) as pipeline:
                pipeline.zremrangebyscore(WATCHED, "-inf", time.time())
                pipeline.zadd(WATCHED, dict.fromkeys(names, until))
                pipeline.set(SINCE, now, nx=True)
                return bool((await pipeline.execute())[1])
        except RedisError:
            return False

    def later(self, seconds: float, channel: str, message: dict[str, Any]) -> asyncio.TimerHandle:
        """Send a message to one socket after a while."""

        async def send() -> None:
            with suppress(ChannelFull):  # the layer has noted it
                await self.layer.send(channel, message)

        return asyncio.get_running_loop().call_later(seconds, lambda: self._keep(asyncio.create_task(send())))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Keep a task from being collected before it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _newest(self) -> str:
        try:
            newest = await self.redis.xrevrange(STREAM, count=1)
            now = await _clock(self.redis)
            return max(str(newest[0][0]), now, key=moment) if newest else now
        except RedisError:
            return f"{int(time.time() * 1000)}-0"

    async def _read(self) -> None:
        is_down = False
        while True:
            try:
                began = await _clock(self._reader)
                found: Any = await self._reader.xread({STREAM: self.last}, count=AT_ONCE, block=BLOCK_SECONDS * 1000)
                if not found:  # so nothing is older: who comes back is not taken for one who was long away
                    self.last = max(self.last, began, key=moment)
                if is_down:  # publishers are silent for a while, and what they would have said is lost
                    asyncio.get_running_loop().call_later(SILENCE_SECONDS + KNOWN_FOR_SECONDS, self._resync)
                is_down = False
            except (RedisError, OSError):
                if not is_down:
                    logger.warning("redis does not answer: pages poll meanwhile")
                is_down = True
                await asyncio.sleep(1)
                continue
            for _stream, entries in found or ():
                for stream_id, fields in entries:
                    await self._hand_on(stream_id, fields)
                    self.last = stream_id

    async def _hand_on(self, stream_id: str, fields: dict[str, str]) -> None:
        try:
            entry = Entry.of(stream_id, fields)
            match entry.kind:
                case Kind.FIGURES:
                    await self._to(self._lookers(entry), {"type": "live.figures"})
                case Kind.RESYNC:
                    self._resync()
                case Kind.EXECUTION_PROGRESS:
                    await self._progress(entry)
                case _:
                    await self._to(self._lookers(entry), {"type": "live.told", "text": entry.write()})
        except (ValueError, KeyError, TypeError):
            logger.exception("entry %s of the stream cannot be read", stream_id)

    def _lookers(self, entry: Entry) -> list[str]:
        return [group_of(entry.organization_id), PLATFORM]

    async def _to(self, groups: Iterable[str], message: dict[str, Any]) -> None:
        for group in groups:
            if self.layer.has(group):
                await self.layer.group_send(group, message)

    async def _progress(self, entry: Entry) -> None:
        """Tell those who look at one execution at once; the others, once a second, what moved."""
        payload = json.loads(entry.payload)
        for execution in payload["executions"]:
            if self.layer.has(group := f"execution.{execution['executionId']}"):
                text = envelope(entry.kind, json.dumps(execution, ensure_ascii=False), entry.id)
                await self.layer.group_send(group, {"type": "live.told", "text": text})
        for group in self._lookers(entry):
            self._merge(f"progress.{group}", entry.id, payload)
        for workflow_id in payload["workflows"]:
            self._merge(f"workflow.{workflow_id}", entry.id, payload, workflow_id)

    def _merge(self, group: str, stream_id: str, payload: Any, workflow_id: str | None = None) -> None:
        if not self.layer.has(group):
            return
        if group not in self._pending:
            self._pending[group] = Progress()

            async def send() -> None:
                text = self._pending.pop(group).write(Kind.EXECUTION_PROGRESS)
                await self._to([group], {"type": "live.told", "text": text})

            asyncio.get_running_loop().call_later(MERGED_SECONDS, lambda: self._keep(asyncio.create_task(send())))
        self._pending[group].add(stream_id, payload, workflow_id)

    def _resync(self) -> None:
        for channel in self.layer.members():
            self.later(0, channel, {"type": "live.resync"})
