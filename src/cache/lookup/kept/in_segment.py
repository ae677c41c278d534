"""The first match in one part of a search path."""

from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ....protocol.errors import CalibrationLookupError, MissingCollectionError
from ....protocol.scalars import UNBOUNDED
from ....registry import FoundDataset, StaleDefinitionsError
from ...answers import Keep, Question, collection, definition
from ...policies import Policy
from ...snapshot import Snapshot
from ..indexed import NotIndexedError
from ..paths import SearchPath, Segment
from ..search import DatasetSearch
from ..view import View


async def find_in_segment(
    view: View, search: DatasetSearch, path: SearchPath, segment: Segment
) -> FoundDataset | None:
    """Return the first match in a part of the path of a search, or `None`.

    Raises
    ------
    CalibrationLookupError
        If it is ambiguous.
    UnavailableError
        If the server may not read the dataset type's tables.
    StaleDefinitionsError
        If the definitions changed before the database was read.
    """
    policy = segment_policy(view, search, segment)
    view.require(policy)
    if view.indexed is not None:
        part = view.indexed.part(search, segment)
        if part is not None:
            with suppress(NotIndexedError):
                found = view.indexed.find(search, segment, part)
                view.trail.indexed += 1
                return found
    view.snapshot.require_readable(search.dataset_type)
    key = segment_key(search, segment)
    entry = view.kept(key)
    if entry is None and not search.files:  # one that has files besides will do
        entry = view.kept(segment_key(replace(search, files=True), segment))
    if entry is not None:
        kept: FoundDataset | None = entry.value
        return kept
    question = segment_question(
        view, search, path, segment, _neighbours(view, search, path, segment)
    )
    return await view.ask(question, policy)


async def find_among_shown(
    view: View, search: DatasetSearch, path: SearchPath, segment: Segment
) -> FoundDataset | None:
    """Return the first match among what the reader sees; nothing of it is kept.

    For searches that are ambiguous, perhaps by what the reader does not see.

    Raises
    ------
    CalibrationLookupError
        If it is ambiguous for the reader, too.
    UnsettledError
        If the database may not be asked.
    """
    view.require(Policy.VOLATILE)

    async def read() -> FoundDataset | None:
        found = await _read(view, search, path, [segment], changes=True)
        shown = [each for each in found if view.sees(each.run, search.embargoes)]
        return _first(segment.keys, shown)

    key = segment_key(search, segment)
    return await view.answers.bypass(Question(key, None, read, lambda _: None))


def segment_policy(view: View, search: DatasetSearch, segment: Segment) -> Policy:
    """Return how long an answer from a part of a path may be kept."""
    of_type = view.policies.of_dataset_type(search.dataset_type.name)
    return Policy.weakest((segment.policy, of_type))


