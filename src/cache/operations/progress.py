"""How far a warming has come."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """How far a warming has come.

    Attributes
    ----------
    collections, done
        How many collections are to be read, and how many have been.
    datasets
        How many have been read.
    stored, lost
        Answers kept, and answers not kept because something moved meanwhile.
    failure
        Why it ended before all was read.
    is_full
        Whether that is because no more may be kept.
    skipped
        What was not read, and why.
    """

    collections: int = 0
    done: int = 0
    datasets: int = 0
    stored: int = 0
    lost: int = 0
    failure: str = ""
    is_full: bool = False
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """The same as figures."""
        return {
            "collections": self.done,
            "of collections": self.collections,
            "datasets": self.datasets,
            "stored": self.stored,
            "lost": self.lost,
        }
