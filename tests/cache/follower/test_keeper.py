"""A snapshot is used only while it is known to be fresh enough."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from butlery.cache import Repository, SnapshotKeeper
from butlery.cache.follower.keeper import LEASE_SLACK_SECONDS
from butlery.protocol.errors import UnavailableError
from butlery.registry import Contents, RepositoryError
from tests.cache.follower.keeping import (
    Clock,
    JoiningKeeper,
    PlayedGate,
    drop,
    make_keeper,
    never,
    settle,
)
from tests.registry.opening import OwnRepository, open_repository
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

AWAY = UnavailableError("away")


@pytest.fixture(scope="module")
async def real(repositories: RepositoryShelf) -> AsyncIterator[Repository]:
    async with AsyncExitStack() as stack:
        yield await open_repository(stack, repositories.get("base"))


class Played:
    """A keeper, the gate it follows, and its clock."""

    def __init__(self, repository: Repository) -> None:
        self.clock = Clock()
        contents: Contents = repository.keeper.snapshot.contents
        self.gate = PlayedGate(contents)
        self.keeper = make_keeper(self.gate, repository.registry, self.clock)
        self._registry = repository.registry

    async def again(self, **options: object) -> SnapshotKeeper:
        """Use a keeper with other options."""
        await self.keeper.close()
        options = {"clock": self.clock, **options}
        self.keeper = make_keeper(self.gate, self._registry, **options)  # type: ignore[arg-type]
        await self.keeper.open()
        return self.keeper


@pytest.fixture
async def played(real: Repository) -> AsyncIterator[Played]:
    played = Played(real)
    await played.keeper.open()
    yield played
    await played.keeper.close()


async def test_before_it_is_open_there_is_nothing_to_answer_from(
    real: Repository,
) -> None:
    keeper = Played(real).keeper
    with pytest.raises(UnavailableError, match="not open yet"):
        _ = keeper.snapshot


async def test_within_the_lease_nobody_is_asked(played: Played) -> None:
    first = await played.keeper.current()
    played.gate.commit()
    played.clock.now += 1.0 + LEASE_SLACK_SECONDS
    assert await played.keeper.current() is first
    assert played.gate.reads == 0


async def test_behind_the_lease_the_request_itself_reads_the_gate(
    played: Played,
) -> None:
    first = await played.keeper.current()
    played.gate.commit()
    played.clock.now += 1.0 + LEASE_SLACK_SECONDS + 0.001
    second = await played.keeper.current()
    assert (second.version, second.contents.moment.text) == (first.version + 1, "1")
    assert played.gate.reads == 1


async def test_lease_begins_when_the_check_began_and_not_when_it_ended(
    played: Played,
) -> None:
    played.clock.now += 100
    release = played.gate.hold()
    asking = asyncio.create_task(played.keeper.current())
    await played.gate.wait_for_reader()
    played.gate.commit()
    played.clock.now += 5  # the answer of the gate takes longer than a lease
    release()
    assert (await asking).contents.moment.text == "0"
    assert (await played.keeper.current()).contents.moment.text == "1"


async def test_without_a_period_every_answer_reads_the_gate(played: Played) -> None:
    await played.again(poll_seconds=0)
    for number in range(1, 4):
        await played.keeper.current()
        assert played.gate.reads == number


async def test_gate_that_did_not_move_keeps_the_snapshot(played: Played) -> None:
    first = await played.keeper.current()
    for _ in range(3):
        await played.keeper.check()
    assert played.keeper.snapshot is first


async def ask_during_a_check(played: Played) -> str:
    """Let a caller come after a check has read the gate and a commit was made."""
    release = played.gate.hold()
    early = asyncio.create_task(played.keeper.check())
    await played.gate.wait_for_reader()
    played.gate.commit()
    late = asyncio.create_task(played.keeper.check())
    await settle()
    release()
    await asyncio.gather(early, late)
    return played.keeper.snapshot.contents.moment.text


async def test_check_that_began_before_a_caller_came_is_never_joined(
    played: Played,
) -> None:
    assert await ask_during_a_check(played) == "1"


async def test_without_that_guard_the_caller_is_answered_from_the_past(
    played: Played,
) -> None:
    await played.again(cls=JoiningKeeper)
    assert await ask_during_a_check(played) == "0"


async def test_callers_share_the_next_check(played: Played) -> None:
    release = played.gate.hold()
    early = asyncio.create_task(played.keeper.check())
    await played.gate.wait_for_reader()
    late = [asyncio.create_task(played.keeper.check()) for _ in range(100)]
    await settle()
    assert played.gate.reads == 1
    release()
    await asyncio.gather(early, *late)
    assert played.gate.reads == 2


async def test_caller_that_leaves_does_not_take_the_check_along(
    played: Played,
) -> None:
    release = played.gate.hold()
    leaving = asyncio.create_task(played.keeper.check())
    staying = asyncio.create_task(played.keeper.check())
    await played.gate.wait_for_reader()
    played.gate.commit()
    await drop(leaving)
    release()
    await staying
    await played.keeper.check()
    assert played.keeper.snapshot.contents.moment.text == "1"


async def test_failure_reaches_every_caller_and_the_next_check_is_a_new_one(
    played: Played,
) -> None:
    first = played.keeper.snapshot
    played.gate.error = AWAY
    asked = (played.keeper.check() for _ in range(10))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert outcomes == [AWAY] * 10
    assert played.gate.reads == 1
    played.gate.error = None
    played.gate.commit()
    await played.keeper.check()
    assert played.keeper.snapshot.version == first.version + 1


async def test_failed_check_does_not_renew_the_lease(played: Played) -> None:
    played.clock.now += 100
    played.gate.error = AWAY
    for number in (1, 2, 3):
        with pytest.raises(UnavailableError):
            await played.keeper.current()
        assert played.gate.reads == number
    played.gate.error = None
    await played.keeper.current()
    await played.keeper.current()
    assert played.gate.reads == 4


async def test_gate_that_hangs_is_an_error_after_the_deadline(played: Played) -> None:
    keeper = await played.again(deadline_seconds=0.05)
    release = played.gate.hold()
    with pytest.raises(UnavailableError, match="did not say in time"):
        await keeper.check()
    release()
    played.gate.commit()
    await keeper.check()
    assert keeper.snapshot.contents.moment.text == "1"
    await keeper.close()


async def test_change_that_cannot_be_served_is_said_and_the_old_stays(
    played: Played,
) -> None:
    first = played.keeper.snapshot
    played.gate.commit()
    played.gate.contents_error = RepositoryError("the collections manager is Other")
    with pytest.raises(UnavailableError, match="the collections manager is Other"):
        await played.keeper.check()
    assert played.keeper.snapshot is first
    played.gate.contents_error = None
    await played.keeper.check()
    assert played.keeper.snapshot.contents.moment.text == "1"


async def test_poll_renews_the_lease_and_outlives_every_failure(
    played: Played,
) -> None:
    clock = played.clock
    failures = iter([None, AWAY, TimeoutError(), ValueError("odd"), None, None])
    finished = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        try:
            played.gate.error = next(failures)
        except StopIteration:
            finished.set()
            await never(seconds)
        played.gate.commit()

    keeper = await played.again(poll_seconds=2.0, sleep=sleep)
    await finished.wait()
    assert clock.slept == [2.0] * 7
    assert keeper.snapshot.contents.moment.text == played.gate.text == "6"
    assert played.gate.reads == 6
    await keeper.current()
    assert played.gate.reads == 6
    await keeper.close()


async def test_closing_ends_the_poll_even_in_the_middle_of_a_check(
    played: Played,
) -> None:
    keeper = await played.again(sleep=played.clock.sleep)
    release = played.gate.hold()
    await played.gate.wait_for_reader()
    await keeper.close()
    release()
    await settle()
    left = [t for t in asyncio.all_tasks() if "SnapshotKeeper" in repr(t.get_coro())]
    assert not left


async def test_locked_sqlite_file_is_waited_for(played: Played) -> None:
    played.gate.immediate = True
    attempts = iter([AWAY] * 5 + [None])

    async def sleep(seconds: float) -> None:
        await played.clock.sleep(seconds)
        played.gate.error = next(attempts)

    keeper = await played.again(sleep=sleep)
    played.gate.error = AWAY
    played.gate.commit()
    assert (await keeper.current()).contents.moment.text == "1"
    await keeper.close()


async def test_sqlite_file_locked_for_too_long_is_an_error(played: Played) -> None:
    played.gate.immediate = True
    keeper = await played.again(sleep=played.clock.sleep)
    played.gate.error = AWAY
    began = played.clock.now
    with pytest.raises(UnavailableError):
        await keeper.current()
    assert 10.0 <= played.clock.now - began < 10.1
    await keeper.close()


STEPS = st.lists(st.sampled_from(["commit", "wait", "ask", "break", "mend"]))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
async def test_versions_only_grow_and_answers_are_never_older_than_the_lease(
    real: Repository, steps: list[str]
) -> None:
    played = Played(real)
    await played.keeper.open()
    commits = [(played.clock.now, "0")]
    version = 0
    for step in [*steps, "mend", "ask"]:
        if step == "commit":
            played.gate.commit()
            commits.append((played.clock.now, played.gate.text))
        elif step == "wait":
            played.clock.now += 1.5
        elif step == "ask":
            try:
                snapshot = await played.keeper.current()
            except UnavailableError:
                assert played.gate.error is not None
                continue
            assert snapshot.version >= version
            version = snapshot.version
            due = played.clock.now - 1.0 - LEASE_SLACK_SECONDS
            oldest = max(int(text) for at, text in commits if at < due or text == "0")
            assert int(snapshot.contents.moment.text) >= oldest
        else:
            played.gate.error = AWAY if step == "break" else None
    await played.keeper.close()


async def test_parts_whose_rows_did_not_change_stay_the_same_objects(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    old = await repository.snapshot()
    own_repository.execute("UPDATE collection SET doc = 'x' WHERE name = 'runs/first'")
    new = await repository.snapshot()
    assert new.version == old.version + 1
    assert new.collections is not old.collections
    assert new.collections.get("runs/first").doc == "x"
    for part in ("summaries", "dataset_types", "reader", "universe_response"):
        assert getattr(new, part) is getattr(old, part), part
    assert all(new.records[name] is old.records[name] for name in old.records)
    own_repository.execute("UPDATE detector SET purpose = 'aim' WHERE id = 1")
    newest = await repository.snapshot()
    changed = {n for n in new.records if newest.records[n] is not new.records[n]}
    assert changed == {"detector"}
    assert newest.collections is new.collections
    own_repository.execute("DELETE FROM dataset_type WHERE name = 'unused'")
    last = await repository.snapshot()
    assert "unused" not in last.dataset_types.by_name
    assert last.reader is not newest.reader
    assert last.collections is newest.collections
    assert [s.version for s in (old, new, newest, last)] == list(
        range(old.version, old.version + 4)
    )
