"""An echo proves something about the time when its heartbeat was sent."""

from butlery.cache.bus.echo import Echo


def test_nothing_is_proven_before_one_came_back() -> None:
    echo = Echo(1.5)
    echo.send(0.0)
    assert not echo.is_fresh(0.0)
    assert not echo.lose(100.0)  # what never was is not lost


def test_it_is_fresh_from_the_time_of_sending_and_not_of_return() -> None:
    echo = Echo(1.5)
    beat = echo.send(10.0)
    echo.hear(beat)
    assert echo.is_fresh(11.5)
    assert not echo.is_fresh(11.6)


def test_bus_that_is_late_but_regular_is_never_fresh() -> None:
    echo = Echo(1.5)
    sent = [(echo.send(now / 2), now / 2) for now in range(60)]
    for beat, at in sent:
        echo.hear(beat)
        assert not echo.is_fresh(at + 10.0)


def test_loss_is_told_once() -> None:
    echo = Echo(1.5)
    echo.hear(echo.send(0.0))
    assert not echo.lose(1.5)
    assert echo.lose(1.6)
    assert not echo.lose(1.7)


def test_heartbeats_from_before_a_reset_prove_nothing() -> None:
    echo = Echo(1.5)
    beat = echo.send(0.0)
    echo.reset()
    echo.hear(beat)
    assert not echo.is_fresh(0.1)
    echo.hear(echo.send(0.2))
    assert echo.is_fresh(0.3)


def test_repeated_and_unknown_beats_are_ignored() -> None:
    echo = Echo(1.5)
    old, new = echo.send(0.0), echo.send(5.0)
    for beat in (new, old, new, 99):
        echo.hear(beat)
    assert echo.is_fresh(6.0)


def test_beats_that_nobody_answers_are_bounded() -> None:
    echo = Echo(1.5)
    for now in range(1000):
        echo.send(float(now))
    assert len(echo._waiting) <= 64
