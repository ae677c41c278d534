"""A reader of the stream is handed everything, or is told that it was not."""

from collections.abc import AsyncIterator

import pytest

from butlery.cache.bus import Changed, Delivery, Gap, GapReason, Heartbeat
from butlery.cache.bus.transports import MAX_FRAME_BYTES
from tests.cache.bus.media import until
from tests.cache.bus.playing import Player, Stage, rest

pytestmark = pytest.mark.anyio


def word(number: int) -> Changed:
    return Changed("r", dataset_types=[number])


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.hub.start()
    yield stage
    await stage.close()


@pytest.fixture
async def pair(stage: Stage) -> tuple[Player, Player]:
    """Two that have heard each other."""
    players = await stage.add("a"), await stage.add("b")
    await stage.beat()
    await stage.beat()
    assert [p.is_live() for p in players] == [True, True]
    return players


async def test_everybody_is_handed_every_message_in_order(
    pair: tuple[Player, Player],
) -> None:
    a, b = pair
    for number in range(10):
        assert await pair[number % 2].stream.publish(word(number))
    await rest()
    expected = [Delivery("ab"[number % 2], word(number)) for number in range(10)]
    assert a.events == b.events == expected
    assert a.stream.publishers() == ["a", "b"]
    assert a.stream.counters.sent > 5


async def test_it_is_live_when_its_own_heartbeat_came_back(stage: Stage) -> None:
    await stage.hub.stop()
    a = await stage.add("a")
    assert not a.is_live()
    await stage.hub.start()
    await rest()
    assert not a.is_live()
    await stage.beat()
    assert a.is_live()


async def test_it_is_not_live_when_nobody_takes_the_deliveries(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    assert a.reading is not None
    a.reading.cancel()
    for _ in range(4):
        await stage.beat()
    assert not a.is_live()
    assert b.is_live()
    await b.stream.publish(word(1))
    a.read()
    await rest()
    assert word(1) in a.messages


async def test_process_that_was_stopped_is_not_live_when_it_wakes(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    stage.clock.now += 1.6
    assert not pair[0].is_live()  # at once: by the clock, not by a task


async def test_echo_that_stays_away_is_one_gap(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, _ = pair
    await stage.hub.stop()
    for _ in range(5):
        await stage.beat(a)
    assert not a.is_live()
    assert sorted(a.gaps) == [GapReason.NO_ECHO, GapReason.SILENT_PUBLISHER]
    assert a.stream.counters.send_failures == 5


async def test_lost_number_is_a_gap_for_everybody(
    pair: tuple[Player, Player],
) -> None:
    a, b = pair
    too_long = Changed("r" * MAX_FRAME_BYTES)
    assert not await a.stream.publish(too_long)
    assert await a.stream.publish(word(1))
    await rest()
    for player in (a, b):
        skipped, delivery = player.events
        assert skipped == Gap(GapReason.SKIPPED, "a")
        assert delivery == Delivery("a", word(1))


async def test_lost_number_shows_at_the_next_heartbeat(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    await a.stream.publish(Changed("r" * MAX_FRAME_BYTES))
    await stage.beat()
    assert a.gaps == b.gaps == [GapReason.SKIPPED]


async def test_interruption_is_a_gap_and_live_must_be_earned_again(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, _ = pair
    await stage.hub.stop()
    await stage.hub.start()
    await rest()
    assert a.gaps == [GapReason.INTERRUPTED]
    assert not a.is_live()
    await stage.beat()
    assert a.is_live()
    assert a.gaps == [GapReason.INTERRUPTED]


async def test_bytes_that_are_no_message_are_a_gap_and_nothing_worse(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    for data in (b"", b"\xff", b"{}", b"x" * 1000):
        stage.hub.spread(data)
    await b.stream.publish(word(1))
    await rest()
    assert a.gaps == [GapReason.UNKNOWN_MESSAGE] * 4
    assert a.messages == [word(1)]
    assert a.stream.counters.unknown == 4
    assert a.stream.counters.gaps[GapReason.UNKNOWN_MESSAGE] == 4


async def test_what_is_repeated_or_late_is_swallowed_and_counted(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, _ = pair
    for number in (1, 1, 3, 2, 2, 3):
        await stage.inject(number, word(number))
    assert a.messages == [word(1), word(3)]
    assert a.gaps == [GapReason.SKIPPED]
    assert (a.stream.counters.duplicates, a.stream.counters.reordered) == (2, 2)


async def test_publisher_that_falls_silent_is_a_gap_and_gone(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    for _ in range(4):
        await stage.beat(a)
    assert a.events == [Gap(GapReason.SILENT_PUBLISHER, "b")]
    assert a.stream.publishers() == ["a"]
    await stage.beat(a, b)
    assert a.stream.publishers() == ["a", "b"]
    assert len(a.events) == 1


async def test_publisher_that_says_farewell_is_gone_without_a_gap(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    await b.stream.close()
    for _ in range(5):
        await stage.beat(a)
    assert a.stream.publishers() == ["a"]
    assert a.events == []
    assert b.reading is not None
    assert b.reading.done()
    await stage.add("b", epoch="2")
    assert a.events == []


async def test_publisher_that_crashed_and_came_back_is_a_gap(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, _ = pair
    await stage.inject(0, Heartbeat(), "b", epoch="2")
    assert a.events == [Gap(GapReason.NEW_EPOCH, "b")]


async def test_namesake_proves_nothing_about_our_own_echo(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, _ = pair
    stage.clock.now += 2.0
    await stage.inject(0, Heartbeat(3), "a", epoch="other")
    assert not a.is_live()
    assert a.gaps == [GapReason.NEW_EPOCH]


async def test_flood_keeps_neither_the_heart_nor_the_others_waiting(
    stage: Stage, pair: tuple[Player, Player]
) -> None:
    a, b = pair
    for number in range(1, 2001):
        await b.stream.publish(word(number))
    stage.clock.now += 2.0
    a.heart.beat()
    await until(lambda: GapReason.NO_ECHO in a.gaps)
    before_the_last = a.events.index(Gap(GapReason.NO_ECHO, "a"))
    await until(lambda: len(a.messages) == 2000)
    assert before_the_last < 1000


async def test_closing_twice_and_before_opening_is_harmless(stage: Stage) -> None:
    player = Player(stage.hub, stage.clock, "a", "1")
    await player.stream.close()
    await player.stream.close()
    assert [event async for event in player.stream.deliveries()] == []
