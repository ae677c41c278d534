"""Two publishers, a network that loses, and the promise read off the whole history.

Every step has a time. Nothing here knows how gaps are found: the check only looks
for something lost, something later of the same publisher accepted after it, and no
gap in between.
"""

from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from butlery.cache.bus import (
    Changed,
    Continuity,
    Envelope,
    Farewell,
    Heartbeat,
    Message,
)
from butlery.cache.bus.continuity import Verdict

SILENCE = 10


class Chance(Enum):
    """What may happen next."""

    SAY = auto()
    BEAT = auto()
    LEAVE = auto()
    CRASH = auto()
    ARRIVE = auto()
    ARRIVE_ANY = auto()
    DROP = auto()
    REPEAT = auto()
    SILENCE = auto()


@dataclass(eq=False)
class Sent:
    """One envelope, and when it was sent and accepted."""

    envelope: Envelope
    at: int
    accepted: int | None = None

    @property
    def is_word(self) -> bool:
        return isinstance(self.envelope.message, Changed)


class Life:
    """What a publisher counts by."""

    def __init__(self, name: str) -> None:
        self.name, self.epoch, self.number = name, 1, 0

    def make(self, message: Message) -> Envelope:
        self.number += isinstance(message, Changed)
        return Envelope(str(self.epoch), self.name, self.number, message)

    def end(self) -> None:
        self.epoch, self.number = self.epoch + 1, 0


class Story:
    """One history. Without a random source: in order, by turns."""

    def __init__(self, random: Random | None) -> None:
        self.random = random
        self.continuity = Continuity(SILENCE)
        self.lives = [Life("a"), Life("b")]
        self.now = 0
        self.sent: list[Sent] = []
        self.travelling: list[Sent] = []
        self.gaps: list[int] = []
        self.swallowed = 0

    def step(self, chance: Chance) -> None:
        self.now += 1
        who = self.random.randrange(2) if self.random else self.now % 2
        life = self.lives[who]
        if chance is Chance.SAY:
            self._send(life.make(Changed("r")))
        elif chance is Chance.BEAT:
            self._send(life.make(Heartbeat()))
        elif chance is Chance.LEAVE:
            self._send(life.make(Farewell()))
            life.end()
        elif chance is Chance.CRASH:
            life.end()
        elif chance is Chance.SILENCE:
            self.now += SILENCE + 1
            self.gaps += [self.now] * bool(self.continuity.fall_silent(self.now))
        elif self.travelling:
            self._move(chance)

    def _send(self, envelope: Envelope) -> None:
        sent = Sent(envelope, self.now)
        self.sent.append(sent)
        self.travelling.append(sent)

    def _move(self, chance: Chance) -> None:
        place = 0
        if self.random and chance is not Chance.ARRIVE:
            place = self.random.randrange(len(self.travelling))
        sent = self.travelling[place]
        if chance is not Chance.REPEAT:
            self.travelling.remove(sent)
        if chance is not Chance.DROP:
            self._arrive(sent)

    def _arrive(self, sent: Sent) -> None:
        verdict, gap = self.continuity.take(sent.envelope, self.now)
        if gap is not None:
            self.gaps.append(self.now)
        if verdict is not Verdict.NEW:
            self.swallowed += 1
        elif sent.accepted is None:
            sent.accepted = self.now
        elif sent.is_word:
            assert self._has_gap(sent.accepted, self.now), "accepted twice"

    def check(self) -> None:
        """Look for something lost without a gap."""
        for name in "ab":
            history = [s for s in self.sent if s.envelope.publisher == name]
            heard = [s for s in history if s.accepted is not None]
            if heard:
                first = min(heard, key=lambda s: s.accepted or 0)
                ours = [s for s in history if s.at > first.at]
                self._check_losses([s for s in ours if s.is_word], heard)

    def _check_losses(self, words: list[Sent], heard: list[Sent]) -> None:
        for lost in words:
            for later in heard:
                if later.accepted is None or later.at <= lost.at:
                    continue
                if lost.accepted is not None and lost.accepted < later.accepted:
                    continue
                if not _is_unheard_life(lost, heard, later.accepted):
                    assert self._has_gap(lost.at, later.accepted), (lost, later)

    def _has_gap(self, after: int, until: int) -> bool:
        return any(after < gap <= until for gap in self.gaps)


def _is_unheard_life(lost: Sent, heard: list[Sent], until: int) -> bool:
    """Tell whether it is of a life, after a farewell, of which nothing was heard.

    Such a publisher is as one that was never heard at all.
    """
    known = [s.envelope for s in heard if s.accepted and s.accepted <= until]
    has_ended = any(isinstance(envelope.message, Farewell) for envelope in known)
    return has_ended and lost.envelope.epoch not in {e.epoch for e in known}
