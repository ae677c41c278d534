"""Requests go out in an order that is random but the same in every run."""

from itertools import islice

from benchmarks.load.generator import Plan, request_orders

MESSAGES = [b"%d" % number for number in range(50)]


def orders(seed: int, connections: int = 2) -> list[list[bytes]]:
    plan = Plan(connections=connections, seed=seed)
    return [list(islice(order, 100)) for order in request_orders(MESSAGES, plan)]


def test_every_connection_asks_everything_in_its_own_order() -> None:
    first, second = orders(seed=1)
    assert sorted(first[:50]) == sorted(second[:50]) == sorted(MESSAGES)
    assert first[:50] == first[50:]
    assert first not in (second, MESSAGES * 2)


def test_order_follows_from_the_seed() -> None:
    assert orders(seed=1) == orders(seed=1)
    assert orders(seed=1) != orders(seed=2)
