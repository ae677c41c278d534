"""Looks for changes of what is permanent, slowly and for ever.

Definitions are compared with the first that were seen. Contents are read from the
database, page by page, and their digest is compared with that of the first time. What
was kept before a first digest was complete is read again: no digest vouches for it.
A release index is compared with the database itself, once.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import structlog

from ...protocol.errors import UnavailableError
from ...registry import RepositoryError, StaleDefinitionsError, record_rows
from ..follower import SnapshotKeeper
from ..policies import Thing
from ..snapshot import Snapshot
from .against_index import agreements, is_indexed
from .contents import pages, units
from .permanence import Permanence

_T = TypeVar("_T")

_logger = structlog.get_logger("butlery.cache")


@dataclass(frozen=True)
class Pace:
    """How often, and how fast, is looked.

    Parameters
    ----------
    definitions_seconds
        From one look at all definitions to the next.
    contents_seconds
        From the beginning of one reading of all contents to that of the next.
    share
        Of one core, and of one connection's time, that reading contents takes.
    """

    definitions_seconds: float = 600.0
    contents_seconds: float = 86_400.0
    share: float = 0.01


class SelfCheck:
    """Looks for changes in one repository.

    Parameters
    ----------
    keeper
        Its snapshots.
    permanence
        Is told what has changed.
    pace
        How often is looked.
    clock
        Monotonic time in seconds.
    sleep
        Suspends for some seconds.

    Attributes
    ----------
    passes
        How often all contents have been read.
    """

    def __init__(
        self,
        keeper: SnapshotKeeper,
        permanence: Permanence,
        pace: Pace | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.passes = 0
        self._keeper = keeper
        self._permanence = permanence
        self._pace = pace or Pace()
        self._clock = clock
        self._sleep = sleep
        self._definitions: dict[Thing, object] = {}
        self._digests: dict[Thing, bytes] = {}
        self._compared: set[tuple[str, Thing]] = set()
        self._forgotten = 0

    async def run(self) -> None:
        """Look for ever; to be cancelled."""
        if self._permanence.policies.has_permanent:
            await asyncio.gather(
                self._repeat(self.check_definitions, self._pace.definitions_seconds),
                self._repeat(self.check_contents, self._pace.contents_seconds),
            )

    async def _repeat(self, look: Callable[[], Awaitable[None]], period: float) -> None:
        while True:
            started = self._clock()
            try:
                await look()
            except (UnavailableError, StaleDefinitionsError) as error:
                _logger.warning("self-check-failed", error=str(error))
            except Exception:
                _logger.exception("self-check-failed")
            await self._sleep(max(0.0, started + period - self._clock()))

    async def check_definitions(self) -> None:
        """Compare the definitions of now with the first."""
        try:
            self._permanence.reload()
        except RepositoryError as error:
            _logger.warning("self-check-failed", error=str(error))
        await self._keeper.reread()
        now = dict(_definitions(self._keeper.snapshot))
        for thing, first in self._definitions.items():
            if now.get(thing) != first:
                self._permanence.unmark([thing], "its definition changed")
        permanent = self._permanence.is_permanent
        self._definitions = {t: seen for t, seen in now.items() if permanent(t)}

    async def check_contents(self) -> None:
        """Compare the contents of now with the first, one thing after the other."""
        for thing in list(units(self._keeper.snapshot)):
            if self._permanence.is_permanent(thing):
                await self._check(thing)
            else:
                self._digests.pop(thing, None)
        self.passes += 1

    def forget(self, things: Iterable[Thing] | None = None) -> None:
        """Compare with what will be seen next, not with the first; `None`: of all."""
        self._forgotten += 1
        for known in (self._definitions, self._digests):
            for thing in list(known if things is None else things):
                known.pop(thing, None)

    async def _check(self, thing: Thing) -> None:
        forgotten = self._forgotten
        try:
            digest = await self._digest(thing)
            # After the digest: what changes from now on makes another one.
            agrees = await self._agrees(thing)
        except KeyError:
            return  # removed meanwhile: that is a change of its definition
        if self._forgotten != forgotten:
            return  # it may be of what was before
        if not agrees:
            self._permanence.unmark([thing], "its contents are not as indexed")
            return
        first = self._digests.setdefault(thing, digest)
        if first is digest:
            self._permanence.doubt([thing])
        elif first != digest:
            del self._digests[thing]
            self._permanence.unmark([thing], "its contents changed")

    async def _agrees(self, thing: Thing) -> bool:
        """Tell whether a thing is as indexed; that is looked at once for each index."""
        index, snapshot = self._permanence.index, self._keeper.snapshot
        if index is None or self._permanence.is_overruled(thing):
            return True
        if not is_indexed(index, snapshot, thing):
            return True
        name = index.manifest.name
        if (name, thing) in self._compared:
            return True
        async for agrees in self._slowly(agreements(index, snapshot, thing)):
            if self._permanence.index is not index:
                return True  # the next round looks at the new one
            if not agrees:
                return False
        self._compared.add((name, thing))
        return True

    async def _slowly(self, pages: AsyncIterator[_T]) -> AsyncIterator[_T]:
        """Yield pages, with a rest after each."""
        started = self._clock()
        async for page in pages:
            yield page
            spent = self._clock() - started
            await self._sleep(spent * (1 / self._pace.share - 1))
            started = self._clock()

    async def _digest(self, thing: Thing) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        async for page in self._slowly(pages(self._keeper.snapshot, thing)):
            digest.update(page)
        return digest.digest()


def _definitions(snapshot: Snapshot) -> Iterator[tuple[Thing, object]]:
    """Yield everything that a snapshot knows completely, in a form to compare."""
    for found in snapshot.collections.by_name.values():
        yield ("collection", found.name), (found.key, found.type, found.children)
    for type_ in snapshot.dataset_types.by_id.values():
        yield ("dataset type", type_.name), (type_.id, type_.wire)
    for element in snapshot.universe.elements.values():
        if element.small:
            rows = snapshot.contents.rows[record_rows(element.name)]
            yield ("dimension", element.name), rows
