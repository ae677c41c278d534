"""The part of one search path that is being read: which answers a dataset gives.

A lookup asks each segment of its path in turn. So a dataset answers the segment in
which it is found first, and tells the ones before that they do not have it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...registry import (
    FoundDataset,
    Member,
    RegisteredDatasetType,
    StaleDefinitionsError,
)
from ..answers import Question
from ..lookup.kept import segment_question
from ..lookup.paths import Segment
from ..lookup.search import DatasetSearch
from ..lookup.view import View
from ..policies import Policies, Policy

Answer = tuple[Question[FoundDataset | None], FoundDataset | None, bool]
"""What is asked, what is found, and whether that depends on this one page alone."""


@dataclass(slots=True)
class PathReading:
    """One search path for datasets of one type.

    Parameters
    ----------
    target
        Names as lookups give them.
    """

    view: View
    dataset_type: RegisteredDatasetType
    target: Sequence[str]
    _answered: dict[tuple[Any, ...], set[int]] = field(default_factory=dict)
    _policies: Policies = field(init=False)

    def __len__(self) -> int:
        """Return how many data IDs have been seen."""
        return len(self._answered)

    def __post_init__(self) -> None:
        self._policies = self.view.policies

    def answers(self, member: Member) -> Iterator[Answer]:
        """Yield what is now known, to be called in the order of the path.

        Raises
        ------
        StaleDefinitionsError
            If the segments are no longer those that earlier datasets have answered.
        """
        if self.view.policies is not self._policies:
            raise StaleDefinitionsError("the policies changed")
        values = dict(zip(self.dataset_type.group.required, member.values, strict=True))
        search = DatasetSearch(self.dataset_type, values, self.target, None, files=True)
        path = self.view.path(search)
        answered = self._answered.setdefault(member.values, set())
        for number, segment in enumerate(path.segments):
            is_here = member.found.collection in segment.keys
            if number not in answered:
                answered.add(number)
                if segment.policy is not Policy.VOLATILE:
                    question = segment_question(self.view, search, path, segment)
                    found = member.found if is_here else None
                    yield question, found, is_here and _is_first(segment, member)
            if is_here:
                return


def _is_first(segment: Segment, member: Member) -> bool:
    return bool(segment.keys[0] == member.found.collection)
