"""Obeys the commands of operators on the repositories of this process.

Every command is acknowledged, be it done, impossible or none of this server's
business; long work again and again, so that its silence means that it is lost.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress

import structlog

from ...protocol.admin import RepositoryStatus, ServerStatus
from ...protocol.errors import ButleryError
from ...protocol.scalars import encode_json
from ..bus import Acknowledged, ChangeStream, Command
from ..repository import Repository
from .execution import CANCEL, STATUS, execute
from .outcome import Outcome
from .status import describe, describe_stream

PROGRESS_SECONDS = 1.0
_MOST_AT_ONCE = 16

_logger = structlog.get_logger("butlery.cache")


class Obeyer:
    """Carries out commands, each in a task of its own.

    Parameters
    ----------
    server
        Name of this process.
    repositories
        Open ones, by label.
    stream
        Where commands come from, for its status.
    sleep
        Suspends for some seconds.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        server: str,
        repositories: Mapping[str, Repository],
        stream: ChangeStream | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server = server
        self._repositories = repositories
        self._stream = stream
        self._sleep = sleep
        self._clock = clock
        self._at_work: dict[str, asyncio.Task[None]] = {}

    async def obey(self, command: Command) -> AsyncGenerator[Acknowledged, None]:
        """Carry out a command, and tell how far it has come, at last its end."""
        started = self._clock()
        tell: list[Callable[[], Outcome]] = []
        work = asyncio.create_task(self._carry_out(command, tell.append))
        try:
            while not await self._is_done_soon(work):
                outcome = tell[-1]() if tell else Outcome()
                yield self._acknowledge(command, outcome, started, done=False)
            yield self._acknowledge(command, await work, started, done=True)
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    def obey_all(
        self, command: Command, publish: Callable[[Acknowledged], Awaitable[object]]
    ) -> None:
        """Begin to carry out a command; every word about it is published."""

        async def work() -> None:
            async with aclosing(self.obey(command)) as words:
                async for word in words:
                    await publish(word)

        if command.action == CANCEL:
            self._cancel(command.arguments.get("requests", []))
            return
        if len(self._at_work) >= _MOST_AT_ONCE or command.request in self._at_work:
            _logger.warning("command-refused", action=command.action)
            return
        task = asyncio.create_task(work(), name=command.request)
        self._at_work[command.request] = task
        task.add_done_callback(self._forget)

    def _cancel(self, requests: Iterable[str]) -> None:
        for request in requests:
            if request in self._at_work:
                self._at_work[request].cancel()

    def _forget(self, task: "asyncio.Task[None]") -> None:
        del self._at_work[task.get_name()]
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("command-failed", exc_info=error)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _is_done_soon(self, work: "asyncio.Task[Outcome]") -> bool:
        """Wait for the end of the work, or for the next word about it."""
        pause = asyncio.ensure_future(self._sleep(PROGRESS_SECONDS))
        try:
            await asyncio.wait({work, pause}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
        return work.done()

    async def _carry_out(
        self, command: Command, watch: Callable[[Callable[[], Outcome]], None]
    ) -> Outcome:
        try:
            if command.action == STATUS:
                report = encode_json(await self.describe(command.arguments))
                return Outcome(report=report.decode())
            # Under several labels it has several caches.
            outcomes = [
                await execute(repository, command, watch)
                for repository in self._repositories.values()
                if repository.registry.identity == command.repository
            ]
        except ButleryError as error:
            return Outcome(str(error), ok=False)
        except Exception:
            _logger.exception("command-failed", action=command.action)
            return Outcome("it failed; this server's log says why", ok=False)
        if not outcomes:
            return Outcome("this server does not serve the repository")
        return Outcome.sum(outcomes)

    async def describe(self, arguments: Mapping[str, list[str]]) -> ServerStatus:
        """Describe this process, with these of its repositories, or with all."""
        identities = arguments.get("repositories", [])
        described: list[RepositoryStatus] = [
            await describe(repository)
            for repository in self._repositories.values()
            if not identities or repository.registry.identity in identities
        ]
        stream = None if self._stream is None else describe_stream(self._stream)
        return ServerStatus(self.server, described, stream)

    def _acknowledge(
        self, command: Command, outcome: Outcome, started: float, *, done: bool
    ) -> Acknowledged:
        return Acknowledged(
            request=command.request,
            server=self.server,
            ok=outcome.ok,
            detail=outcome.detail,
            counts=outcome.counts,
            milliseconds=1000 * (self._clock() - started),
            done=done,
            report=outcome.report,
        )
