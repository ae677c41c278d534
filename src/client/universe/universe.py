"""The universe of a repository: all elements in their order, and groups of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from ...protocol.universe import closure
from ..errors import DimensionNameError
from .document import UniverseDocument
from .elements import Element
from .groups import DimensionGroup
from .reading import elements_of


class Universe:
    """All dimension elements of a repository.

    Parameters
    ----------
    elements
        Elements by name, in universe order.
    version, namespace
        What the repository calls this universe.
    """

    def __init__(
        self, elements: Mapping[str, Element], version: int = 0, namespace: str = ""
    ) -> None:
        self.elements = elements
        self.version = version
        self.namespace = namespace
        self._groups: dict[frozenset[str], DimensionGroup] = {}

    @classmethod
    def from_wire(cls, document: Mapping[str, Any]) -> Self:
        """Read the value of ``universe`` in the answer of ``GET v1/universe``.

        Raises
        ------
        msgspec.ValidationError
            If it is no universe.
        """
        universe = msgspec.convert(document, UniverseDocument)
        return cls(elements_of(universe), universe.version, universe.namespace)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of all dimensions, in universe order."""
        return tuple(e.name for e in self.elements.values() if e.is_dimension)

    @property
    def governors(self) -> tuple[str, ...]:
        """Names of all governor dimensions, in universe order."""
        return tuple(e.name for e in self.elements.values() if e.is_governor)

    def element(self, name: str) -> Element:
        """Return the element called ``name``.

        Raises
        ------
        DimensionNameError
            If there is none.
        """
        element = self.elements.get(name)
        if element is None:
            raise self._unknown("dimension element", name)
        return element

    def dimension(self, name: str) -> Element:
        """Return the dimension called ``name``.

        Raises
        ------
        DimensionNameError
            If there is none.
        """
        element = self.elements.get(name)
        if element is None or not element.is_dimension:
            raise self._unknown("dimension", name)
        return element

    def group(self, names: str | Iterable[str]) -> DimensionGroup:
        """Return the smallest group that has all ``names``.

        Parameters
        ----------
        names
            Dimensions; or one text, the name of an element.

        Raises
        ------
        DimensionNameError
            If a name is not a dimension's.
        """
        if isinstance(names, DimensionGroup):
            return names
        if isinstance(names, str):
            names = self.element(names).dimensions
        wanted = frozenset(names)
        group = self._groups.get(wanted)
        if group is None:
            closed = closure(wanted, lambda name: self.dimension(name).dimensions)
            group = self._groups.get(closed) or self._make(closed)
            self._groups[closed] = self._groups[wanted] = group
        return group

    def _make(self, names: frozenset[str]) -> DimensionGroup:
        ordered = tuple(name for name in self.elements if name in names)
        return DimensionGroup(ordered, self.elements)

    def _unknown(self, kind: str, name: str) -> DimensionNameError:
        known = (e.name for e in self.elements.values() if not e.is_pixelization)
        return DimensionNameError(
            f"No {kind} is called {name!r}; this repository has {', '.join(known)}, "
            "and the levels of its pixelizations."
        )
