"""Dimension records without those of nights that a reader does not see."""

from typing import Any

from lsst.daf.butler import DimensionElement, InvalidQueryError

from .errors import NotCutError
from .failing import may_fail
from .nights import Nights


def seen_dimensions(base: Any) -> Any:
    """Return a kind of dimension manager: tables come into queries cut."""

    class SeenDimensions(base):  # type: ignore[misc]
        nights: Nights
        vouched: frozenset[str] = frozenset()

        def clone(self, *_: Any) -> Any:
            raise NotCutError("a copy would see everything")

        def fetch_one(self, *_: Any) -> Any:
            raise NotCutError("no query reads single records")

        def make_joins_builder(self, element: DimensionElement, fields: Any) -> Any:
            builder = super().make_joins_builder(element, fields)
            # An element without a table of its own has come here with another's.
            if element.implied_union_target is None:
                keys = {name: of[0] for name, of in builder.dimension_keys.items()}
                builder.where(*self.nights.shown(element, keys, self.vouched))
            return builder

        def process_query_overlaps(
            self, dimensions: Any, predicate: Any, *arguments: Any
        ) -> Any:
            # Every predicate comes this way, and spatial joins: of these every one
            # is to an element whose own table is joined as well, and so cut.
            if self._db.dialect.name != "sqlite" and may_fail(predicate):
                raise InvalidQueryError(
                    "Calculations with columns, and globs with a backslash, in a "
                    "'where' are only for readers who see everything in a "
                    "repository: calculate with the results, or select among them."
                )
            return super().process_query_overlaps(dimensions, predicate, *arguments)

    return SeenDimensions
