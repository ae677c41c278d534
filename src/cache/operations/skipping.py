"""Why a search does not look into a collection, and into which others it might."""

from collections.abc import Iterator

from ...protocol.collections import CollectionType
from ..lookup.search import DatasetSearch
from ..snapshot import Collection, Snapshot

_MOST = 5


def why_skipped(
    snapshot: Snapshot, search: DatasetSearch, collection: Collection
) -> str | None:
    """Return why a search does not look into a collection, or `None`."""
    type_, summaries = search.dataset_type, snapshot.summaries
    if collection.type is CollectionType.CALIBRATION:
        if not type_.is_calibration:
            return f"{type_.name} is no calibration, and so cannot be certified"
        if search.timespan is None:
            return "CALIBRATION collections take part only if a timespan is given"
    if not summaries.lists(collection, type_.id):
        return f"by its summary it has no {type_.name}"
    if not summaries.may_hold(collection, type_.id, type_.group, search.values):
        values = summaries.union([collection]).governors
        wrong = (
            f"{name}={search.values[name]!r}"
            for name in type_.group.governors
            if search.values[name] not in values.get(name, ())
        )
        return f"by its summary it has nothing with {', '.join(wrong)}"
    return None


def collections_elsewhere(
    snapshot: Snapshot, search: DatasetSearch, on_path: set[str]
) -> Iterator[str]:
    """Yield a few other collections that may have such a dataset."""
    count = 0
    for collection in snapshot.collections.by_name.values():
        if collection.is_chain or collection.name in on_path:
            continue
        if why_skipped(snapshot, search, collection) is None:
            yield collection.name
            count += 1
        if count == _MOST:
            return
