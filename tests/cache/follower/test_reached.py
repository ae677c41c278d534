"""A demand that was met once is known to be, and takes little memory."""

from butlery.cache.follower.reached import Reached


def test_demand_is_known_while_the_database_lives_one_life() -> None:
    reached = Reached()
    assert not reached.has("a", "life-1")
    reached.add("a", "life-1")
    assert reached.has("a", "life-1")
    assert not reached.has("a", "life-2")
    reached.add("b", "life-2")
    assert not reached.has("a", "life-1")


def test_demands_of_strangers_take_bounded_memory() -> None:
    reached = Reached()
    reached.add("a" * 5_000, "life")
    assert not reached.has("a" * 5_000, "life")
    for number in range(10_000):
        reached.add(str(number), "life")
    assert reached.has("9999", "life")
    assert sum(reached.has(str(number), "life") for number in range(10_000)) <= 1_000
