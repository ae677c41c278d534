"""What one question's right answer was, and when: as far as its writer can know.

A commit happens somewhere between the moments at which it was asked for and
acknowledged. So an answer is called old, or wrong, only where no moment in between
would excuse it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Version:
    """A right answer: true at the latest from `done`, at the earliest from `begun`."""

    value: str | None
    begun: float
    done: float
    wal_begun: int = 0
    """Position in the log before its commit, where somebody needs it."""
    wal_done: int = 0


@dataclass(slots=True)
class Timeline:
    """Right answers, one after the other. Each differs from the one before."""

    versions: list[Version] = field(default_factory=list)

    @classmethod
    def beginning_with(cls, value: str | None) -> "Timeline":
        return cls([Version(value, float("-inf"), float("-inf"))])

    @property
    def now(self) -> str | None:
        return self.versions[-1].value

    def begin(self, value: str | None, begun: float) -> Version:
        """Note that another answer will be right soon; its `done` is not known yet."""
        version = Version(value, begun, float("inf"))
        self.versions.append(version)
        return version

    def age(self, value: str | None, asked: float, came: float) -> float | None:
        """Return for how long an answer had been outdated when it was asked for.

        0: it was right. `None`: it never was, or not yet.
        """
        until = float("inf")
        for version in reversed(self.versions):
            if version.begun <= came and version.value == value:
                return max(0.0, asked - until)
            until = version.done
        return None

    def elsewhere(self, see: Callable[[Version], tuple[float, float]]) -> "Timeline":
        """Return the same as it happened where commits become visible later."""
        versions = [Version(v.value, *see(v)) for v in self.versions]
        return Timeline(versions)
