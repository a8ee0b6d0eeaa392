"""The live socket, `/ws`: messages `{type, payload, id?}` both ways.

Each socket works off what comes in one at a time, in the event loop; the database is asked in threads of its own. Who
somebody is and may see is read again with every command, and every half minute.
"""

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.typing import WebSocketScope
from channels.consumer import get_handler_name
from channels.db import DatabaseSyncToAsync
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone

from accounts import door
from accounts.door import Person
from berinia.live.entries import dump, envelope
from berinia.live.hub import PLATFORM, group_of, hub
from berinia.live.replay import Eyes, missed
from berinia.live.tell import EVERYTHING, KNOWN_FOR_SECONDS
from workflows.live import commands
from workflows.live.commands import Command, CommandError, Payload
from workflows.live.figures import Board, is_same, metrics_of

logger = logging.getLogger(__name__)

PATH = "/ws"
NOT_SIGNED_IN, NOT_ALLOWED, TOO_LARGE, TOO_MANY = 4401, 4403, 1009, 4429
LOOK_AGAIN_SECONDS = 30.0
LONGEST = 4_096  # characters of a command
COMMANDS_PER_MINUTE = 120
WATCHES = 20
SOCKETS_PER_USER = 40  # of one web process: tabs, and what was left open
REMEMBERED = 100  # ids of commands

_threads = ThreadPoolExecutor(2, "live")
_board: Board | None = None
Found = TypeVar("Found")


async def in_thread(act: Callable[..., Found], *arguments: Any) -> Found:
    """Call what asks the database."""
    call: Any = DatabaseSyncToAsync(act, thread_sensitive=False, executor=_threads)
    found: Found = await call(*arguments)
    return found


def board() -> Board:
    """Return the figures that this process has reckoned lately."""
    global _board
    if _board is None:
        _board = Board(lambda organizations, period: in_thread(metrics_of, organizations, period, timezone.now()))
    return _board


