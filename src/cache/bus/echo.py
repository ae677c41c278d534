"""Whether our own heartbeats come back, measured from when they were *sent*.

A bus that is ten seconds late brings them back regularly, and is still ten seconds
late; so the time of their return proves nothing.
"""

from collections import deque

_REMEMBERED = 64


class Echo:
    """Remembers when heartbeats were sent, and which of them were heard again."""

    def __init__(self, silence_seconds: float) -> None:
        self._silence_seconds = silence_seconds
        self._beat = 0
        self._waiting: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._proven_at = float("-inf")

    def send(self, now: float) -> int:
        """Return the number of a heartbeat that is sent now."""
        self._beat += 1
        self._waiting.append((self._beat, now))
        return self._beat

    def hear(self, beat: int) -> None:
        """Note that a heartbeat came back; earlier ones are of no more interest."""
        while self._waiting and self._waiting[0][0] <= beat:
            number, sent_at = self._waiting.popleft()
            if number == beat:
                self._proven_at = sent_at

    def is_fresh(self, now: float) -> bool:
        """Tell whether one that was sent of late has come back."""
        return now - self._proven_at <= self._silence_seconds

    def lose(self, now: float) -> bool:
        """Tell, once, that they came back before and do no longer."""
        if self.is_fresh(now) or self._proven_at == float("-inf"):
            return False
        self.reset()
        return True

    def reset(self) -> None:
        """Trust only what will be sent from now on."""
        self._waiting.clear()
        self._proven_at = float("-inf")
