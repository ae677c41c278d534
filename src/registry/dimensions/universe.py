"""The dimension universe: all elements, their order, and groups made from them.

Source of the rules: the universe document itself and the topological ordering
that the stock client recomputes from it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cachetools import LRUCache

from ...protocol.errors import DimensionNameError
from ...protocol.universe import closure, placing_order
from ..errors import RepositoryError
from .document import normalize_universe
from .elements import Column, Element
from .groups import DimensionGroup

_SMALL_BY_NATURE = frozenset({"day_obs", "tract"})
"""Not flagged as cached in the document, yet small in every repository: some
thousands of nights, some ten thousands of tracts."""

_COLUMN_TYPES = frozenset({"int", "string", "float", "bool", "hash"})

_MAX_GROUPS = 1_000
"""Sets of names whose group is kept. A repository uses some hundreds; clients can
ask for any subset of the dimensions, and those must not fill the memory."""


class DimensionUniverse:
    """All dimension elements of a repository, in universe order.

    Parameters
    ----------
    text
        The JSON document stored as ``config:dimensions.json``.

    Raises
    ------
    RepositoryError
        If it is not a universe, or an element uses an unknown column type.
    """

    def __init__(self, text: str) -> None:
        try:
            self.document = normalize_universe(json.loads(text))
            self.elements: Mapping[str, Element] = _read_elements(self.document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RepositoryError(
                f"the repository's dimension universe cannot be read: {error!r}"
            ) from error
        self.version: int = self.document["version"]
        self.temporal_families: Mapping[str, list[str]] = self.document["topology"][
            "temporal"
        ]
        self._groups: LRUCache[frozenset[str], DimensionGroup] = LRUCache(_MAX_GROUPS)

    @property
    def governors(self) -> tuple[str, ...]:
        """Governor dimensions, in universe order."""
        return tuple(e.name for e in self.elements.values() if e.governor)

    def dimension(self, name: str) -> Element | None:
        """Return the dimension called ``name``, or `None`."""
        element = self.elements.get(name)
        return element if element is not None and element.is_dimension else None

    def group(self, names: Iterable[str]) -> DimensionGroup:
        """Return the smallest group that has all ``names``.

        Raises
        ------
        DimensionNameError
            If a name is not a dimension's.
        """
        wanted = frozenset(names)
        group = self._groups.get(wanted)
        if group is None:
            closed = closure(wanted, self._dimensions_of)
            ordered = tuple(n for n in self.elements if n in closed)
            group = self._groups.get(closed) or DimensionGroup(ordered, self.elements)
            self._groups[closed] = self._groups[wanted] = group
        return group

    def _dimensions_of(self, name: str) -> tuple[str, ...]:
        element = self.dimension(name)
        if element is None:
            raise DimensionNameError(f"{name!r} is not a dimension.")
        return (*element.required, *element.implied)


def _read_elements(document: dict[str, Any]) -> dict[str, Element]:
    spatial = _families(document["topology"]["spatial"])
    temporal = _families(document["topology"]["temporal"])
    specs, skypix = document["elements"], document["skypix"]["systems"]
    needs = {name: [*s["requires"], *s["implies"]] for name, s in specs.items()}
    placed: dict[str, Element] = {}
    for name in placing_order({**needs, **dict.fromkeys(skypix, ())}):
        if name in skypix:
            placed |= _skypix_elements(name, skypix[name])
        else:
            placed[name] = _element(
                name, specs[name], placed, spatial.get(name), temporal.get(name)
            )
    return placed


def _families(section: dict[str, list[str]]) -> dict[str, str]:
    return {name: family for family, names in section.items() for name in names}


def _skypix_elements(system: str, spec: dict[str, Any]) -> dict[str, Element]:
    return {
        f"{system}{level}": Element(
            name=f"{system}{level}",
            dependencies=(),
            implied=(),
            keys=(Column("id", "int", nullable=False),),
            spatial=system,
            skypix=(spec["class"], level),
        )
        for level in range(spec["min_level"], spec["max_level"] + 1)
    }


def _element(
    name: str,
    spec: dict[str, Any],
    placed: Mapping[str, Element],
    spatial: str | None,
    temporal: str | None,
) -> Element:
    needed = {r for other in spec["requires"] for r in placed[other].required}
    return Element(
        name=name,
        dependencies=tuple(n for n in placed if n in needed),
        implied=tuple(n for n in placed if n in spec["implies"]),
        keys=tuple(map(_column, spec["keys"])),
        metadata=tuple(map(_column, spec["metadata"])),
        governor=spec["governor"],
        always_join=spec["always_join"],
        small=spec["is_cached"] or name in _SMALL_BY_NATURE,
        view_of=spec["implied_union_target"],
        spatial=spatial,
        temporal=temporal,
    )


def _column(spec: dict[str, Any]) -> Column:
    if spec["type"] not in _COLUMN_TYPES:
        raise ValueError(f"column {spec['name']!r} has unknown type {spec['type']!r}")
    return Column(spec["name"], spec["type"], spec.get("length"), spec["nullable"])
