"""What a request wants to be looked up, item by item.

An item that cannot be understood is refused alone: what stands for it is the error of
a single lookup.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import UNSET

from ...cache import Wanted
from ...protocol.batch import FindItem, ForAllItems, GetItem
from ...protocol.dimensions import RequestDataId
from ...protocol.errors import BadRequestError, ButleryError
from ...protocol.globs import is_glob
from ...protocol.limits import MAX_GLOBS

_S = TypeVar("_S")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Lookups(Generic[_T]):
    """What is to be looked up, and what holds for all of it.

    Parameters
    ----------
    items
        In the order of the request; an error: why one is refused.
    """

    items: Sequence[_T | ButleryError]
    default_data_id: RequestDataId
    records: bool = False


def read_each(items: Iterable[_S], read: Callable[[_S], _T]) -> list[_T | ButleryError]:
    """Return what is to be looked up for each item, or why it is refused."""
    found: list[_T | ButleryError] = []
    for item in items:
        try:
            found.append(read(item))
        except BadRequestError as error:
            found.append(error.with_traceback(None))
    return found


def require_few_globs(items: Iterable[object]) -> None:
    """Refuse items that together have more globs than one search may.

    Raises
    ------
    BadRequestError
        If they have.
    """
    lists = {
        id(item.collections): item.collections
        for item in items
        if isinstance(item, Wanted)
    }
    count = sum(sum(map(is_glob, names)) for names in lists.values())
    if count > MAX_GLOBS:
        raise BadRequestError(
            f"items: {count} globs in one request are too many; at most {MAX_GLOBS} "
            "are allowed. What all items have in common counts once: give it for the "
            "whole request."
        )


def wanted(
    item: FindItem | GetItem, data_id: RequestDataId, common: ForAllItems
) -> Wanted:
    """Return the lookup of an item, completed by what holds for all.

    Raises
    ------
    BadRequestError
        If something is given in neither place.
    """
    dataset_type = item.dataset_type
    if dataset_type is UNSET:
        dataset_type = common.dataset_type
    if dataset_type is UNSET:
        raise BadRequestError(
            "dataset_type: give one for this item, or for the whole request."
        )
    collections = item.collections
    if collections is UNSET:
        collections = common.collections
    if collections is UNSET:
        raise BadRequestError(
            "collections: give them for this item, or for the whole request."
        )
    span = common.timespan if item.timespan is UNSET else item.timespan
    return Wanted(dataset_type, data_id, collections, span)
