"""The release index that a repository's lookups use, if there is one."""

from collections.abc import Iterable

from ..index import ReleaseIndex
from ..policies import Policies, Thing
from ..snapshot import Snapshot
from .indexed import IndexedAnswers
from .standing import Standing


class IndexMount:
    """Holds one index; it can be exchanged at any time.

    A lookup takes its answers from one index from beginning to end: the old one is
    unmapped when the last lookup that uses it has ended.

    Attributes
    ----------
    index
        The one of now.
    overruled
        What may have changed since it was built.
    state
        Another object whenever one of these has changed.
    """

    def __init__(self) -> None:
        self.index: ReleaseIndex | None = None
        self.overruled: frozenset[Thing] = frozenset()
        self.state = object()
        self._answers: IndexedAnswers | None = None

    def mount(
        self, index: ReleaseIndex | None, overruled: Iterable[Thing] = ()
    ) -> None:
        """Use another index from now on, or none."""
        self.index = index
        self.overruled = frozenset(overruled)
        self.state = object()
        self._answers = None

    def overrule(self, things: Iterable[Thing]) -> None:
        """Take no answers about these from this index any more."""
        self.overruled |= frozenset(things)
        self.state = object()

    def answers(self, snapshot: Snapshot, policies: Policies) -> IndexedAnswers | None:
        """Return what the index may answer with a snapshot, or `None`."""
        if self.index is None:
            return None
        known = self._answers
        if known is not None and known.snapshot is snapshot:
            standing = known.standing
            if standing.is_for(snapshot, policies, self.overruled):
                return known
        known = self._answers = IndexedAnswers(
            self._standing(snapshot, policies), snapshot
        )
        return known

    def _standing(self, snapshot: Snapshot, policies: Policies) -> Standing:
        known = self._answers
        # Often only records of small elements have changed, or nothing at all.
        if known and known.standing.is_for(snapshot, policies, self.overruled):
            return known.standing
        assert self.index is not None  # noqa: S101 - told to mypy
        return Standing(self.index, snapshot, policies, self.overruled)
