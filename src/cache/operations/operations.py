"""Carries the commands of operators to all servers, and this one's part of them.

A command is done when every server on the stream has acknowledged its end. One that
says nothing for a while is named and no longer waited for; so is one that fell silent
before the command, for it may be cut off and serve what it should forget.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from ..bus import Acknowledged, ChangeStream, Command
from ..repository import Repository
from .execution import CANCEL
from .obeyer import Obeyer

SERVER_PREFIX = "server:"
"""Of the names of servers on a stream; others do not obey."""

PATIENCE_SECONDS = 5.0
LOST_SECONDS = 600.0
"""A server that fell silent longer ago is taken for dead."""
_LOOKS, _LOOK_SECONDS = 20, 0.1
STREAM_AWAY = "all others, for the stream is away"

_Words = asyncio.Queue[Acknowledged]


@dataclass(frozen=True, slots=True)
class Silent:
    """A server that has not said in time that it is done."""

    server: str


_Events: TypeAlias = AsyncGenerator[Acknowledged | Silent, None]


class Operations:
    """Commands of operators, given and obeyed in one process.

    Parameters
    ----------
    repositories
        Open ones, by label.
    stream
        Where servers meet; `None`: there is only this one.
    server
        Name of this process where there is no stream.
    patience_seconds
        A server that says nothing for longer is silent.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        repositories: Mapping[str, Repository],
        stream: ChangeStream | None = None,
        *,
        server: str = "this server",
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.repositories = repositories
        self.server = server if stream is None else stream.publisher
        self._stream = stream
        self._obeyer = Obeyer(self.server, repositories, stream)
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._listening: dict[str, _Words] = {}
        self._withdrawals: set[asyncio.Task[bool]] = set()

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up what is under way."""
        await self._obeyer.close()

    def obey(self, command: Command) -> None:
        """Obey a command from the stream; nobody waits for it here."""
        if self._stream is not None:
            self._obeyer.obey_all(command, self._stream.publish)

    def heard(self, word: Acknowledged) -> None:
        """Take what a server says about a command, perhaps one of ours."""
        words = self._listening.get(word.request)
        if words is not None:
            words.put_nowait(word)

    async def command(
        self,
        action: str,
        repository: str = "",
        arguments: Mapping[str, Sequence[str]] | None = None,
    ) -> _Events:
        """Give a command to all servers; tell what each says, and who does not.

        Parameters
        ----------
        repository
            Identity of the repository.
        """
        command = Command(
            request=secrets.token_hex(8),
            repository=repository,
            action=action,
            arguments={k: list(v) for k, v in (arguments or {}).items()},
        )
        words = self._listening[command.request] = _Words()
        try:
            async with aclosing(await self._give(command, words)) as events:
                async for event in events:
                    yield event
        except (GeneratorExit, asyncio.CancelledError):
            if self._stream is not None:
                self._withdraw(self._stream, command)
            raise
        finally:
            del self._listening[command.request]

    async def _give(self, command: Command, words: _Words) -> _Events:
        """Give a command to all servers, or do it alone; return what comes of it."""
        stream = self._stream
        if stream is None or not await _is_live_soon(stream):
            return self._do_alone(command)
        names = {self.server, *stream.publishers(), *stream.lost(LOST_SECONDS)}
        servers = sorted(name for name in names if name.startswith(SERVER_PREFIX))
        if not await stream.publish(command):
            return self._do_alone(command)
        return self._await_all(servers, words)

    async def _do_alone(self, command: Command) -> _Events:
        async with aclosing(self._obeyer.obey(command)) as own:
            async for word in own:
                yield word
        if self._stream is not None:
            yield Silent(STREAM_AWAY)

    def _withdraw(self, stream: ChangeStream, command: Command) -> None:
        """Let everybody stop: nobody listens any more.

        Not awaited, since whoever listened may have been cancelled, and would be again.
        """
        end = {"requests": [command.request]}
        order = Command(secrets.token_hex(8), "", CANCEL, end)
        task = asyncio.create_task(stream.publish(order))
        self._withdrawals.add(task)
        task.add_done_callback(self._withdrawals.discard)

    async def _await_all(self, servers: Sequence[str], words: _Words) -> _Events:
        # When each was last heard of; those that are done are taken out.
        waiting = dict.fromkeys(servers, self._clock())
        done: set[str] = set()
        while waiting:
            word = await self._next(words, min(waiting.values()))
            if word is None:
                for server in self._silent(waiting):
                    del waiting[server]
                    yield Silent(server)
            elif word.server not in done:
                waiting[word.server] = self._clock()
                if word.done:
                    done.add(word.server)
                    del waiting[word.server]
                yield word

    async def _next(self, words: _Words, since: float) -> Acknowledged | None:
        """Return the next word, or `None` if somebody has been silent for too long."""
        rest = since + self._patience_seconds - self._clock()
        try:
            async with asyncio.timeout(max(0.0, rest)):
                return await words.get()
        except TimeoutError:
            return None

    def _silent(self, waiting: Mapping[str, float]) -> list[str]:
        limit = self._clock() - self._patience_seconds
        return [server for server, at in waiting.items() if at <= limit]


async def _is_live_soon(stream: ChangeStream) -> bool:
    """Tell whether a stream is live; one that has just begun is given some time."""
    for _ in range(_LOOKS):
        if stream.live:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return stream.live
