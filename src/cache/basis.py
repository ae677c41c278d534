"""What one answer was made from."""

from .answers import Entry, Keep
from .policies import Policies


class Basis:
    """Everything that an answer depends on, noted while it is looked up.

    Parameters
    ----------
    definitions, policies, mounted
        What was in use. Each is replaced by another object when anything about it
        changes.

    Attributes
    ----------
    terms
        On what terms the kept answers among it are kept.
    since
        The move as of which all of them are true.
    is_complete
        Whether all of it is kept; what is not may change unnoticed.
    """

    __slots__ = ("definitions", "is_complete", "mounted", "policies", "since", "terms")

    def __init__(
        self, definitions: object, policies: Policies, mounted: object, now: int
    ) -> None:
        self.definitions = definitions
        self.policies = policies
        self.mounted = mounted
        self.terms: list[Keep] = []
        self.since = now
        self.is_complete = True

    def note(self, entry: Entry | None) -> None:
        """Note a kept answer; `None`: one that is not kept."""
        if entry is None:
            self.is_complete = False
            return
        self.terms.append(entry.terms)
        self.since = min(self.since, entry.since)
