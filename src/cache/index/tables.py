"""What is read when an index is opened: all that its entries have in common."""

from typing import Any

import msgspec

from ...registry import Element


class IndexedType(msgspec.Struct, frozen=True, array_like=True):
    """A dataset type of an index; its number is its position."""

    id: int
    name: str
    required: tuple[str, ...]


class IndexedElement(msgspec.Struct, frozen=True, array_like=True):
    """A dimension element of an index; its number is its position.

    Parameters
    ----------
    alternates
        Columns by which its records can be found, besides its key.
    """

    name: str
    alternates: tuple[tuple[str, ...], ...]


class Tables(msgspec.Struct, frozen=True, array_like=True):
    """All of it.

    Parameters
    ----------
    names
        Dimension values that have numbers.
    types, elements
        Dataset types and dimension elements whose entries are complete.
    collections
        Keys of the RUN and TAGGED collections that are complete; entries have their
        positions.
    calibrations
        Keys of the CALIBRATION collections, likewise.
    counts
        Number of datasets by collection and dataset type, both as positions; in
        CALIBRATION collections, which come last, of certifications.
    words
        Parts of paths that have numbers.
    datastores
        Records tables of the datastores, whose positions files have.
    """

    names: list[str]
    types: list[IndexedType]
    elements: list[IndexedElement]
    collections: list[Any]
    calibrations: list[Any]
    counts: list[tuple[int, int, int]]
    words: list[str]
    datastores: list[str]


_SEQUENCE = ("day_obs", "seq_num")


def indexed_element(element: Element) -> IndexedElement:
    """Return by what an element's records will be found."""
    alternates: list[tuple[str, ...]] = [(key.name,) for key in element.alternate_keys]
    if set(_SEQUENCE) <= {*element.implied, *element.facts}:
        alternates.append(_SEQUENCE)
    return IndexedElement(element.name, tuple(alternates))


def region_columns(element: Element) -> frozenset[str]:
    """Return the columns whose hexadecimal text is stored as bytes."""
    return frozenset(c.name for c in element.fields if c.type in {"region", "hash"})
