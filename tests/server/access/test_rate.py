"""Nobody asks more often than they may, whatever is forgotten about them."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from butlery.server.access.rate import Rate

# Seconds since the request before, and who asks.
REQUESTS = st.lists(
    st.tuples(st.floats(0, 100), st.sampled_from("abcdefgh")), max_size=200
)
LIMITS = st.integers(1, 50)


def ask(rate: Rate, name: str, now: float) -> bool:
    if rate.standing(name, now).wait > 0:
        return False
    rate.count(name, now)
    return True


def test_a_minutes_worth_may_come_at_once_and_then_one_for_each_that_was_saved() -> (
    None
):
    rate = Rate(30)
    assert [ask(rate, "a", 100.0) for _ in range(31)] == [True] * 30 + [False]
    left = rate.standing("a", 100.0)
    assert (left.limit, left.remaining, left.reset, left.wait) == (30, 0, 60.0, 2.0)
    assert rate.standing("b", 100.0).remaining == 30
    assert ask(rate, "a", 102.0)
    assert not ask(rate, "a", 103.9)
    assert rate.standing("a", 132.0).remaining == 15
    assert rate.standing("a", 200.0).remaining == 30


@given(REQUESTS, LIMITS)
def test_no_minute_has_more_than_what_was_saved_and_what_came(
    requests: list[tuple[float, str]], limit: int
) -> None:
    rate, now = Rate(limit), 1000.0
    admitted: dict[str, list[float]] = defaultdict(list)
    for pause, name in requests:
        now += pause
        if ask(rate, name, now):
            admitted[name].append(now)
    for times in admitted.values():
        for first, begin in enumerate(times):
            for number, end in enumerate(times[first:], 1):
                assert number <= limit + (end - begin) * limit / 60 + 1e-3


@given(REQUESTS, LIMITS)
def test_whoever_waits_as_long_as_they_are_told_is_admitted(
    requests: list[tuple[float, str]], limit: int
) -> None:
    rate, now = Rate(limit), 1000.0
    for pause, name in requests:
        now += pause
        if not ask(rate, name, now):
            now += rate.standing(name, now).wait
            assert ask(rate, name, now)


@given(REQUESTS, LIMITS)
def test_forgetting_changes_nothing_for_anybody(
    requests: list[tuple[float, str]], limit: int
) -> None:
    # Each alone is never forgotten by another's request.
    shared, alone = Rate(limit), {name: Rate(limit) for name in "abcdefgh"}
    now = 1000.0
    for pause, name in requests:
        now += pause
        assert ask(shared, name, now) == ask(alone[name], name, now)


def test_only_who_has_asked_within_a_minute_is_kept() -> None:
    rate = Rate(60)
    for number in range(10_000):
        assert ask(rate, f"user{number}", 0.1 * number)
        assert len(rate) <= 21


def test_there_is_room_for_so_many_and_nobody_loses_theirs_to_another() -> None:
    rate = Rate(1, most_names=3)
    assert all(ask(rate, name, 0.0) for name in "abc")
    assert not ask(rate, "d", 1.0)
    assert not ask(rate, "a", 1.0)
    assert rate.standing("d", 1.0).wait == 60.0
    assert ask(rate, "d", 60.0)