def segment_key(search: DatasetSearch, segment: Segment) -> Hashable:
    """Return the key under which the first match in a part of a path is kept."""
    return (
        "find",
        search.dataset_type.id,
        tuple(search.values.values()),
        segment.keys,
        search.timespan if segment.calibs else None,
        search.records,
        search.files,
    )


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Other parts of a path that are read in the same statement.

    So that all that may change, and is not kept, is of one moment.

    Parameters
    ----------
    earlier
        Kept as "not found", which must still be so.
    later
        Kept if the statement tells what is in them.
    """

    earlier: tuple[Segment, ...] = ()
    later: tuple[Segment, ...] = ()


def _neighbours(
    view: View, search: DatasetSearch, path: SearchPath, segment: Segment
) -> Neighbours:
    if len(path.segments) == 1 or segment not in path.segments:
        return Neighbours()

    def changes(other: Segment) -> bool:
        return segment_policy(view, search, other) is not Policy.PERMANENT

    position = path.segments.index(segment)
    indexed = view.indexed
    later = tuple(
        other
        for other in path.segments[position + 1 :]
        if (changes(other) or segment_key(search, other) not in view.answers)
        and not (indexed is not None and indexed.part(search, other))
    )
    if not any(map(changes, (segment, *later))):
        return Neighbours((), later)
    return Neighbours(tuple(filter(changes, path.segments[:position])), later)


def segment_question(
    view: View,
    search: DatasetSearch,
    path: SearchPath,
    segment: Segment,
    neighbours: Neighbours = Neighbours(),
) -> Question[FoundDataset | None]:
    """Return the question for the first match in a part of the path of a search."""
    together = (*neighbours.earlier, segment, *neighbours.later)
    before = {key for each in neighbours.earlier for key in each.keys}
    policies = {segment_policy(view, search, each) for each in together}
    changes = policies != {Policy.PERMANENT}

    async def read() -> FoundDataset | None:
        since = view.answers.generations.now
        found = await _read(view, search, path, together, changes=changes)
        if any(dataset.collection in before for dataset in found):
            raise StaleDefinitionsError("an earlier collection has gained the dataset")
        first = _first(segment.keys, found)
        if first is None:
            _prepare(view, search, path, neighbours.later, found, since)
        return first

    policy = segment_policy(view, search, segment)
    return Question(
        segment_key(search, segment),
        segment.dependencies,
        read,
        lambda found: _terms(view, search, segment, policy, found),
        together=tuple(each.keys for each in together),
    )


async def _read(
    view: View,
    search: DatasetSearch,
    path: SearchPath,
    segments: Sequence[Segment],
    *,
    changes: bool,
) -> Sequence[FoundDataset]:
    """Read all matches in parts of a path, in one statement.

    Parameters
    ----------
    changes
        Whether any of it may change, so that it must be of the snapshot's definitions.
    """
    moment, found = await view.snapshot.reader.find(
        search.dataset_type,
        search.values,
        tag_collections=[key for each in segments for key in each.tags],
        calib_collections=[key for each in segments for key in each.calibs],
        timespan=search.timespan or UNBOUNDED,
        records=search.records,
        files=search.files,
    )
    if changes:
        await view.must_be_now(moment, partial(is_same, view, search, path))
    return found


def is_same(
    view: View, search: DatasetSearch, path: SearchPath, newer: Snapshot
) -> bool:
    """Tell whether a search is the same by newer definitions.

    It leads the same way, and what it finds is completed by the same small records.
    """
    type_ = newer.dataset_types.by_name.get(search.dataset_type.name)
    if type_ is None or type_.id != search.dataset_type.id:
        return False
    elements = (e.name for e in search.dataset_type.group.elements if e.small)
    if any(newer.records[n] is not view.snapshot.records[n] for n in elements):
        return False
    try:
        return view.paths.find(newer, search) == path
    except MissingCollectionError:
        return False


def _prepare(
    view: View,
    search: DatasetSearch,
    path: SearchPath,
    segments: Sequence[Segment],
    found: Sequence[FoundDataset],
    since: int,
) -> None:
    """Keep what a statement tells of further parts: all up to the first match."""
    for segment in segments:
        try:
            first = _first(segment.keys, found)
        except CalibrationLookupError:
            return  # to be said to those who look there
        question = segment_question(view, search, path, segment)
        view.answers.prepare(question, first, since)
        if first is not None:
            return


def _first(path: Sequence[Any], found: Sequence[FoundDataset]) -> FoundDataset | None:
    counts = Counter(dataset.collection for dataset in found)
    earliest = next((key for key in path if counts[key]), None)
    if earliest is None:
        return None
    if counts[earliest] > 1:
        raise CalibrationLookupError.ambiguous()
    return next(dataset for dataset in found if dataset.collection == earliest)


def _terms(
    view: View,
    search: DatasetSearch,
    segment: Segment,
    policy: Policy,
    found: FoundDataset | None,
) -> Keep | None:
    """Return on what terms the answer is kept.

    What comes later in the path than the match does not matter to it.
    """
    dependencies = segment.dependencies
    elements: dict[str, object] = {}
    if segment.calibs:
        # Validity ranges are compared with the time of the data ID itself.
        temporal = (e for e in search.dataset_type.group.elements if e.temporal)
        elements = {element.name: None for element in temporal}
    if found is not None:
        end = segment.keys.index(found.collection) + 1
        dependencies = (*dependencies[:end], collection(found.run))
        run = view.snapshot.collections.whole.by_key.get(found.run)
        if run is not None:
            of_run = view.policies.of_collection(run.name)
            policy = Policy.weakest((policy, of_run))
        elements |= {n: r for n, r in found.records.items() if n not in elements}
    type_ = definition("dataset-type", search.dataset_type.id)
    return view.terms(policy, (*dependencies, type_), elements)
