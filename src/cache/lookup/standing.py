"""What of a release index still stands.

An index is asked only about what is permanent now, is the same thing in the snapshot
as it was when the index was built, and has not been overruled since. That is so for as
long as the snapshot's definitions, or something else takes their place: no single
answer has to be looked after.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache

from ...registry import DimensionGroup, Element, RegisteredDatasetType
from ..index import ReleaseIndex
from ..policies import Kind, Policies, Policy, Thing
from ..snapshot import Snapshot
from .paths import Segment

_MOST_MEMBERS = 500_000

EVERYTHING: Final[Thing] = ("collection", "*")
"""Stands for all things, where an operator has forgotten all."""


@dataclass(frozen=True, slots=True)
class Part:
    """How to look into one segment of a search path.

    Parameters
    ----------
    segment
        Kept, so that its identity belongs to nothing else.
    ranks, calibration_ranks
        Position in the segment by position in the index.
    """

    segment: Segment
    ranks: Mapping[int, int]
    calibration_ranks: Mapping[int, int]


def needed_elements(group: DimensionGroup, *, records: bool) -> tuple[Element, ...]:
    """Return the large elements of a data ID that a lookup needs, in their order.

    Parameters
    ----------
    records
        Whether all are wanted, or only those that imply values.
    """
    return tuple(
        element
        for element in group.lookup_order
        if not element.small and element.has_table and (records or element.implied)
    )


class Standing:
    """What may be taken from an index.

    Parameters
    ----------
    index
        It.
    snapshot
        Definitions of now.
    policies
        What is permanent now.
    overruled
        What may have changed since the index was built.

    Attributes
    ----------
    types
        Numbers of the dataset types that are what they were, by their ids.
    elements
        Large elements all of whose records are known.
    """

    def __init__(
        self,
        index: ReleaseIndex,
        snapshot: Snapshot,
        policies: Policies,
        overruled: frozenset[Thing],
    ) -> None:
        self.index = index
        self._collections = snapshot.collections.whole
        self._dataset_types = snapshot.dataset_types
        self._policies = policies
        self._overruled = overruled
        self.types = dict(self._valid_types())
        self.elements = frozenset(
            name for name in index.elements if self._stands("dimension", name)
        )
        self._runs: dict[Any, bool] = {}
        self._parts: LRUCache[int, tuple[Part | None, Segment]] = LRUCache(
            _MOST_MEMBERS, getsizeof=lambda known: 4 + len(known[1].keys)
        )
        self._needed: dict[tuple[int, bool], tuple[Element, ...] | None] = {}

    def is_for(
        self, snapshot: Snapshot, policies: Policies, overruled: frozenset[Thing]
    ) -> bool:
        """Tell whether this is the standing of the index under these circumstances."""
        return (
            self._collections is snapshot.collections.whole
            and self._dataset_types is snapshot.dataset_types
            and self._policies is policies
            and self._overruled is overruled
        )

    def is_valid_run(self, key: Any) -> bool:
        """Tell whether a RUN, by its key, is what it was, and permanent."""
        valid = self._runs.get(key)
        if valid is None:
            valid = self._runs[key] = self._is_same(key)
        return valid

    def part(self, segment: Segment) -> Part | None:
        """Return how to look into a segment; `None`: the index does not know it all."""
        known = self._parts.get(id(segment))
        if known is not None:
            return known[0]
        part = self._make_part(segment)
        with suppress(ValueError):  # longer than all that may be remembered
            self._parts[id(segment)] = part, segment
        return part

    def needed(
        self, type_: RegisteredDatasetType, *, records: bool
    ) -> tuple[Element, ...] | None:
        """Return the large elements that finding datasets of a type needs.

        Parameters
        ----------
        records
            Whether all dimension records are wanted, or only those that tell
            something about the dataset.

        Returns
        -------
        elements
            In the order of their lookup; `None`: not all that is needed is known.
        """
        key = (type_.id, records)
        if key not in self._needed:
            is_usable = self._is_usable(type_, records=records)
            wanted = needed_elements(type_.group, records=records)
            self._needed[key] = wanted if is_usable else None
        return self._needed[key]

    def _is_usable(self, type_: RegisteredDatasetType, *, records: bool) -> bool:
        if type_.id not in self.types:
            return False
        is_calibration = type_.is_calibration
        looked_at = needed_elements(type_.group, records=records or is_calibration)
        if not self.has_records(looked_at):
            return False
        # Validity ranges are compared with the time of the data ID itself.
        temporal = (e for e in type_.group.elements if e.temporal and is_calibration)
        return all(self._stands("dimension", element.name) for element in temporal)

    def has_records(self, elements: Iterable[Element]) -> bool:
        """Tell whether all records of some large elements are known."""
        return all(element.name in self.elements for element in elements)

    def _valid_types(self) -> Mapping[int, int]:
        by_id = self._dataset_types.by_id
        numbers = {}
        for number, indexed in enumerate(self.index.tables.types):
            type_ = by_id.get(indexed.id)
            if type_ is None or not self._stands("dataset type", type_.name):
                continue
            if (type_.name, type_.group.required) == (indexed.name, indexed.required):
                numbers[type_.id] = number
        return numbers

    def _make_part(self, segment: Segment) -> Part | None:
        if segment.policy is not Policy.PERMANENT:
            return None
        tags, calibrations = self.index.positions, self.index.calibration_positions
        calibs = set(segment.calibs)
        ranks: dict[int, int] = {}
        calibration_ranks: dict[int, int] = {}
        for rank, key in enumerate(segment.keys):
            positions = calibrations if key in calibs else tags
            if key not in positions or not self._is_same(key):
                return None
            of = calibration_ranks if key in calibs else ranks
            of[positions[key]] = rank
        return Part(segment, ranks, calibration_ranks)

    def _is_same(self, key: Any) -> bool:
        """Tell whether a collection is what it was, and permanent."""
        now = self._collections.by_key.get(key)
        return (
            now is not None
            and self.index.collections.get(key) == (now.name, now.type)
            and self._stands("collection", now.name)
        )

    def _stands(self, kind: Kind, name: str) -> bool:
        if EVERYTHING in self._overruled or (kind, name) in self._overruled:
            return False
        return self._policies.of((kind, name)) is Policy.PERMANENT
