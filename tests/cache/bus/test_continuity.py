"""Whatever was lost is followed by a gap before anything later is accepted."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from butlery.cache.bus import (
    Changed,
    Continuity,
    Envelope,
    Farewell,
    GapReason,
    Heartbeat,
    Message,
)
from butlery.cache.bus.continuity import Verdict
from tests.cache.bus.continuity_model import Chance, Story

SAY = Changed("r")


def put(
    continuity: Continuity,
    number: int,
    message: Message = SAY,
    *,
    epoch: str = "1",
    name: str = "a",
    now: float = 0.0,
) -> tuple[Verdict, GapReason | None]:
    return continuity.take(Envelope(epoch, name, number, message), now)


NEW = (Verdict.NEW, None)
SKIPPED = (Verdict.NEW, GapReason.SKIPPED)
DUPLICATE = (Verdict.DUPLICATE, None)
REORDERED = (Verdict.REORDERED, None)


def test_sequence_may_begin_anywhere_and_goes_on_without_gaps() -> None:
    continuity = Continuity(1.5)
    assert [put(continuity, number) for number in range(17, 20)] == [NEW] * 3


def test_hole_is_a_gap_once_and_what_comes_late_is_swallowed() -> None:
    continuity = Continuity(1.5)
    outcomes = [put(continuity, number) for number in (1, 4, 5, 3, 2, 1, 5)]
    assert outcomes == [NEW, SKIPPED, NEW, REORDERED, REORDERED, DUPLICATE, DUPLICATE]


def test_heartbeat_takes_no_number_and_shows_what_was_lost_before_it() -> None:
    continuity = Continuity(1.5)
    assert put(continuity, 0, Heartbeat()) == NEW
    assert put(continuity, 1) == NEW
    assert put(continuity, 1, Heartbeat()) == NEW
    assert put(continuity, 2, Heartbeat()) == SKIPPED
    assert put(continuity, 2) == REORDERED
    assert put(continuity, 3) == NEW


def test_new_epoch_is_a_gap_unless_the_last_one_was_heard_to_end() -> None:
    continuity = Continuity(1.5)
    assert put(continuity, 5) == NEW
    assert put(continuity, 1, epoch="2") == (Verdict.NEW, GapReason.NEW_EPOCH)
    assert put(continuity, 1, Farewell(), epoch="2") == NEW
    assert put(continuity, 0, Heartbeat(), epoch="3") == NEW
    assert put(continuity, 0, Farewell(), epoch="3") == NEW
    assert put(continuity, 2, epoch="4") == SKIPPED


def test_farewell_that_misses_words_is_a_gap() -> None:
    continuity = Continuity(1.5)
    put(continuity, 1)
    assert put(continuity, 2, Farewell()) == SKIPPED
    assert continuity.alive(0.0) == []


def test_nothing_late_revives_a_publisher_that_ended() -> None:
    continuity = Continuity(1.5)
    put(continuity, 1)
    put(continuity, 1, Farewell())
    for message in (SAY, Heartbeat(), Farewell()):
        assert put(continuity, 1, message) == DUPLICATE
    assert continuity.alive(0.0) == continuity.fall_silent(99.0) == []


def test_word_of_a_life_that_ended_is_never_accepted_again() -> None:
    continuity = Continuity(1.5)
    for epoch in "12":
        assert put(continuity, 1, epoch=epoch) == NEW
        assert put(continuity, 1, Farewell(), epoch=epoch) == NEW
    assert put(continuity, 1, epoch="1") == DUPLICATE
    assert put(continuity, 1, epoch="3") == NEW
    assert put(continuity, 1, epoch="2") == DUPLICATE
    assert put(continuity, 2, epoch="3") == NEW


def test_silence_is_told_once_and_what_was_lost_in_it_is_still_a_gap() -> None:
    continuity = Continuity(1.5)
    put(continuity, 1)
    put(continuity, 1, name="b", now=1.0)
    assert continuity.fall_silent(1.5) == []
    assert continuity.fall_silent(1.6) == ["a"]
    assert continuity.fall_silent(1.7) == []
    assert continuity.alive(1.7) == ["b"]
    assert put(continuity, 3, now=2.0) == SKIPPED
    assert continuity.alive(2.0) == ["b", "a"]


def test_publishers_remembered_are_bounded_and_the_forgotten_are_distrusted() -> None:
    continuity = Continuity(1.5, max_publishers=3)
    for name in "abc":
        assert put(continuity, 1, name=name) == NEW
    put(continuity, 1, Farewell(), name="b")
    assert put(continuity, 1, name="d") == NEW  # forgets b, which had ended
    crowded = (Verdict.NEW, GapReason.CROWDED)
    assert put(continuity, 1, name="e") == crowded  # forgets a
    assert put(continuity, 3, name="a") == crowded
    assert len(continuity) == 3


def test_every_interleaving_of_losses_keeps_the_promise(*, soak: bool) -> None:
    @settings(max_examples=20_000 if soak else 400)
    @given(st.lists(st.sampled_from(Chance), max_size=60), st.randoms())
    def play(chances: list[Chance], random: Random) -> None:
        story = Story(random)
        for chance in chances:
            story.step(chance)
        story.check()

    play()


@given(st.lists(st.sampled_from([Chance.SAY, Chance.BEAT, Chance.ARRIVE])))
def test_without_losses_there_are_no_gaps_and_nothing_is_swallowed(
    chances: list[Chance],
) -> None:
    story = Story(None)
    for chance in chances:
        story.step(chance)
    assert not story.gaps
    assert not story.swallowed
