"""Remembers what the database answered; one read for all who ask the same.

An answer is stored only if nothing that it depends on moved while it was read, and
served only if nothing has since. A running read is shared only by callers who come
while the same is true of it, so that nobody is ever given what an invalidation that
they could know of has made old (invariants I4 and I6).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from cachetools import Cache, LRUCache

from ...protocol.errors import UnavailableError
from .generations import Dependency, Generations
from .sizes import size_of

_T = TypeVar("_T")


@dataclass(frozen=True)
class Limits:
    """How much is kept at most; what was used least recently goes first."""

    entries: int = 500_000
    bytes: int = 256 * 1024 * 1024
    reads: int = 208
    """At the same time; most wait for a connection. More are refused at once."""
    whole_bytes: int = 64 * 1024 * 1024
    """Of whole answers, which are kept besides what they were made from."""


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
    together
        What else the read looks at: only the same read is shared.
    """

    key: Hashable
    dependencies: tuple[Dependency, ...] | None
    read: Callable[[], Awaitable[_T]]
    terms: Callable[[_T], Keep | None]
    together: Hashable = None

    @property
    def read_key(self) -> Hashable:
        """Equal for equal reads."""
        return (self.key, self.together)


@dataclass(slots=True)
class Entry:
    """A kept answer, true as of the move ``since``."""

    value: Any
    terms: Keep
    since: int
    size: int
    counts: "Counts"


@dataclass(frozen=True, slots=True)
class _Flight:
    """A running read."""

    since: int
    task: "asyncio.Task[tuple[Any, Counts]]"


