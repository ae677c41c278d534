# ruff: noqa: SLF001 - there is no public way in
"""Says of which nights a query shows records, because it shows their datasets.

Who sees a dataset sees the records of its data ID, as in lookups: whoever copies data
of a closed night to an open RUN decides about it. In one SELECT, tables of dimensions
that are joined to those of datasets need no cutting of their own: those were cut.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


def seen_driver(base: Any) -> Any:
    """Return a kind of query driver that tells the dimension manager."""

    class SeenDriver(base):  # type: ignore[misc]
        def materialize(self, tree: Any, *arguments: Any, **options: Any) -> Any:
            dimensions = _vouched(self, tree.datasets, tree.materializations)
            key = super().materialize(tree, *arguments, **options)
            _of_materializations(self)[key] = dimensions
            return key

        def apply_initial_query_joins(
            self,
            select_builder: Any,
            joins_analysis: Any,
            union_dataset_dimensions: Any,
        ) -> None:
            union = union_dataset_dimensions
            with _telling(self, select_builder, joins_analysis, union):
                super().apply_initial_query_joins(select_builder, joins_analysis, union)

        def apply_missing_dimension_joins(
            self, select_builder: Any, joins_analysis: Any
        ) -> None:
            with _telling(self, select_builder, joins_analysis, None):
                super().apply_missing_dimension_joins(select_builder, joins_analysis)

    return SeenDriver


def seen_registry(base: Any) -> Any:
    """Return a kind of registry whose queries have such drivers."""

    class SeenRegistry(base):  # type: ignore[misc]
        @contextmanager
        def _query_driver(self, *arguments: Any, **options: Any) -> Iterator[Any]:
            with super()._query_driver(*arguments, **options) as driver:
                driver.__class__ = self.kind_of_driver
                yield driver

    return SeenRegistry


@contextmanager
def _telling(driver: Any, select: Any, analysis: Any, union: Any) -> Iterator[None]:
    """Let the dimensions of the datasets in one SELECT count as cut."""
    wanted = select.columns.dataset_fields
    names = _vouched(driver, analysis.datasets, analysis.materializations, wanted)
    dimensions = driver.managers.dimensions
    before = dimensions.vouched
    dimensions.vouched = names | (frozenset() if union is None else set(union.names))
    try:
        yield
    finally:
        dimensions.vouched = before


def _vouched(
    driver: Any,
    searches: Mapping[str, Any],
    materializations: Iterable[Any],
    wanted: Container[str] = (),
) -> frozenset[str]:
    """Return the dimensions of datasets that are joined, now or when materialised.

    Searches for what any materialisation has are not joined again, unless columns are
    wanted. Of a materialisation nothing else counts: it may be of uploaded values.
    """
    done = {name for m in driver._materializations.values() for name in m.datasets}
    names = {
        dimension
        for name, search in searches.items()
        if name not in done or name in wanted
        for dimension in search.dimensions.names
    }
    for key in materializations:
        names |= _of_materializations(driver)[key]
    return frozenset(names)


def _of_materializations(driver: Any) -> dict[Any, frozenset[str]]:
    """Return what datasets vouch for in each; the driver is there for one query."""
    known: dict[Any, frozenset[str]] = vars(driver).setdefault("vouched_by_key", {})
    return known
