"""Decides, without any I/O, what of a stream is new, repeated or missing.

Whatever a publisher that was heard once says and is lost, a gap is declared before
anything later of it is accepted: also when it fell silent in between or started
again. Only what was lost before its first word here is not noticed: we begin where
we join. One that said farewell may be forgotten, and then is new again.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

from .events import GapReason
from .messages import Envelope, Farewell, Heartbeat

_REMEMBERED_EPOCHS = 16


class Verdict(Enum):
    """What one envelope is to those that came before it."""

    NEW = auto()
    DUPLICATE = auto()
    REORDERED = auto()
    """It was missed, a gap said so, and now it is late."""


class _Phase(Enum):
    ALIVE = auto()
    SILENT = auto()
    ENDED = auto()


@dataclass(slots=True)
class _Heard:
    """How far one publisher has been followed."""

    epoch: str
    number: int
    heard_at: float
    hole: tuple[int, int]  # first and last of the numbers that were last missed
    phase: _Phase = _Phase.ALIVE
    ended: tuple[str, ...] = ()  # epochs heard to their end: they say nothing new


class Continuity:
    """Follows the sequences of all publishers.

    Parameters
    ----------
    silence_seconds
        A publisher not heard for longer is reported once and not alive.
    max_publishers
        How many are remembered. Beyond it the one not heard for longest is
        forgotten, and from then on every newcomer is a gap: it may be that one.
    """

    def __init__(self, silence_seconds: float, max_publishers: int = 1000) -> None:
        self._silence_seconds = silence_seconds
        self._max_publishers = max_publishers
        self._has_forgotten = False
        self._heard: OrderedDict[str, _Heard] = OrderedDict()  # oldest word first

    def take(self, envelope: Envelope, now: float) -> tuple[Verdict, GapReason | None]:
        """Note an envelope that arrived at this time.

        Returns
        -------
        verdict
            Only a new one may be handed on.
        gap
            What must be declared before it, if anything.
        """
        heard = self._heard.get(envelope.publisher)
        if heard is None:
            verdict, gap = Verdict.NEW, self._make_room()
            self._heard[envelope.publisher] = _begin(envelope, now)
        elif envelope.epoch in heard.ended:
            verdict, gap = Verdict.DUPLICATE, None
        elif heard.epoch != envelope.epoch:
            verdict, gap = Verdict.NEW, _judge_new_life(heard, envelope)
            self._heard[envelope.publisher] = _begin(envelope, now, _list_ended(heard))
        else:
            verdict, gap = _continue(heard, envelope)
        if verdict is Verdict.NEW:
            self._touch(envelope, now)
        return verdict, gap

    def fall_silent(self, now: float) -> list[str]:
        """Return the publishers that have now been silent for too long, once."""
        silent = []
        for name, heard in self._heard.items():
            if now - heard.heard_at <= self._silence_seconds:
                break
            if heard.phase is _Phase.ALIVE:
                heard.phase = _Phase.SILENT
                silent.append(name)
        return silent

    def alive(self, now: float) -> list[str]:
        """Return the publishers heard of late that have not said farewell."""
        return [
            name
            for name, heard in self._heard.items()
            if heard.phase is _Phase.ALIVE
            and now - heard.heard_at <= self._silence_seconds
        ]

    def lost(self, now: float, within_seconds: float) -> list[str]:
        """Return the publishers not heard for too long, but not for longer than that.

        One that said farewell is not lost.
        """
        return [
            name
            for name, heard in self._heard.items()
            if heard.phase is not _Phase.ENDED
            and self._silence_seconds < now - heard.heard_at <= within_seconds
        ]

    def __len__(self) -> int:
        return len(self._heard)

    def _make_room(self) -> GapReason | None:
        """Forget one if there are too many; return what a newcomer then means."""
        if len(self._heard) >= self._max_publishers:
            ended = (n for n, h in self._heard.items() if h.phase is _Phase.ENDED)
            name = next(ended, None) or next(iter(self._heard))
            forgotten = self._heard.pop(name)
            self._has_forgotten |= forgotten.phase is not _Phase.ENDED
        return GapReason.CROWDED if self._has_forgotten else None

    def _touch(self, envelope: Envelope, now: float) -> None:
        """Keep the publishers in the order of their last words."""
        heard = self._heard[envelope.publisher]
        is_end = isinstance(envelope.message, Farewell)
        heard.phase = _Phase.ENDED if is_end else _Phase.ALIVE
        heard.heard_at = now
        self._heard.move_to_end(envelope.publisher)


def _begin(envelope: Envelope, now: float, ended: tuple[str, ...] = ()) -> _Heard:
    before = (1, envelope.number - _step(envelope))
    return _Heard(envelope.epoch, envelope.number, now, before, ended=ended)


def _list_ended(heard: _Heard) -> tuple[str, ...]:
    """Return the epochs of which all that comes now is a repetition."""
    if heard.phase is not _Phase.ENDED:
        return heard.ended
    return (*heard.ended, heard.epoch)[-_REMEMBERED_EPOCHS:]


def _judge_new_life(heard: _Heard, envelope: Envelope) -> GapReason | None:
    if heard.phase is not _Phase.ENDED:
        return GapReason.NEW_EPOCH
    return GapReason.SKIPPED if envelope.number > _step(envelope) else None


def _continue(heard: _Heard, envelope: Envelope) -> tuple[Verdict, GapReason | None]:
    """Compare an envelope with the number reached in the same epoch."""
    last, number, step = heard.number, envelope.number, _step(envelope)
    # Nothing revives a publisher that ended but a number it had not reached.
    if number < last + step or (number == last and heard.phase is _Phase.ENDED):
        first_missed, last_missed = heard.hole
        is_late = first_missed <= number <= last_missed
        return (Verdict.REORDERED if is_late else Verdict.DUPLICATE), None
    heard.number = number
    if number == last + step:
        return Verdict.NEW, None
    heard.hole = (last + 1, number - step)
    return Verdict.NEW, GapReason.SKIPPED


def _step(envelope: Envelope) -> int:
    """Return 0 for what repeats the last number, 1 for what takes the next."""
    return 0 if isinstance(envelope.message, Heartbeat | Farewell) else 1
