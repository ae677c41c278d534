"""A fill that lost to an invalidation is never stored, and never shared too late.

Two readers, two commits with their notices, and two reads of the database, in every
order in which they can happen (invariants I4 and I6). The same without either guard
must fail.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from butlery.cache.answers import Answers, Generations, Keep, Question, collection
from butlery.cache.answers.answers import Entry

# What each actor does, in this order. Reads take the value at one time and bring it
# back at another; a commit is made at one time and noticed at another.
ACTORS = {
    "reader": ["arrive", "arrive"],
    "writer one": ["commit one", "notice one"],
    "writer two": ["commit two", "notice two"],
    "database one": ["take 0", "give 0"],
    "database two": ["take 1", "give 1"],
}
EVERY_IN_CI = 40
THING = (collection("thing"),)


def orders() -> Iterator[Sequence[str]]:
    """Yield every interleaving of the actors, each in its own order."""

    def merge(rest: dict[str, list[str]], done: list[str]) -> Iterator[list[str]]:
        if not any(rest.values()):
            yield done
        for name, steps in rest.items():
            if steps:
                yield from merge({**rest, name: steps[1:]}, [*done, steps[0]])

    yield from merge(dict(ACTORS), [])


class CarelessStore(Answers):
    """The same without the guard of what is stored."""

    def _holds(self, entry: Entry) -> bool:
        return entry.since == self.generations.now or self._is_new(entry)

    def _is_new(self, entry: Entry) -> bool:
        """Take a fresh fill as if it had begun now."""
        is_new = all(kept is not entry for kept in self._entries.values())
        if is_new:
            entry.since = self.generations.now
        return is_new


class CarelessSharing(Answers):
    """The same without the guard of who may share a running read."""

    def _is_shareable(self, *_: object) -> bool:
        return True


@dataclass
class Play:
    """One order of events, and what it must not lead to."""

    answers: Answers
    value: int = 0
    noticed: int = 0
    reads: list["asyncio.Future[int]"] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    asked: list[tuple[int, "asyncio.Task[int]"]] = field(default_factory=list)
    committed_at: dict[str, int] = field(default_factory=dict)

    async def read(self) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.reads.append(future)
        return await future

    async def ask(self) -> int:
        entry = self.answers.find("key")
        if entry is not None:
            kept: int = entry.value
            return kept
        return await self.answers.ask(
            Question("key", THING, self.read, lambda _: Keep(THING))
        )

    async def step(self, event: str) -> None:
        verb, _, which = event.partition(" ")
        if verb == "arrive":
            self.asked.append((self.noticed, asyncio.create_task(self.ask())))
        elif verb == "commit":
            self.value += 1
            self.committed_at[which] = self.value
        elif verb == "notice":
            self.noticed = max(self.noticed, self.committed_at[which])
            self.answers.generations.move(THING)
        elif int(which) < len(self.reads):
            number = int(which)
            if verb == "take":
                self.taken[number] = self.value
            elif number in self.taken:
                self.reads[number].set_result(self.taken[number])
        for _ in range(4):
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Let every read end that has not, with the value of now."""
        for _ in range(3):
            for future in self.reads:
                if not future.done():
                    future.set_result(self.value)
            for _ in range(4):
                await asyncio.sleep(0)

    def faults(self) -> list[str]:
        """Return what went wrong."""
        found = [
            f"a reader who came after notice {noticed} was given {task.result()}"
            for noticed, task in self.asked
            if task.result() < noticed
        ]
        entry = self.answers.find("key")
        if entry is not None and entry.value < self.noticed:
            found.append(f"kept {entry.value} although {self.noticed} was noticed")
        return found


async def play(cls: type[Answers], order: Sequence[str]) -> list[str]:
    played = Play(cls(Generations()))
    for event in order:
        await played.step(event)
    await played.end()
    return played.faults()


def faults_of(cls: type[Answers], *, every: int) -> int:
    async def count() -> int:
        found = 0
        for number, order in enumerate(orders()):
            if number % every == 0:
                found += bool(await play(cls, order))
        return found

    return asyncio.run(count())


@pytest.fixture
def every(soak: bool) -> int:  # noqa: FBT001 - a fixture
    return 1 if soak else EVERY_IN_CI


def test_no_order_of_events_stores_or_shares_what_is_old(every: int) -> None:
    assert faults_of(Answers, every=every) == 0


@pytest.mark.parametrize("cls", [CarelessStore, CarelessSharing])
def test_without_a_guard_the_same_events_do_harm(
    cls: type[Answers], every: int
) -> None:
    assert faults_of(cls, every=every) > 0
