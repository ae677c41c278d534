"""Finds collections and datasets as a Butler server does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from ...protocol.collections import CollectionType
from ...protocol.datasets import DatasetType
from ...protocol.globs import NameExpression
from ...protocol.scalars import DataIdValue
from .content import Collection, Content, Dataset
from .records import DataId, required
from .refusals import butler_error


def listed(
    content: Content, expression: Sequence[str], *, flatten: bool = False
) -> list[Collection]:
    """Return the collections that names and globs mean, in the order of a server.

    With any glob, what globs mean comes first: chains last, each kind as it was made.
    """
    terms = NameExpression.parse(expression)
    fits = terms.matcher()
    in_order = sorted(
        content.collections.values(), key=lambda c: c.type is CollectionType.CHAINED
    )
    found = [each for each in in_order if terms.has_globs and fits(each.name)]
    named = content.named(terms.names)
    if not flatten:
        return _once([*found, *named])
    below = [each for one in found for each in descend(content, one)]
    return _once([*found, *(c for one in named for c in descend(content, one)), *below])


def descend(content: Content, top: Collection) -> Iterator[Collection]:
    """Yield a collection, and what it is made of, depth first, each once."""
    todo, seen = [top.name], set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            one = content.collections[name]
            yield one
            todo += reversed(one.children)


def runs_of(content: Content, expression: Sequence[str]) -> list[str]:
    """Return the names of the RUNs that a search goes through, in its order."""
    found = [
        each
        for one in listed(content, expression)
        for each in descend(content, one)
        if each.type is CollectionType.RUN
    ]
    return [each.name for each in _once(found)]


def find(
    content: Content,
    kind: DatasetType,
    data_id: DataId,
    expression: Sequence[str],
) -> Dataset | None:
    """Return the first dataset of a search; the data ID has all required values."""
    for run in runs_of(content, expression):
        found = content.at(kind, data_id, run)
        if found is not None:
            return found
    return None


def standardized(
    content: Content, kind: DatasetType, given: DataId, defaults: DataId
) -> dict[str, DataIdValue]:
    """Return the values that a dataset type requires.

    Raises
    ------
    RefusedError
        If one is missing, or a key is no dimension, which is all this server knows.
    """
    unknown = [name for name in given if name not in content.universe.dimensions]
    if unknown:
        raise butler_error(
            "dimension_value", f"Unrecognized keyword args given: {{{unknown[0]!r}}}"
        )
    return required(kind.dimensions, {**defaults, **given})


def by_id(content: Content, id: UUID) -> Dataset:
    """Return a dataset.

    Raises
    ------
    RefusedError
        If there is none.
    """
    if id not in content.datasets:
        raise butler_error("dataset_not_found", f"Dataset ID {id} not found")
    return content.datasets[id]


def summary_of(content: Content, name: str) -> Mapping[str, Any]:
    """Return what a collection may have."""
    below = (
        each.name for top in content.named([name]) for each in descend(content, top)
    )
    found = [*content.in_runs(below)]
    governors: dict[str, dict[DataIdValue, None]] = {}
    for each in found:
        for governor in content.universe.governors:
            if governor in each.data_id:
                governors.setdefault(governor, {})[each.data_id[governor]] = None
    return {
        "dataset_types": list({each.type.name: each.type for each in found}.values()),
        "governors": {name: list(values) for name, values in governors.items()},
    }


def _once(found: Iterable[Collection]) -> list[Collection]:
    return list({each.name: each for each in found}.values())