@dataclass(slots=True)
class Counts:
    """What became of the questions of one kind and policy so far."""

    hits: int = 0
    misses: int = 0
    """Reads of the database that gave an answer."""
    shared: int = 0
    """Questions answered by a read that another had begun."""
    bypassed: int = 0
    failed: int = 0
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

    Attributes
    ----------
    counts
        By kind of question and policy of the answer: ``permanent``, ``dynamic``,
        ``volatile`` (not kept), or ``unknown``, for there was none.
    reading
        Reads of the database under way.
    """

    def __init__(self, generations: Generations, limits: Limits | None = None) -> None:
        self.generations = generations
        self.limits = limits or Limits()
        self.counts: dict[tuple[str, str], Counts] = {}
        self.reading = 0
        self._entries: LRUCache[Hashable, Entry] = LRUCache(
            self.limits.bytes, getsizeof=lambda entry: entry.size
        )
        self._flights: dict[Hashable, _Flight] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    @property
    def size_bytes(self) -> int:
        """Estimated size of everything kept."""
        return int(self._entries.currsize)

    def find(
        self, key: Hashable, *, permanent: bool = False, doubted: bool = False
    ) -> Entry | None:
        """Return a kept answer that is still true, or `None`.

        Parameters
        ----------
        permanent
            Whether only a permanent one will do.
        doubted
            Whether one will do, too, that is to be read again.
        """
        entry = self._entries.get(key)
        if entry is None or (permanent and not entry.terms.permanent):
            return None
        if self._holds(entry):
            if not doubted and entry.since != self.generations.now:
                return None
            entry.counts.hits += 1
            return entry
        del self._entries[key]
        entry.counts.dropped += 1
        return None

    def peek(self, key: Hashable) -> Entry | None:
        """Return what is kept under a key, be it still true or not."""
        return Cache.get(self._entries, key)

    async def ask(self, question: Question[_T]) -> _T:
        """Read an answer, for this caller alone or together with others.

        Raises
        ------
        ButleryError
            Whatever the read raises, to everybody who shares it.
        UnavailableError
            If there are too many reads already.
        """
        flight = self._flights.get(question.read_key)
        shares = flight is not None and self._is_shareable(flight, question)
        if flight is None or not shares:
            flight = self._start(question)
        # One caller's end is not the others'.
        value, counts = await asyncio.shield(flight.task)
        counts.shared += shares
        return cast("_T", value)

    def is_shareable(self, question: Question[Any]) -> bool:
        """Tell whether a read is under way that would answer this, too."""
        flight = self._flights.get(question.read_key)
        return flight is not None and self._is_shareable(flight, question)

    async def bypass(self, question: Question[_T]) -> _T:
        """Read an answer that must not be kept, for this caller alone.

        Raises
        ------
        UnavailableError
            If there are too many reads already.
        """
        with self.reads():
            value = await question.read()
        self._counts_of(question.key, "volatile").bypassed += 1
        return value

    @contextmanager
    def reads(self) -> Iterator[None]:
        """Count a read of the database as long as the context lasts.

        Raises
        ------
        UnavailableError
            If there are too many already.
        """
        self._enter()
        try:
            yield
        finally:
            self.reading -= 1

    def keys(self) -> list[Hashable]:
        """Return the keys of everything kept, be it still true or not."""
        return list(self._entries)

    def sweep(self, keys: Iterable[Hashable]) -> Counter[str]:
        """Drop what is no longer true, of these; return how many, by kind.

        Which entry was used last stays as it is.
        """
        dropped: Counter[str] = Counter()
        for key in keys:
            if key not in self._entries:
                continue
            entry = Cache.__getitem__(self._entries, key)
            if not self._holds(entry):
                del self._entries[key]
                entry.counts.dropped += 1
                dropped[_kind(key)] += 1
        return dropped

    def store(self, question: Question[_T], value: _T, since: int) -> Counts:
        """Keep an answer read since the move ``since``, if it is still true.

        Returns
        -------
        Counts
            Where it has been counted.
        """
        counts, _ = self._keep(question, value, since)
        counts.misses += 1
        return counts

    def prepare(self, question: Question[_T], value: _T, since: int) -> bool:
        """Do the same with an answer that nobody has asked for yet.

        Returns
        -------
        kept
            Whether it is kept now.
        """
        _, is_kept = self._keep(question, value, since)
        return is_kept

    def _keep(
        self, question: Question[_T], value: _T, since: int
    ) -> tuple[Counts, bool]:
        terms = question.terms(value)
        policy = "permanent" if terms and terms.permanent else "dynamic"
        counts = self._counts_of(question.key, policy if terms else "volatile")
        if terms is None:
            return counts, False
        size = size_of(question.key, value, terms.dependencies)
        entry = Entry(value, terms, since, size, counts)
        if not self._holds(entry):
            counts.lost += 1
            return counts, False
        if size > self.limits.bytes:
            return counts, False
        self._entries[question.key] = entry
        counts.stored += 1
        while len(self._entries) > self.limits.entries:
            self._entries.popitem()
        return counts, True

    def _holds(self, entry: Entry) -> bool:
        terms = entry.terms
        if not self.generations.unmoved(
            terms.dependencies, entry.since, permanent=terms.permanent
        ):
            return False
        if self.generations.vouched(terms.dependencies, entry.since):
            # The moves so far need not be looked at again.
            entry.since = self.generations.now
        return True

    def _is_shareable(self, flight: _Flight, question: Question[Any]) -> bool:
        if question.dependencies is None:
            return flight.since == self.generations.now
        return self.generations.unmoved(question.dependencies, flight.since)

    def _start(self, question: Question[Any]) -> _Flight:
        self._enter()
        since = self.generations.now
        task = asyncio.create_task(self._read(question, since))
        key = question.read_key
        flight = self._flights[key] = _Flight(since, task)

        def end(done: "asyncio.Task[Any]") -> None:
            self.reading -= 1
            if self._flights.get(key) is flight:
                del self._flights[key]
            if not done.cancelled():
                done.exception()  # every caller may have stopped waiting

        task.add_done_callback(end)
        return flight

    async def _read(self, question: Question[_T], since: int) -> tuple[_T, Counts]:
        try:
            value = await question.read()
        except Exception:
            self._counts_of(question.key, "unknown").failed += 1
            raise
        return value, self.store(question, value, since)

    def _enter(self) -> None:
        if self.reading >= self.limits.reads:
            raise UnavailableError(
                "Too many lookups are waiting for the repository's database."
            )
        self.reading += 1

    def _counts_of(self, key: Hashable, policy: str) -> Counts:
        kind = _kind(key)
        counts = self.counts.get((kind, policy))
        if counts is None:
            counts = self.counts[kind, policy] = Counts()
        return counts


def _kind(key: Hashable) -> str:
    return key[0] if isinstance(key, tuple) else ""
