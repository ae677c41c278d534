"""Which queries may be known, as told by their shape alone.

So nobody waits for the database who will be answered by a worker anyway.
"""

from ...protocol.errors import DimensionNameError
from ...protocol.queries import (
    Comparison,
    CountRequest,
    ExecuteRequest,
    Predicate,
    QueryRequest,
)
from ...registry import DimensionGroup, DimensionUniverse
from .governors import fixed_value


def may_be_known(universe: DimensionUniverse, asked: QueryRequest) -> bool:
    """Tell whether it is worth trying."""
    tree = asked.query.tree
    if tree.data_coordinate_uploads or tree.materializations:
        return False
    if (
        isinstance(asked, ExecuteRequest | CountRequest)
        and asked.result_spec.allow_duplicate_overlaps
    ):
        return False
    if tree.datasets:
        return len(tree.datasets) == 1 and has_only_values(tree.predicate)
    try:
        return is_small(universe.group(tree.dimensions))
    except DimensionNameError:
        return False


def has_only_values(predicate: Predicate) -> bool:
    """Tell whether a predicate says nothing but which values dimensions have."""
    leaves = [leaf for any_of in predicate.operands for leaf in any_of]
    return len(leaves) == len(predicate.operands) and all(
        isinstance(leaf, Comparison)
        and leaf.operator == "=="
        and fixed_value(leaf) is not None
        for leaf in leaves
    )


def is_plain(group: DimensionGroup) -> bool:
    """Tell whether datasets over a group are joined with nothing but equal keys."""
    families = {element.spatial for element in group.elements if element.spatial}
    return (
        bool(group.names)
        and len(families) <= 1
        and not any(element.always_join or element.skypix for element in group.elements)
    )


def is_small(group: DimensionGroup) -> bool:
    """Tell whether rows over a group are records joined by equal keys."""
    views = {e.name for e in group.elements if e.view_of is not None}
    return bool(group.names) and all(
        element.small
        and element.is_dimension
        and not element.always_join
        # Nothing in the database says that these exist.
        and views.isdisjoint(element.dependencies)
        for element in group.elements
    )