class LiveSocket(AsyncWebsocketConsumer):
    """One page or program that looks."""

    person: Person | None = None
    opened_at = ""  # the id of the stream after which everything is told

    def __init__(self) -> None:
        super().__init__()
        self.period = ""
        self.shown: Any = None
        self.watches: dict[str, int] = {}  # groups of one execution or workflow, and whose it is
        self.done: OrderedDict[str, None] = OrderedDict()
        self.minute, self.said = 0, 0
        self.timers: dict[str, asyncio.TimerHandle] = {}

    async def dispatch(self, message: Any) -> None:
        """Handle a message; without asking a thread to close connections, as there are none in the event loop."""
        if self.channel_name in self.hub.layer.behind:
            self.hub.layer.behind.discard(self.channel_name)
            await self.live_resync({})
        await getattr(self, get_handler_name(message))(message)

    @property
    def hub(self) -> Any:
        """The hub of this process."""
        return hub()

    # --- opening and closing ---

    async def connect(self) -> None:
        """Let somebody in, or say why not: a refusal before the handshake has no code that a page could read."""
        scope: Any = self.scope
        protocols = scope.get("subprotocols") or []
        self.caller = door.caller_of(scope["headers"], protocols)
        await self.accept(door.PROTOCOL if door.PROTOCOL in protocols else None)
        if not door.may_come_from(self.caller):
            await self.close(NOT_ALLOWED)
            return
        person = await in_thread(door.person_of, self.caller)
        if person is None or person.roles == {}:
            await self.close(NOT_SIGNED_IN if person is None else NOT_ALLOWED)
            return
        if self.hub.sockets[person.user_id] >= SOCKETS_PER_USER:
            await self.close(TOO_MANY)
            return
        self.hub.sockets[person.user_id] += 1
        self.person = person
        await self._begin(person, scope["query_string"].decode("latin-1"))

    async def _begin(self, person: Person, query: str) -> None:
        await self.hub.start()
        is_first = await self.hub.watch(self._names())
        self.opened_at = self.hub.last
        for group in self._groups():
            await self.hub.layer.group_add(group, self.channel_name)
        named = await in_thread(door.names_of, person)
        everything = person.roles is None
        await self.tell("HELLO", {"organisations": named, "toutes": everything, "dernier": self.opened_at})
        if query.startswith("depuis="):
            await self._answer_resume(query.removeprefix("depuis=")[:40])
        if is_first:  # until publishers know that somebody looks, they say nothing
            self._later("fresh", KNOWN_FOR_SECONDS + 0.5, "live.resync")
        self._tick()

    async def disconnect(self, code: int) -> None:
        """Leave everything."""
        for timer in self.timers.values():
            timer.cancel()
        self.hub.layer.behind.discard(self.channel_name)
        if self.person is not None:
            self.hub.sockets[self.person.user_id] -= 1
            await self._leave([*self._groups(), *self.watches])
            self.person = None

    async def _leave(self, groups: list[str]) -> None:
        for group in groups:
            await self.hub.layer.group_discard(group, self.channel_name)

    def _groups(self) -> list[str]:
        """Return the groups of a person; what moves is told apart, so that who watches something is told only that."""
        assert self.person is not None
        roles = self.person.roles
        looked_at = [PLATFORM] if roles is None else [group_of(pk) for pk in roles]
        return looked_at if self.watches else [*looked_at, *(f"progress.{group}" for group in looked_at)]

    def _names(self) -> list[str]:
        """Return what publishers are to know of this socket."""
        assert self.person is not None
        roles = self.person.roles
        executions = [group.removeprefix("execution.") for group in self.watches if group.startswith("execution.")]
        return [*([EVERYTHING] if roles is None else [f"o:{pk}" for pk in roles]), *(f"e:{pk}" for pk in executions)]

    # --- who it is, again and again ---

    async def live_tick(self, message: Any) -> None:
        """Look again who this is, and tell publishers that somebody still looks."""
        if await self._look_again():
            await self.hub.watch(self._names())
            for group in [*self._groups(), *self.watches]:
                await self.hub.layer.group_add(group, self.channel_name)
            self._tick()

    def _tick(self) -> None:
        seconds = LOOK_AGAIN_SECONDS
        if self.person and self.person.until:
            seconds = min(seconds, max(0.0, (self.person.until - timezone.now()).total_seconds()) + 0.1)
        self._later("tick", seconds, "live.tick")

    async def _look_again(self) -> bool:
        """Read who this is and what they may see; close where they may see nothing any more."""
        if self.person is None:
            return False
        person = await in_thread(door.person_of, self.caller)
        if person is None or person.roles == {}:
            await self._end(NOT_SIGNED_IN if person is None else NOT_ALLOWED)
            return False
        if person != self.person:
            await self._leave(self._groups())
            self.person = person
            lost = [group for group, owner in self.watches.items() if not person.sees(owner)]
            await self._leave(lost)
            for group in lost:
                del self.watches[group]
            for group in self._groups():
                await self.hub.layer.group_add(group, self.channel_name)
        return True

    async def _end(self, code: int) -> None:
        assert self.person is not None
        await self._leave([*self._groups(), *self.watches])
        await self.close(code)

    # --- what is told ---

    async def tell(self, kind: str, payload: Any) -> None:
        """Send a message of our own, which has no place in the stream."""
        await self.send(envelope(kind, dump(payload)))

    async def live_told(self, message: Any) -> None:
        """Pass on what the hub says."""
        await self.send(message["text"])

    async def live_resync(self, message: Any) -> None:
        """Say that something may have been missed."""
        await self.tell("RESYNC", {"dernier": self.hub.last})

    async def live_figures(self, message: Any) -> None:
        """Counters changed: tell in a second, what else changes meanwhile included."""
        if "figures" not in self.timers:
            self._later("figures", 1.0, "live.reckon")

    async def live_reckon(self, message: Any) -> None:
        """Tell the figures if they are others; whoever asked for no period only that they may be."""
        self.timers.pop("figures", None)
        if self.person is None:
            return
        if not self.period:
            await self.tell("METRICS_UPDATE", {"periode": None, "metriques": None})
            return
        roles = self.person.roles
        try:
            found = await board().get(None if roles is None else frozenset(roles), self.period)
        except Exception:
            logger.exception("figures for a socket cannot be reckoned")
            return
        if not is_same(found, self.shown):
            self.shown = found
            await self.tell("METRICS_UPDATE", {"periode": self.period, "metriques": found})

    async def live_mark(self, message: Any) -> None:
        """Answer a PING once everything before it is told: where to go on from."""
        await self.tell("ACK", {"id": message["id"], "dernier": message["last"]})

    def _later(self, name: str, seconds: float, kind: str) -> None:
        if name in self.timers:
            self.timers[name].cancel()
        self.timers[name] = self.hub.later(seconds, self.channel_name, {"type": kind})

    # --- what is asked ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Carry out a command; whatever comes, the socket stays."""
        if self.person is None:
            return
        if text_data is None or len(text_data) > LONGEST:
            await self._end(TOO_LARGE)
            return
        command: Command | None = None
        try:
            self._charge()
            command, payload = commands.read(text_data)
            if not await self._look_again():
                return
            if command.id and command.id in self.done:
                await self._ack(command)
                return
            await self._carry_out(command, payload)
            if command.id:
                self.done[command.id] = None
                while len(self.done) > REMEMBERED:
                    self.done.popitem(last=False)
        except CommandError as error:
            told = {"code": error.code, "detail": error.detail, "champ": error.field or None}
            await self.tell("ERROR", told | {"id": _id_of(text_data)})
        except Exception:
            logger.exception("a command could not be carried out: %s", command.type if command else "unread")
            told = {"code": "erreur_interne", "detail": "Une erreur interne s'est produite ; elle a été enregistrée."}
            await self.tell("ERROR", told | {"champ": None, "id": _id_of(text_data)})

    def _charge(self) -> None:
        minute = int(time.monotonic() // 60)
        self.minute, self.said = minute, self.said + 1 if minute == self.minute else 1
        if self.said > COMMANDS_PER_MINUTE:
            raise CommandError("trop_de_commandes", f"{COMMANDS_PER_MINUTE} commandes par minute au plus.")

    async def _carry_out(self, command: Command, payload: Payload) -> None:
        assert self.person is not None
        match payload:
            case commands.Period(periode=period):
                self.period, self.shown = period, None
                await self._ack(command)
                await self.live_reckon({})
                return
            case commands.OneExecution(executionId=pk):
                await self._watch("execution", pk, await in_thread(commands.owner_of_execution, self.person, pk))
            case commands.OneWorkflow(workflowId=pk):
                await self._watch("workflow", pk, await in_thread(commands.owner_of_workflow, self.person, pk))
            case commands.OneNotification(notificationId=pk):
                await in_thread(commands.read_notification, self.person, pk, timezone.now())
            case commands.Since(depuis=since):
                await self._answer_resume(since)
            case _ if command.type == "PING":
                mark = {"type": "live.mark", "id": command.id or None, "last": self.hub.last}
                self.hub.later(0, self.channel_name, mark)
                return
            case _:
                await self._unwatch()
        await self._ack(command)

    async def _ack(self, command: Command) -> None:
        await self.tell("ACK", {"id": command.id or None})

    async def _watch(self, kind: str, pk: str, owner: int) -> None:
        group = f"{kind}.{int(pk)}"
        if group in self.watches:
            return
        if len(self.watches) >= WATCHES:
            raise CommandError("trop_de_suivis", f"{WATCHES} suivis par connexion au plus : envoyez UNWATCH d'abord.")
        if not self.watches:
            await self._leave([name for name in self._groups() if name.startswith("progress.")])
        self.watches[group] = owner
        await self.hub.layer.group_add(group, self.channel_name)
        await self.hub.watch(self._names())

    async def _unwatch(self) -> None:
        await self._leave(list(self.watches))
        self.watches, self.period, self.shown = {}, "", None
        for group in self._groups():
            await self.hub.layer.group_add(group, self.channel_name)

    async def _answer_resume(self, since: str) -> None:
        assert self.person is not None
        kinds = {
            kind: frozenset(g.partition(".")[2] for g in self.watches if g.startswith(kind))
            for kind in ("execution", "workflow")
        }
        roles = self.person.roles
        eyes = Eyes(None if roles is None else frozenset(roles), kinds["execution"], kinds["workflow"])
        try:
            texts = await missed(self.hub, since, self.opened_at, eyes)
        except ValueError:
            texts = None
        if texts is None:
            await self.live_resync({})
            return
        for text in texts:
            await self.send(text)
        if texts:
            await self.live_figures({})


def _id_of(text: str) -> str | None:
    """Return the id of a command that could not be carried out, if it had one."""
    try:
        found = json.loads(text)
        return found["id"][:64] if isinstance(found["id"], str) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


_socket: Any = LiveSocket.as_asgi()


async def live(scope: WebSocketScope, receive: Any, send: Any) -> None:
    """Answer `/ws`, and refuse every other address."""
    if scope["path"] == PATH:
        await _socket(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": 4404})
