"""Whose query runs next, decided without any clock."""

import asyncio

import pytest

from butlery.protocol.errors import TooManyRequestsError, UnavailableError
from butlery.server.queries.turns import Turn, Turns
from tests.registry.conftest import anyio_backend

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio


def turns(
    slots: int = 2,
    per_user: int = 2,
    waiting: int = 1000,
    of_one: int = 1000,
    size_bytes: int = 1000,
) -> Turns:
    return Turns(
        slots=slots,
        slots_per_user=per_user,
        waiting=waiting,
        waiting_per_user=of_one,
        waiting_bytes=size_bytes,
    )


def begun(queue: list[Turn]) -> list[Turn]:
    return [turn for turn in queue if turn.has_begun]


async def test_queries_of_one_user_run_in_their_order() -> None:
    queue = turns(slots=1)
    mine = [queue.join("alice") for _ in range(4)]
    for number, turn in enumerate(mine):
        assert begun(mine) == mine[: number + 1]
        await turn.wait()
        turn.end()
    assert (queue.running, queue.waiting) == (0, 0)


async def test_single_query_waits_for_one_slot_and_not_for_five_hundred() -> None:
    queue = turns(slots=2)
    many = [queue.join("alice") for _ in range(500)]
    assert len(begun(many)) == 2
    single = queue.join("bob")
    assert begun([single]) == []
    many[0].end()
    assert begun([single]) == [single]
    assert len(begun(many)) == 2


async def test_nine_single_queries_pass_five_hundred_of_another() -> None:
    queue = turns(slots=3)
    running = [queue.join("alice") for _ in range(500)][:3]
    singles = [queue.join(f"user{n}") for n in range(9)]
    ended = 0
    while not all(turn.has_begun for turn in singles):
        running.pop(0).end()
        ended += 1
        running += [turn for turn in begun(singles) if turn not in running]
        singles = [turn for turn in singles if turn not in running] or singles
    # As alone: the last has begun when those that ran when they came have ended, and
    # the six before it.
    assert ended <= 3 + 6


async def test_who_comes_meanwhile_is_before_the_next_of_who_has_just_ended() -> None:
    queue = turns(slots=1)
    running, _ = queue.join("alice"), queue.join("alice")
    singles = [queue.join(f"user{n}") for n in range(2)]
    running.end()
    assert begun(singles) == singles[:1]
    singles[0].end()
    assert begun(singles) == singles


async def test_slots_go_round_among_users_with_as_many_each() -> None:
    queue = turns(slots=1)
    order = []
    waiting = [queue.join(user) for user in ("a", "a", "a", "b", "b", "c", "c", "c")]
    while waiting:
        turn = next(turn for turn in waiting if turn.has_begun)
        order.append(turn.user)
        waiting.remove(turn)
        turn.end()
    assert order == ["a", "b", "c", "a", "b", "c", "a", "c"]


async def test_user_has_no_more_slots_than_their_share() -> None:
    queue = turns(slots=4, per_user=1)
    mine = [queue.join("alice"), queue.join("alice")]
    assert begun(mine) == mine[:1]
    assert queue.join("bob").has_begun
    mine[0].end()
    assert mine[1].has_begun


async def test_nobody_has_a_share_where_nobody_is_known() -> None:
    queue = turns(slots=3, per_user=1, of_one=1)
    ours = [queue.join(None) for _ in range(6)]
    assert len(begun(ours)) == 3


async def test_query_that_nobody_waits_for_leaves_the_queue() -> None:
    queue = turns(slots=1)
    first, second, third = (queue.join("alice") for _ in range(3))
    second.end()
    first.end()
    assert third.has_begun
    assert not second.has_begun
    second.end()
    third.end()
    third.end()
    assert (queue.running, queue.waiting) == (0, 0)


async def test_too_many_of_one_user_are_told_to_come_back() -> None:
    queue = turns(slots=1, of_one=2)
    for _ in range(3):
        queue.join("alice")
    with pytest.raises(TooManyRequestsError) as caught:
        queue.join("alice")
    assert caught.value.headers == {"retry-after": "5"}
    queue.join("bob")


async def test_too_many_of_all_are_told_to_come_back() -> None:
    queue = turns(slots=1, waiting=2)
    for name in ("alice", "bob", "carol"):
        queue.join(name)
    with pytest.raises(UnavailableError) as caught:
        queue.join("dave")
    assert caught.value.headers == {"retry-after": "5"}


async def test_what_waits_is_bounded_in_bytes() -> None:
    queue = turns(slots=1, size_bytes=100)
    running = queue.join("alice", 500)  # what runs does not wait
    queue.join("alice", 60)
    with pytest.raises(UnavailableError):
        queue.join("bob", 60)
    queue.join("bob", 40)
    assert queue.waiting_bytes == 100
    running.end()
    assert queue.waiting_bytes < 100


async def test_query_larger_than_the_bound_waits_alone() -> None:
    queue = turns(slots=1, size_bytes=100)
    queue.join("alice", 1)
    queue.join("alice", 500)
    with pytest.raises(UnavailableError):
        queue.join("alice", 1)


async def test_slot_goes_past_who_is_just_being_cancelled() -> None:
    queue = turns(slots=1)
    first, second, third = (queue.join(name) for name in ("alice", "bob", "carol"))
    waiting = asyncio.create_task(second.wait())
    await asyncio.sleep(0)
    waiting.cancel()  # and has not left the queue yet
    first.end()
    assert begun([second, third]) == []
    second.end()
    assert begun([third]) == [third]
