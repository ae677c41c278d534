"""Dimension groups: sets of dimensions closed under their dependencies."""

from collections.abc import Iterator, Mapping

from ...protocol.universe import split_group
from .elements import Element


class DimensionGroup:
    """A closed set of dimensions; `Universe.group` makes them.

    It iterates over its dimensions; like that of daf_butler it contains its elements.

    Parameters
    ----------
    names
        All dimensions, in universe order.
    universe
        All elements, in universe order.

    Attributes
    ----------
    names
        All dimensions, in universe order.
    required
        Dimensions that a data ID must have: nothing in the group implies them.
    implied
        All others.
    elements
        Dimensions, and join elements whose required dimensions are all here.
    governors
        Dimensions within whose values the others have a meaning.
    """

    __slots__ = ("elements", "governors", "implied", "names", "required")

    def __init__(self, names: tuple[str, ...], universe: Mapping[str, Element]) -> None:
        here = frozenset(names)
        self.names = names
        self.required, self.implied = split_group(
            names, lambda name: universe[name].implied
        )
        self.elements = tuple(
            element.name
            for element in universe.values()
            if here.issuperset(element.required)
        )
        self.governors = tuple(name for name in names if universe[name].is_governor)

    @property
    def data_coordinate_keys(self) -> tuple[str, ...]:
        """Order of the values in a data coordinate."""
        return (*self.required, *self.implied)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, element: object) -> bool:
        return element in self.elements

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DimensionGroup):
            return NotImplemented
        return self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)

    def __le__(self, other: "DimensionGroup") -> bool:
        return frozenset(self.names).issubset(other.names)

    def __ge__(self, other: "DimensionGroup") -> bool:
        return other <= self

    def __repr__(self) -> str:
        return f"{{{', '.join(self.names)}}}"
