"""The channel layer of one web process: who is in which group. Between processes goes the Redis stream (hub.py)."""

import asyncio
import time
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer

CLEAN_SECONDS = 1.0


class Layer(InMemoryChannelLayer):
    """Channels' own layer in memory, which remembers to whom something could not be handed over.

    It goes over all channels and groups whenever a message is sent or received; once a second is enough: with two
    hundred sockets that was most of the time spent.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.behind: set[str] = set()
        self._cleaned_at = 0.0

    def has(self, group: str) -> bool:
        """Tell whether anybody is in a group."""
        return bool(self.groups.get(group))

    def members(self) -> set[str]:
        """Return everybody who is in a group."""
        return {channel for group in self.groups.values() for channel in group}

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into a channel, or note that it was full."""
        if not self._put(channel, message):
            raise ChannelFull(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Put a message into the channels of a group; without a task and a copy for each, as nobody changes it."""
        self._clean_expired()
        for channel in self.groups.get(group, ()):
            self._put(channel, message)

    def _put(self, channel: str, message: dict[str, Any]) -> bool:
        queue = self.channels.get(channel)
        if queue is None:
            queue = self.channels[channel] = asyncio.Queue(maxsize=self.get_capacity(channel))
        if queue.full():
            self.behind.add(channel)
            return False
        queue.put_nowait((time.time() + self.expiry, message))
        return True

    def _clean_expired(self) -> None:
        if time.monotonic() - self._cleaned_at >= CLEAN_SECONDS:
            self._cleaned_at = time.monotonic()
            super()._clean_expired()  # type: ignore[misc]

    def _remove_from_groups(self, channel: str) -> None:
        """Keep a slow reader in its groups: it is told that it missed something."""
        self.behind.add(channel)
