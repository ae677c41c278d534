"""Half-open intervals of time, as integers of TAI nanoseconds since 1970."""

from typing import Any, Self

from ...protocol.scalars import EMPTY, TIMESPAN_MAX, TIMESPAN_MIN


class Timespan:
    """A time from its begin on, up to its end and without it.

    Parameters
    ----------
    begin, end
        `astropy.time.Time`, or TAI nanoseconds since 1970-01-01T00:00:00 TAI, or
        `None` for a side that is open.
    """

    __slots__ = ("nsec",)

    nsec: tuple[int, int]
    """Begin and end in TAI nanoseconds since 1970-01-01T00:00:00 TAI."""

    def __init__(self, begin: Any, end: Any) -> None:
        first = TIMESPAN_MIN if begin is None else _within(nanoseconds(begin))
        last = TIMESPAN_MAX if end is None else _within(nanoseconds(end))
        if first == last:  # a moment, as daf_butler has it
            last += 1
        self.nsec = (first, last) if first < last else EMPTY

    @classmethod
    def of(cls, nsec: tuple[int, int]) -> Self:
        """Return the timespan of a pair of TAI nanoseconds, as it is."""
        span = cls(None, None)
        span.nsec = nsec if nsec[0] < nsec[1] else EMPTY
        return span

    @property
    def begin(self) -> Any:
        """When it begins, as `astropy.time.Time`; `None` if that is open."""
        return None if self.nsec[0] == TIMESPAN_MIN else _time(self.nsec[0])

    @property
    def end(self) -> Any:
        """When it ends, as `astropy.time.Time`; `None` if that is open."""
        return None if self.nsec[1] == TIMESPAN_MAX else _time(self.nsec[1])

    def isEmpty(self) -> bool:
        """Tell whether there is no time in it."""
        return self.nsec[0] >= self.nsec[1]

    def overlaps(self, other: Any) -> bool:
        """Tell whether there is a time in both; the other may be a moment."""
        theirs = wire_timespan(other) or EMPTY
        begin, end = max(self.nsec[0], theirs[0]), min(self.nsec[1], theirs[1])
        return begin < end

    def contains(self, other: Any) -> bool:
        """Tell whether all of another, or a moment, is in this."""
        begin, end = wire_timespan(other) or EMPTY
        return self.nsec[0] <= begin and end <= self.nsec[1] and not self.isEmpty()

    def intersection(self, *others: "Timespan") -> "Timespan":
        """Return the time that is in this and in all others."""
        spans = [span.nsec for span in (self, *others)]
        return Timespan.of((max(b for b, _ in spans), min(e for _, e in spans)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timespan) and self.nsec == other.nsec

    def __hash__(self) -> int:
        return hash(self.nsec)

    def __repr__(self) -> str:
        if self.isEmpty():
            return "Timespan(empty)"
        begin, end = self.nsec
        ends = (
            "None" if begin == TIMESPAN_MIN else str(begin),
            "None" if end == TIMESPAN_MAX else str(end),
        )
        return f"Timespan({', '.join(ends)})"


def wire_timespan(value: Any) -> tuple[int, int] | None:
    """Return a timespan as it is sent: ours, daf_butler's, or a time by itself.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if value is None:
        return None
    pair = getattr(value, "nsec", None)
    if pair is None:
        begin = _within(nanoseconds(value))
        return begin, begin + 1
    return int(pair[0]), int(pair[1])


def nanoseconds(time: Any) -> int:
    """Return an `astropy.time.Time` as TAI nanoseconds since 1970, exactly.

    Raises
    ------
    TypeError
        If it is neither that nor an integer.
    """
    if isinstance(time, int) and not isinstance(time, bool):
        return time
    if not hasattr(time, "tai"):
        raise TypeError(
            f"{time!r} is no time: give an astropy.time.Time, or an integer of TAI "
            "nanoseconds since 1970"
        )
    from ..where import times

    return times.of_astropy(time)


def _within(nsec: int) -> int:
    """Return a time that a timespan can begin or end with."""
    return max(TIMESPAN_MIN, min(nsec, TIMESPAN_MAX))


def _epoch() -> Any:
    from astropy.time import Time

    return Time("1970-01-01T00:00:00", scale="tai", format="isot")


def _time(nsec: int) -> Any:
    try:
        from astropy.time import TimeDelta
    except ImportError as error:
        raise ImportError(
            "times as objects need astropy: pip install 'butlery[fits]', or use .nsec"
        ) from error
    seconds, rest = divmod(nsec, 10**9)
    return _epoch() + TimeDelta(seconds, rest * 1e-9, format="sec", scale="tai")
