"""How many datasets a release index has: it was counted when it was built."""

from collections.abc import Sequence

from ...protocol.collections import CollectionType
from ...registry import RegisteredDatasetType
from ..lookup.view import View
from .unknown import NotKnownError, require


def count_indexed(
    view: View, dataset_type: RegisteredDatasetType, names: Sequence[str]
) -> list[int]:
    """Return the number of datasets of a type in each of some collections.

    Parameters
    ----------
    names
        Of the collections; members of chains are counted each.

    Raises
    ------
    NotKnownError
        If an index does not know all of them, or the reader does not see all.
    UnsettledError
        If the way to them may have changed meanwhile.
    """
    collections = list(view.snapshot.collections.flatten(names))
    for each in collections:
        view.require(view.policies.of_collection(each.name))
    path = [each for each in collections if not each.is_chain]
    require(known=not view.is_limited and not view.embargoes)
    # Where an implied value is missing, as it may be, a query leaves the dataset out.
    elements = dataset_type.group.elements
    require(known=all(e.small or not e.implied for e in elements))
    if view.indexed is None:
        raise NotKnownError
    standing = view.indexed.standing
    index = standing.index
    number = standing.types.get(dataset_type.id)
    require(known=number is not None)
    assert number is not None  # noqa: S101 - told to mypy
    # A TAGGED collection is no more permanent than the RUNs of what is in it.
    require(known=all(each.type is CollectionType.RUN for each in path))
    positions = [index.positions.get(each.key) for each in path]
    require(known=all(standing.is_valid_run(each.key) for each in path))
    require(known=None not in positions)
    return [index.counts.get((n, number), 0) for n in positions if n is not None]
