"""Remembers what the database answered; one read for all who ask the same.

An answer is stored only if nothing that it depends on moved while it was read, and
served only if nothing has since. A running read is shared only by callers who come
while the same is true of it, so that nobody is ever given what an invalidation that
they could know of has made old (invariants I4 and I6).
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from cachetools import LRUCache

from .generations import Dependency, Generations
from .sizes import size_of

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept at most; what was used least recently goes first."""

    entries: int = 500_000
    bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Keep:
    """On what terms an answer is kept."""

    dependencies: tuple[Dependency, ...]
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Question(Generic[_T]):
    """Something to ask the database.

    Parameters
    ----------
    key
        Equal for equal questions.
    dependencies
        All that any answer can depend on; `None`: only the answer tells, so that a
        running read is shared only while nothing at all has moved.
    read
        Asks the database.
    terms
        Tells on what terms an answer may be kept; `None`: it may not.
    """

    key: Hashable
    dependencies: tuple[Dependency, ...] | None
    read: Callable[[], Awaitable[_T]]
    terms: Callable[[_T], Keep | None]


@dataclass(slots=True)
class Entry:
    """A kept answer, true as of the move ``since``."""

    value: Any
    terms: Keep
    since: int
    size: int


@dataclass(frozen=True, slots=True)
class _Flight:
    """A running read."""

    since: int
    task: "asyncio.Task[Any]"


@dataclass(slots=True)
class Counts:
    """What became of the questions so far."""

    hits: int = 0
    misses: int = 0
    shared: int = 0
    stored: int = 0
    lost: int = 0
    """Answers not stored, because something moved while they were read."""
    dropped: int = 0
    """Entries found untrue when they were asked for."""


class Answers:
    """Answers of one repository's database.

    Parameters
    ----------
    generations
        Moves of the repository.
    limits
        How much is kept.
    """

    def __init__(self, generations: Generations, limits: Limits | None = None) -> None:
        self.generations = generations
        self.limits = limits or Limits()
        self.counts = Counts()
        self._entries: LRUCache[Hashable, Entry] = LRUCache(
            self.limits.bytes, getsizeof=lambda entry: entry.size
        )
        self._flights: dict[Hashable, _Flight] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Estimated size of everything kept."""
        return int(self._entries.currsize)

    def find(self, key: Hashable, *, permanent: bool = False) -> Entry | None:
        """Return a kept answer that is still true, or `None`.

        Parameters
        ----------
        permanent
            Whether only a permanent one will do.
        """
        entry = self._entries.get(key)
        if entry is None or (permanent and not entry.terms.permanent):
            return None
        if self._holds(entry):
            self.counts.hits += 1
            return entry
        del self._entries[key]
        self.counts.dropped += 1
        return None

    async def ask(self, question: Question[_T]) -> _T:
        """Read an answer, for this caller alone or together with others.

        Raises
        ------
        ButleryError
            Whatever the read raises, to everybody who shares it.
        """
        flight = self._flights.get(question.key)
        if flight is not None and self._is_shareable(flight, question):
            self.counts.shared += 1
        else:
            self.counts.misses += 1
            flight = self._start(question)
        # One caller's end is not the others'.
        return cast("_T", await asyncio.shield(flight.task))

    def store(self, question: Question[_T], value: _T, since: int) -> None:
        """Keep an answer read since the move ``since``, if it is still true."""
        terms = question.terms(value)
        if terms is None:
            return
        size = size_of(question.key, value, terms.dependencies)
        entry = Entry(value, terms, since, size)
        if not self._holds(entry):
            self.counts.lost += 1
        elif size <= self.limits.bytes:
            self._entries[question.key] = entry
            self.counts.stored += 1
            while len(self._entries) > self.limits.entries:
                self._entries.popitem()

    def _holds(self, entry: Entry) -> bool:
        terms = entry.terms
        if not self.generations.unmoved(
            terms.dependencies, entry.since, permanent=terms.permanent
        ):
            return False
        # The moves so far need not be looked at again.
        entry.since = self.generations.now
        return True

    def _is_shareable(self, flight: _Flight, question: Question[Any]) -> bool:
        if question.dependencies is None:
            return flight.since == self.generations.now
        return self.generations.unmoved(question.dependencies, flight.since)

    def _start(self, question: Question[Any]) -> _Flight:
        since = self.generations.now
        task = asyncio.create_task(self._read(question, since))
        flight = self._flights[question.key] = _Flight(since, task)

        def end(done: "asyncio.Task[Any]") -> None:
            if self._flights.get(question.key) is flight:
                del self._flights[question.key]
            if not done.cancelled():
                done.exception()  # every caller may have stopped waiting

        task.add_done_callback(end)
        return flight

    async def _read(self, question: Question[_T], since: int) -> _T:
        value = await question.read()
        self.store(question, value, since)
        return value
