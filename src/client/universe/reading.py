"""The elements of a universe document, in universe order; pixelizations by level."""

from collections.abc import Mapping

import msgspec

from ...protocol.universe import placing_order
from .document import ElementDocument, SystemDocument, UniverseDocument
from .elements import Column, Element

_REGION = Column("region", "region")
_TIMESPAN = Column("timespan", "timespan")


def elements_of(universe: UniverseDocument) -> dict[str, Element]:
    """Return all elements by name, in universe order.

    Raises
    ------
    msgspec.ValidationError
        If they depend on each other, or on what does not exist.
    """
    documents: dict[str, ElementDocument | SystemDocument]
    documents = {**universe.elements, **universe.skypix.systems}
    try:
        order = placing_order({n: _needs(each) for n, each in documents.items()})
    except ValueError as error:
        raise msgspec.ValidationError(str(error)) from error
    placed: dict[str, Element] = {}
    for name in order:
        each = documents[name]
        if isinstance(each, SystemDocument):
            pixelizations = (f"{name}{level}" for level in each.levels)
            placed |= {each: _pixelization(each) for each in pixelizations}
        else:
            placed[name] = _element(name, each, placed, universe)
    return placed


def _needs(each: ElementDocument | SystemDocument) -> frozenset[str]:
    if isinstance(each, SystemDocument):
        return frozenset()
    return each.requires | each.implies


def _pixelization(name: str) -> Element:
    key = Column("id", "int", nullable=False, dimension=name)
    columns = (key, _REGION)
    return Element(name, (name,), (), columns, (key,), is_pixelization=True)


def _element(
    name: str,
    document: ElementDocument,
    placed: Mapping[str, Element],
    universe: UniverseDocument,
) -> Element:
    needed = {other for n in document.requires for other in placed[n].required}
    required = tuple(n for n in placed if n in needed)
    implied = tuple(n for n in placed if n in document.implies)
    own = tuple(Column(k.name, k.type, k.nullable, name) for k in document.keys[:1])
    alternate = tuple(Column(k.name, k.type, k.nullable) for k in document.keys[1:])
    return Element(
        name=name,
        required=(*required, *(name for _ in own)),
        implied=implied,
        columns=(
            *(_value_of(placed[n]) for n in required),
            *own,
            *(_value_of(placed[n]) for n in implied),
            *alternate,
            *(Column(c.name, c.type, c.nullable) for c in document.metadata),
            *((_REGION,) if _is_in(universe.topology.spatial, name) else ()),
            *((_TIMESPAN,) if _is_in(universe.topology.temporal, name) else ()),
        ),
        keys=(*own, *alternate),
        is_governor=document.governor,
        is_cached=document.is_cached or document.governor,
    )


def _value_of(dimension: Element) -> Column:
    """Return the column with a dimension's values in records of other elements."""
    name = dimension.name
    return Column(name, dimension.primary_key.type, nullable=False, dimension=name)


def _is_in(families: Mapping[str, tuple[str, ...]], name: str) -> bool:
    return any(name in family for family in families.values())
