"""Applies what the stream of changes tells to the repositories of this process.

One task reads the stream. It never stops because of a message, and no request waits
for it. What it misses it says (a gap); then nothing is kept on its word any more.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator

import structlog

from ...registry import Moment
from ..answers import NEW_DATASETS, Dependency, collection, new_records, old_records
from ..bus import (
    Acknowledged,
    Changed,
    ChangeStream,
    Checked,
    Command,
    Covered,
    Delivery,
    Gap,
)
from .keeper import SnapshotKeeper

_logger = structlog.get_logger("butlery.cache")


class ChangeFollower:
    """Follows one stream for all repositories of a process.

    Parameters
    ----------
    stream
        Where changes are told. Opened and closed here.
    keepers
        Those that are to be told; of open repositories.
    carries_changes
        Whether watchers and operators are on this stream.
    carries_checks
        Whether the poller of this host is: nobody else's clock means anything here.
    """

    def __init__(
        self,
        stream: ChangeStream,
        keepers: Iterable[SnapshotKeeper],
        *,
        carries_changes: bool = True,
        carries_checks: bool = True,
    ) -> None:
        self.stream = stream
        self._keepers = list(keepers)
        self._carries_changes = carries_changes
        self._carries_checks = carries_checks
        self._obey: Callable[[Command], None] = lambda _: None
        self._heard: Callable[[Acknowledged], None] = lambda _: None
        self._task: asyncio.Task[None] | None = None

    def attend(
        self, obey: Callable[[Command], None], heard: Callable[[Acknowledged], None]
    ) -> None:
        """Hand commands, and the answers to them, to these from now on."""
        self._obey, self._heard = obey, heard

    async def open(self) -> None:
        """Begin to follow. Waits for nobody."""
        await self.stream.open()
        if self._carries_changes:
            for keeper in self._keepers:
                keeper.coverage.is_live = lambda: self.stream.live
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following."""
        await self.stream.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        async for event in self.stream.deliveries():
            try:
                self._apply(event)
            except Exception:
                # Whatever it was meant to say: it is not known to have been done.
                _logger.exception("stream-event-failed")
                self._end("failed-event")

    def _apply(self, event: Delivery | Gap) -> None:
        if isinstance(event, Gap):
            _logger.info("stream-gap", reason=event.reason, detail=event.detail)
            self._end(f"gap:{event.reason}")
            return
        message = event.message
        if isinstance(message, Command):
            self._obey(message)
            return
        if isinstance(message, Acknowledged):
            self._heard(message)
            return
        if isinstance(message, Checked | Changed | Covered):
            for keeper in self._keepers:
                if keeper.identity == message.repository:
                    self._tell(keeper, message)

    def _tell(
        self, keeper: SnapshotKeeper, message: Checked | Changed | Covered
    ) -> None:
        if isinstance(message, Checked):
            if not self._carries_checks:
                return
            moment = Moment(message.node, message.gate, -message.connection)
            keeper.note_check(moment, message.started)
        elif isinstance(message, Changed):
            self._change(keeper, message)
        else:
            keeper.coverage.note(message.node, message.gate)

    def _end(self, reason: str) -> None:
        """Rely on nothing that was told before; what is told from now on counts."""
        if not self._carries_changes:
            return
        for keeper in self._keepers:
            if keeper.coverage.is_relied_on:
                keeper.generations.move_all(reason)
            keeper.coverage.begin()

    def _change(self, keeper: SnapshotKeeper, change: Changed) -> None:
        if change.everything:
            keeper.coverage.begin()
            keeper.generations.move_all("watcher")
        else:
            keeper.generations.move(_moved(change))
            keeper.named(
                change.collections, [*change.elements_grown, *change.elements_changed]
            )
        if change.definitions or change.everything:
            keeper.renew_definitions()


def _moved(change: Changed) -> Iterable[Dependency]:
    """Yield all that an answer may depend on and that has changed."""

    def each() -> Iterator[Dependency]:
        yield from map(collection, change.collections)
        yield from map(new_records, change.elements_grown)
        for element in change.elements_changed:
            yield old_records(element)
            yield new_records(element)
        if change.new_datasets:
            yield NEW_DATASETS

    return each()
