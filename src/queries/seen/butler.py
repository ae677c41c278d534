# ruff: noqa: SLF001 - there is no public way in
"""Makes a butler that sees what a reader sees."""

from collections.abc import Callable
from functools import cache
from typing import Any

from lsst.daf.butler.direct_butler import DirectButler
from lsst.daf.butler.direct_query_driver._driver import DirectQueryDriver
from lsst.daf.butler.registry.sql_registry import SqlRegistry

from ...protocol.query_sight import QuerySight
from .collections import seen_collections
from .datasets import seen_datasets
from .dimensions import seen_dimensions
from .driver import seen_driver, seen_registry
from .errors import NotCutError
from .nights import Nights


def see(butler: DirectButler, sight: QuerySight) -> DirectButler:
    """Return a butler on the same connections that sees no more than a reader.

    Raises
    ------
    NotCutError
        If this version of daf_butler is built in another way.
    """
    seen = butler.clone()
    registry: Any = seen._registry
    registry.__class__ = _kind_of(seen_registry, SqlRegistry)
    registry.kind_of_driver = _kind_of(seen_driver, DirectQueryDriver)
    managers: Any = registry._managers
    dimensions = managers.dimensions
    nights = Nights(dimensions._tables, dimensions.universe, sight.embargoes)
    for manager, kind in (
        (managers.collections, seen_collections),
        (managers.dimensions, seen_dimensions),
        (managers.datasets, seen_datasets),
    ):
        # Others hold references to it: it changes what it is, and is not replaced.
        base: Any = type(manager)
        manager.__class__ = _kind_of(kind, base)
        manager.sight, manager.nights = sight, nights
    return seen


@cache
def _kind_of(kind: Callable[[Any], Any], base: Any) -> Any:
    """Return a class whose every method is in place of another."""
    seen = kind(base)
    methods = {name for name, member in vars(seen).items() if callable(member)}
    unknown = {name for name in methods - set(dir(base)) if not name.startswith("cut_")}
    if unknown:
        raise NotCutError(f"{base.__name__} of this daf_butler has no {unknown}")
    return seen
