"""Finds the first dataset on a search path.

Source of the rules: `find_dataset` of a DirectButler. Where that is not
consistent with itself about ambiguous calibrations, this raises.
"""

from dataclasses import replace
from functools import partial

from ...protocol.errors import CalibrationLookupError
from ...protocol.scalars import Timespan
from ...registry import FoundDataset, StaleDefinitionsError
from .data_ids import check_types
from .dataset import Dataset, coordinate, run_name
from .expansion import assemble, complete_values
from .kept import find_among_shown, find_in_segment, hiding, is_same
from .paths import SearchPath, Segment
from .search import DatasetSearch
from .view import View


async def find_dataset(view: View, search: DatasetSearch) -> Dataset | None:
    """Return the first match on the search path, or `None`.

    Raises
    ------
    MissingCollectionError
        If an explicit collection name does not exist.
    CalibrationLookupError
        If several validity ranges match in the first collection that matches.
    InvalidQueryError
        If a value has not the type of its dimension.
    """
    path = view.path(search)
    check_types(search.dataset_type.group, search.values)
    if search.with_ranges and is_empty(search.timespan):
        return None
    embargoes = await hiding(view, search.dataset_type, search.values)
    if embargoes:
        search = replace(search, embargoes=embargoes)
        path = view.path(search)
    found = None
    for segment in path.segments:
        found = await _find_visible(view, search, path, segment)
        if found is not None:
            break
    if not view.settled:
        view.must_be_newest(partial(is_same, view, search, path))
    return None if found is None else _dataset(view, search, found)


async def _find_visible(
    view: View, search: DatasetSearch, path: SearchPath, segment: Segment
) -> FoundDataset | None:
    """Return the first match whose RUN the reader sees, or `None`."""
    part: Segment | None = segment
    while part is not None:
        try:
            found = await find_in_segment(view, search, path, part)
        except CalibrationLookupError:
            if not view.is_limited:
                raise
            return await find_among_shown(view, search, path, part)
        if found is None or view.sees(found.run, search.embargoes):
            return found
        part = part.after(found.collection)
    return None


def is_empty(timespan: Timespan | None) -> bool:
    """Tell whether nothing can overlap a timespan."""
    return timespan is not None and timespan[0] >= timespan[1]


def _dataset(view: View, search: DatasetSearch, found: FoundDataset) -> Dataset:
    snapshot, view = view.snapshot, view.for_shown()
    dataset_type, group = search.dataset_type, search.dataset_type.group
    run = run_name(snapshot, found.run)
    if found.names is not None:
        collection = snapshot.collections.whole.by_key[found.collection].name
        if found.names != (dataset_type.name, collection, run):
            raise StaleDefinitionsError("a key has been given to another name")
    values = complete_values(view, group, search.values, found.records)
    if not search.records:
        data_id = coordinate(values)
    else:
        data_id = assemble(view, group, values, found.records).wire()
    files = found.files if search.files else ()
    return Dataset(found.id, dataset_type, run, data_id, files)
