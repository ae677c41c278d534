"""When a request is sent again, and how long to wait before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.client.connection.messages import Reply, Request
from butlery.client.connection.retries import Retries, retry_after_seconds

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def retries(seconds: float = 100.0, draw: float = 0.5) -> tuple[Retries, Clock]:
    clock = Clock()
    request = Request("GET", "http://x/", request_id="1", seconds=seconds)
    return Retries(request, clock, lambda: NOW, lambda: draw), clock


def busy(value: str | None, status: int = 503) -> Reply:
    return Reply(status, {} if value is None else {"retry-after": value}, b"")


@pytest.mark.parametrize("status", [200, 304, 400, 404, 422, 500, 501])
def test_other_answers_are_the_last_word(status: int) -> None:
    assert retries()[0].after(busy("1", status)) is None


@pytest.mark.parametrize("status", [429, 503])
def test_what_a_server_names_is_never_cut_short(status: int) -> None:
    for draw in (0.0, 0.999):
        wait = retries(draw=draw)[0].after(busy("7", status))
        assert wait is not None
        assert 7 <= wait <= 8


def test_date_is_understood() -> None:
    wait = retries(draw=0.0)[0].after(busy("Fri, 15 Jan 2027 08:00:20 GMT"))
    assert wait == 20


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "-5", "0.5", "1e9", "Fri, 99 Foo", "²", "\x00", "0"],
)
def test_what_says_nothing_means_a_pause_of_our_own(value: str | None) -> None:
    wait = retries()[0].after(busy(value))
    assert wait is not None
    assert 0 < wait < 1


def test_date_that_has_passed_means_a_pause_of_our_own() -> None:
    wait = retries()[0].after(busy("Fri, 15 Jan 2021 08:00:20 GMT"))
    assert wait is not None
    assert 0 < wait < 1


@pytest.mark.parametrize("value", ["101", "9" * 40, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_what_would_be_too_late_is_not_waited_for(value: str) -> None:
    assert retries(seconds=100.0)[0].after(busy(value)) is None


@pytest.mark.parametrize("status", [502, 504])
def test_gateways_that_fail_are_asked_again_for_a_while(status: int) -> None:
    policy, _ = retries()
    waits = [policy.after(busy(None, status)) for _ in range(9)]
    assert None not in waits[:8]
    assert waits[8] is None


def test_pauses_grow_and_stay_bounded() -> None:
    policy, _ = retries()
    waits = [policy.after_failure() for _ in range(8)]
    assert [wait for wait in waits if wait is not None] == sorted(waits)  # type: ignore[type-var]
    assert waits[-1] is not None
    assert waits[-1] <= 5


def test_busy_server_is_asked_for_three_minutes_however_long_an_answer_may_take() -> (
    None
):
    policy, clock = retries(seconds=3600)
    for _ in range(30):
        assert policy.after(busy("5")) is not None
        clock.seconds += 5.9
    assert clock.seconds < 180
    assert policy.after(busy("5")) is None


@pytest.mark.parametrize("status", [502, 504])
def test_busy_server_may_be_away_for_a_moment(status: int) -> None:
    policy, clock = retries(seconds=3600)
    for _ in range(12):
        assert policy.after(busy("1")) is not None
        clock.seconds += 1.5
    assert policy.after(busy(None, status)) is not None
    assert policy.after(busy("1")) is not None


def test_who_is_busy_and_away_in_turn_is_given_up() -> None:
    policy, clock = retries(seconds=float("inf"))
    for _ in range(8):
        assert policy.after(busy("1")) is not None
        assert policy.after(busy(None, 502)) is not None
        clock.seconds += 2
    assert policy.after(busy(None, 502)) is None


def test_nothing_is_sent_again_when_time_is_over() -> None:
    policy, clock = retries(seconds=10)
    clock.seconds = 9.99
    assert policy.after_failure() is None
    assert policy.after(busy(None)) is None


@given(st.text(max_size=60), st.floats(0, 4e9))
def test_no_text_is_an_error(value: str, now: float) -> None:
    seconds = retry_after_seconds(value, now)
    assert seconds is None or seconds >= 0
