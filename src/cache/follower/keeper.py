"""Keeps the current snapshot of one repository, and knows until when it holds.

Nobody else replaces a snapshot. `SnapshotKeeper.current` returns one only while it
is known to be fresh enough: on SQLite the gate is read for every request; on
PostgreSQL a poll renews a lease, and where the lease has run out (a stopped
process, a busy loop, a hung poll) the request itself reads the gate first.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from ...protocol.errors import UnavailableError
from ...registry import Contents, Moment, Registry, RepositoryError
from ..answers import Dependency, Generations, collection, definition
from ..policies import Thing
from ..revision import Revision
from ..snapshot import Snapshot, build_snapshot
from .coverage import WAIT_SECONDS, Coverage
from .next_run import NextRun, retrieve_exception
from .reached import Reached
from .state import FollowerState

LEASE_SLACK_SECONDS = 1.0
"""A snapshot may be used this much longer than one poll period (invariant I3)."""

_RETRY_SECONDS = 0.01
_CHECK_SECONDS = 60.0  # a whole rebuild; requests stop waiting for it much earlier
_TOLD_SLACK_SECONDS = 0.25
_BEHIND_SECONDS = 0.05
_LARGE_ROWS = 20_000  # about 50 ms
_UNNAMED_SECONDS = 10.0  # a GRANT is seen by no trigger
_T = TypeVar("_T")

_logger = structlog.get_logger("butlery.cache")


class SnapshotKeeper:
    """Follows one repository's changes.

    Parameters
    ----------
    registry
        The repository to follow.
    generations
        What to tell that something moved.
    poll_seconds
        Period of the gate poll; 0 reads the gate before every answer. Without
        meaning on SQLite, which is always read so.
    deadline_seconds
        Longest time that a request waits for a fresh snapshot.
    clock
        Monotonic time in seconds.
    sleep
        Suspends for some seconds.

    Attributes
    ----------
    generations
        Moves of the repository.
    coverage
        How far a watcher has named all changes.
    named
        Is told which collections, by their keys, and dimensions a watcher has named.
    removed
        Is told which collections and dataset types are no longer what they were.
    build_seconds
        Time that the newest snapshot took, without what was read for it.
    """

    def __init__(
        self,
        registry: Registry,
        generations: Generations | None = None,
        *,
        poll_seconds: float = 1.0,
        deadline_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.generations = generations or Generations()
        self._registry = registry
        self._poll_seconds = poll_seconds
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._sleep = sleep
        self.coverage = Coverage(clock)
        self.named: Callable[[Iterable[Any], Iterable[str]], None] = lambda *_: None
        self._snapshot: Snapshot | None = None
        self._moment: Moment | None = None
        self._checked_at = float("-inf")
        self._definitions_read_at = float("-inf")
        self._definitions_are_named = False
        self._checks = NextRun(self._check)
        self._confirmations = NextRun(self._confirm)
        self._poller: asyncio.Task[None] | None = None
        self._spawned: set[asyncio.Task[None]] = set()
        self._following = asyncio.Lock()
        self._met = Reached()
        self._followed: dict[bool, Moment] = {}  # by whether others have told it
        self.build_seconds = 0.0
        self._built_at = float("-inf")
        self._told: tuple[Moment, float] | None = None
        self._told_at = float("-inf")
        self._is_held = False
        self.removed: Callable[[Iterable[Thing]], None] = lambda _: None

    @property
    def identity(self) -> str:
        """Name of the repository wherever several servers meet."""
        return self._registry.identity

    @property
    def is_open(self) -> bool:
        """Whether there is a snapshot."""
        return self._snapshot is not None

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot, however old it is."""
        if self._snapshot is None:
            raise UnavailableError("The repository is not open yet.")
        return self._snapshot

    async def open(self) -> None:
        """Build the first snapshot and begin to follow changes.

        Raises
        ------
        RepositoryError
            If the repository cannot be served.
        """
        started = self._clock()
        self._is_held = False
        contents = await self._registry.open()
        self._snapshot = await self._build(contents)
        self._moment = self._followed[False] = contents.moment
        self._checked_at = self._definitions_read_at = started
        if self._polls:
            self._poller = asyncio.create_task(self._poll())

    def begin(self, contents: Contents) -> None:
        """Begin with definitions of old, without asking the database anything.

        Until `follow` there is no lease: only what is permanent can be answered.
        """
        self._snapshot = build_snapshot(self._registry, contents, None)
        # Equal to no moment that the database will tell.
        self._moment = replace(contents.moment, node="stored", connection=0)
        self._built_at = self._clock()
        self._is_held = True

    def follow(self) -> None:
        """Begin to follow changes, now that the database is known to be the right one.

        The definitions are brought up to date as soon as may be.
        """
        self._is_held = False
        if self._polls:
            self._poller = asyncio.create_task(self._poll())
        self._spawn(self.check())

    def discard(self) -> None:
        """Be as if never opened; `close` has been called."""
        self._snapshot = self._moment = None
        self._checked_at = self._definitions_read_at = float("-inf")
        self._followed.clear()
        self._is_held = False

    async def close(self) -> None:
        """Stop following changes."""
        await self._checks.close()
        await self._confirmations.close()
        for task in (self._poller, *self._spawned):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def current(self) -> Snapshot:
        """Return a snapshot that is fresh enough to answer from.

        Raises
        ------
        UnavailableError
            If the database does not say in time whether anything changed.
        """
        self._require_followed()
        if self._registry.gate.immediate:
            gate, started = self._registry.gate, self._clock()
            if await self._patiently(gate.read) == self.moment:
                self._checked_at = started
                return self.snapshot
        elif self.holds_lease:
            return self.snapshot
        await self.check()
        return self.snapshot

    @property
    def moment(self) -> Moment:
        """The moment at which the snapshot is known to have held."""
        if self._moment is None:
            raise UnavailableError("The repository is not open yet.")
        return self._moment

    @property
    def revision(self) -> Revision:
        """A state of the database in which is all that any answer has shown.

        Answers are at least as new as `moment`, and may show what came later: a cold
        one that was read after the last look at the gate.
        """
        shown = self._registry.database.shown
        return Revision.of(self.identity, self.moment if shown is None else shown)

    def has_met(self, demand: str) -> bool:
        """Tell whether answers are known to be as new as a client demands.

        Parameters
        ----------
        demand
            As `meet` takes it.
        """
        return self._moment is not None and self._met.has(demand, self._moment.node)

    async def meet(self, demand: str) -> None:
        """Return when answers are at least as new as a client demands.

        Parameters
        ----------
        demand
            Revision tokens, with spaces between them.

        Raises
        ------
        BadRequestError
            If it has none, too many, or something else.
        ForeignRevisionError
            If one says nothing about this repository's database.
        UnavailableError
            If that takes too long.
        """
        if self.has_met(demand):
            return
        for revision in Revision.parse_all(demand):
            await self.reach(revision)
        self._met.add(demand, self.moment.node)

    async def reach(self, wanted: Revision) -> None:
        """Return when answers are at least as new as a revision.

        Raises
        ------
        ForeignRevisionError
            If it says nothing about this repository's database.
        UnavailableError
            If that takes too long.
        """
        deadline = self._clock() + self._deadline_seconds
        if not self.has_checked:
            await self.check()
        if self._registry.gate.immediate:
            await self.current()
        while not self._has_reached(wanted):
            if self._clock() >= deadline:
                raise UnavailableError(
                    "Butlery-At-Least: the server's database has not got there yet."
                )
            await self.check()
            if not self._has_reached(wanted):
                await self._sleep(_BEHIND_SECONDS)

    def _has_reached(self, wanted: Revision) -> bool:
        # A moment of SQLite is known to its own connection alone. It does not matter:
        # there every answer is from after the request came.
        now = Revision.of(self.identity, self.moment)
        if self._registry.gate.immediate:
            now = replace(now, gate=wanted.gate)
        return wanted.is_reached_by(now)

    @property
    def state(self) -> FollowerState:
        """How changes are noticed at the moment."""
        if self._polls and not self.holds_lease:
            return FollowerState.FALLBACK
        is_told = self.coverage.is_live() and self.coverage.is_watched
        return FollowerState.LIVE if is_told else FollowerState.POLLED

    @property
    def checked_seconds_ago(self) -> float:
        """Time since the last good look at the gate began."""
        return self._clock() - self._checked_at

    @property
    def definitions_seconds_ago(self) -> float:
        """Time since the last reading of the small tables began."""
        return self._clock() - self._definitions_read_at

    @property
    def built_seconds_ago(self) -> float:
        """Age of the newest snapshot."""
        return self._clock() - self._built_at

    @property
    def has_checked(self) -> bool:
        """Whether the snapshot has ever been known to hold."""
        return self._checked_at > float("-inf")

    @property
    def holds_lease(self) -> bool:
        """Whether the snapshot may be used without asking anybody."""
        return self._clock() - self._checked_at <= self._lease_seconds

    async def confirm(self) -> Snapshot:
        """Return a snapshot whose definitions hold after now; the same, if its do.

        Raises
        ------
        UnavailableError
            If the database cannot be asked in time.
        """
        if self._registry.gate.immediate:
            return await self.current()
        return await self._confirmations()

    async def _confirm(self) -> Snapshot:
        if not await self._registry.gate.confirms(self.snapshot.contents):
            await self.check()
        return self.snapshot

    async def check(self) -> None:
        """Read the gate, after now, and follow it if it moved.

        Raises
        ------
        UnavailableError
            If the database cannot be asked in time.
        """
        self._require_followed()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._checks()
        except TimeoutError:
            raise UnavailableError(
                "The repository's database did not say in time whether it changed."
            ) from None

    def _require_followed(self) -> None:
        if self._is_held:
            raise UnavailableError(
                "The repository's database has not said yet that it is the right one."
            )

    async def _check(self) -> None:
        async with (
            asyncio.timeout(_CHECK_SECONDS),
            self._following,
            _refusals_explained(),
        ):
            await self._look()

    def renew_definitions(self) -> None:
        """Read the small tables again, soon; nobody waits for it here."""
        self._definitions_are_named = True
        self._spawn(self.check())

    async def reread(self) -> None:
        """Read the small tables again, now, whatever the gate says.

        Raises
        ------
        UnavailableError
            If the database cannot be asked in time.
        """
        self._definitions_are_named = True
        await self.check()

    def note_check(self, moment: Moment, started: float) -> None:
        """Follow what another process of this host has seen of the gate.

        Parameters
        ----------
        started
            When its look at the gate began, by this process's clock.
        """
        self._told_at = self._clock()
        is_new = self._told is None
        self._told = (moment, min(started, self._told_at))
        if is_new:
            self._spawn(self._follow_told())

    async def _follow_told(self) -> None:
        async with (
            asyncio.timeout(_CHECK_SECONDS),
            self._following,
            _refusals_explained(),
        ):
            assert self._told is not None  # noqa: S101 - told to mypy
            (moment, started), self._told = self._told, None
            if started <= self._checked_at:
                return
            self._registry.database.node = moment.node
            self._registry.database.note_shown(moment)
            if self._is_news(moment):
                await self._follow(moment)
            self._followed[True] = moment
            self._checked_at = started

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)
        task.add_done_callback(retrieve_exception)

    async def _look(self) -> None:
        if self._definitions_are_named:
            await self._renew()
        started = self._clock()
        gate = self._registry.gate
        async with asyncio.timeout(self._deadline_seconds):
            moment = await self._patiently(gate.read)
        if self._is_news(moment):
            await self._follow(moment)
        self._followed[moment.connection < 0] = moment
        self._checked_at = started

    def _is_news(self, moment: Moment) -> bool:
        """Tell whether anything may have happened since the last moment.

        Our own connection and that of the host's poller each tell of its own gaps: a
        reconnection. Otherwise the same text in the same life is the same state.
        """
        last = self._followed.get(moment.connection < 0)
        if last is not None and last.connection != moment.connection:
            return True
        return not moment.is_at(self.moment)

    async def _follow(self, moment: Moment) -> None:
        """Bring everything from the last moment to this one."""
        # While the lease lasts nobody waits for this.
        lease_left = self._checked_at + self._lease_seconds - self._clock()
        patience = max(WAIT_SECONDS, lease_left - WAIT_SECONDS)
        if await self.coverage.covers(
            moment, since=self._checked_at, patience_seconds=patience
        ):
            # What was named has been dropped, or renewed below. Rights are not named.
            age = self._clock() - self._definitions_read_at
            if self._definitions_are_named or age > _UNNAMED_SECONDS:
                await self._renew()
            self._moment = moment
            return
        new = await self._build(await self._read_contents())
        # Together, without a pause: whoever takes the new snapshot must not be
        # answered from before it.
        self._publish(new)
        # Not the moment of the contents: it may be newer, but of another connection.
        self._moment = moment
        self.generations.move_all("gate")

    async def _renew(self) -> None:
        """Read the definitions again; what is kept of other things stays, if it can."""
        self._definitions_are_named = False
        previous = self.snapshot.contents
        try:
            contents = await self._read_contents()
            if (contents.tokens, contents.unreadable) != (
                previous.tokens,
                previous.unreadable,
            ):
                new = await self._build(contents)
                # Whoever takes it must not be answered from before it, either.
                is_covered = await self.coverage.covers(
                    contents.until, since=self._checked_at
                )
                self._publish(new)
                if not is_covered:
                    self.generations.move_all("definitions")
        except BaseException:
            self._definitions_are_named = True
            raise

    def _publish(self, new: Snapshot) -> None:
        """Replace the snapshot; answers about what is gone, or its key's, are too."""
        old, self._snapshot = self._snapshot, new
        if old is None:
            return
        moved: list[Dependency] = []
        removed: list[Thing] = []
        if old.collections is not new.collections:
            now = new.collections.whole.by_key
            for key, before in old.collections.whole.by_key.items():
                after = now.get(key)
                if after is None or after.name != before.name:
                    moved.append(collection(key))
                    removed.append(("collection", before.name))
        if old.dataset_types is not new.dataset_types:
            types = new.dataset_types.by_id
            for id_, type_ in old.dataset_types.by_id.items():
                if id_ not in types or types[id_].name != type_.name:
                    moved.append(definition("dataset-type", id_))
                    removed.append(("dataset type", type_.name))
        self.generations.move(moved)
        if removed:
            self.removed(removed)

    async def _read_contents(self) -> Contents:
        started = self._clock()
        # What was stored is compared with nothing: all of it is read and verified.
        previous = self.snapshot.contents if self.has_checked else None
        gate = self._registry.gate
        contents = await self._patiently(lambda: gate.read_contents(previous))
        self._definitions_read_at = started
        return contents

    async def _build(self, contents: Contents) -> Snapshot:
        """Make a snapshot; beside the event loop, if that may take long."""
        started = self._clock()
        build = partial(build_snapshot, self._registry, contents, self._snapshot)
        is_large = sum(map(len, contents.rows.values())) > _LARGE_ROWS
        new = await asyncio.to_thread(build) if is_large else build()
        self._built_at = self._clock()
        self.build_seconds = self._built_at - started
        _logger.debug("snapshot", version=new.version, gate=contents.moment.text)
        return new

    async def _patiently(self, read: Callable[[], Awaitable[_T]]) -> _T:
        """Read from the gate, waiting while a writer holds an SQLite file's lock."""
        started = self._clock()
        while True:
            try:
                return await read()
            except UnavailableError:
                is_late = self._clock() - started >= self._deadline_seconds
                if is_late or not self._registry.gate.immediate:
                    raise
                await self._sleep(_RETRY_SECONDS)

    @property
    def _polls(self) -> bool:
        return not self._registry.gate.immediate and self._poll_seconds > 0

    @property
    def _lease_seconds(self) -> float:
        if self._poll_seconds == 0 or self._registry.gate.immediate:
            return float("-inf")
        return self._poll_seconds + LEASE_SLACK_SECONDS

    async def _poll(self) -> None:
        while True:
            await self._sleep(self._poll_seconds)
            if self._clock() - self._told_at < self._poll_seconds + _TOLD_SLACK_SECONDS:
                continue  # one poller for a host is enough
            try:
                await self.check()
            except (UnavailableError, TimeoutError) as error:
                _logger.warning("poll-failed", error=str(error))
            except Exception:
                _logger.exception("poll-failed")


@contextlib.asynccontextmanager
async def _refusals_explained() -> AsyncIterator[None]:
    """Turn a repository that can no longer be served into one that is unavailable."""
    try:
        yield
    except RepositoryError as error:
        raise UnavailableError(
            f"The repository changed in a way that cannot be served: {error}."
        ) from error
