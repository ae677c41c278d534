"""Dimension groups: sets of dimensions closed under their dependencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...protocol.universe import split_group
from .elements import Element


@dataclass(frozen=True, eq=False)
class DimensionGroup:
    """A closed set of dimensions of one universe.

    Groups of the same names in the same universe are equal: the universe forgets
    groups, and makes others like them.

    Parameters
    ----------
    names
        All dimensions, in universe order.
    universe_elements
        All elements of the universe, in universe order.
    """

    names: tuple[str, ...]
    universe_elements: Mapping[str, Element] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DimensionGroup):
            return NotImplemented
        # Universes give other elements to the same names.
        return (
            self.universe_elements is other.universe_elements
            and self.names == other.names
        )

    def __hash__(self) -> int:
        return hash(self.names)

    @cached_property
    def implied(self) -> tuple[str, ...]:
        """Dimensions that another member implies."""
        return self._split[1]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Dimensions that a data ID must have."""
        return self._split[0]

    @cached_property
    def _split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return split_group(self.names, lambda n: self.universe_elements[n].implied)

    @cached_property
    def data_coordinate_keys(self) -> tuple[str, ...]:
        """Order of the values in a data coordinate."""
        return (*self.required, *self.implied)

    @cached_property
    def governors(self) -> tuple[str, ...]:
        """Governor dimensions that are required."""
        return tuple(n for n in self.required if self.universe_elements[n].governor)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Dimensions, and join elements whose required dimensions are all here."""
        names = set(self.names)
        return tuple(
            element
            for element in self.universe_elements.values()
            if element.name in names
            or (not element.is_dimension and names.issuperset(element.required))
        )

    @cached_property
    def lookup_order(self) -> tuple[Element, ...]:
        """Elements so ordered that each finds its key values known.

        A required dimension is followed by what it implies, as soon as the
        dependencies of that are known; everything else comes last.
        """
        order: dict[str, None] = {}
        while not order.keys() >= set(self.required):
            for name in self.required:
                self._place(name, order)
        for element in self.elements:
            order.setdefault(element.name)
        return tuple(self.universe_elements[name] for name in order)

    def _place(self, name: str, order: dict[str, None]) -> None:
        element = self.universe_elements[name]
        if name in order or not order.keys() >= set(element.dependencies):
            return
        order[name] = None
        for implied in element.implied:
            self._place(implied, order)

    @cached_property
    def has_temporal(self) -> bool:
        """Whether any element has a timespan."""
        return any(element.temporal for element in self.elements)

    def temporal_element(self, families: Mapping[str, Sequence[str]]) -> str | None:
        """Return the element that gives a data ID its timespan, or `None`.

        It is the finest of its family; a group that touches two temporal families
        has none.

        Parameters
        ----------
        families
            Temporal families of the universe, each from fine to coarse.
        """
        touched = {e.temporal for e in self.elements if e.temporal}
        if len(touched) != 1:
            return None
        names = {element.name for element in self.elements}
        return next(name for name in families[touched.pop()] if name in names)
