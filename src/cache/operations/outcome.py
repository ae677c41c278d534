"""What came of a command in one process."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command, or how far it has come.

    Parameters
    ----------
    detail
        A few words for people.
    counts
        Figures by what they count.
    report
        JSON, where the command asks for one.
    ok
        Whether what was asked for is done.
    """

    detail: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    milliseconds: float = 0.0
    report: str = ""
    ok: bool = True

    @classmethod
    def sum(cls, outcomes: Iterable[Self]) -> Self:
        """Return what came of the same command in several places."""
        found = list(outcomes)
        counts: Counter[str] = Counter()
        for outcome in found:
            counts.update(outcome.counts)
        return cls(
            "; ".join(dict.fromkeys(o.detail for o in found if o.detail)),
            dict(counts),
            sum(outcome.milliseconds for outcome in found),
            ok=all(outcome.ok for outcome in found),
        )
