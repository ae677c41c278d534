"""Collections without those that a reader does not see."""

from collections.abc import Iterable
from typing import Any

from lsst.daf.butler._collection_type import CollectionType
from lsst.daf.butler.registry.interfaces import ChainedCollectionRecord

from ...protocol.query_sight import QuerySight
from .errors import NotCutError


def seen_collections(base: Any) -> Any:
    """Return a kind of collection manager: hidden ones are neither found nor listed."""

    class SeenCollections(base):  # type: ignore[misc]
        sight: QuerySight

        def clone(self, *_: Any) -> Any:
            raise NotCutError("a copy would see everything")

        def _fetch_by_name(self, *arguments: Any) -> list[Any]:
            return cut_out(self.sight, super()._fetch_by_name(*arguments))

        def _fetch_by_key(self, *arguments: Any) -> list[Any]:
            return cut_out(self.sight, super()._fetch_by_key(*arguments))

        def getParentChains(self, key: Any) -> set[str]:  # noqa: N802 - daf_butler's
            parents: set[str] = super().getParentChains(key)
            return {name for name in parents if self.sight.sees(name)}

        def resolve_wildcard(self, *arguments: Any, **options: Any) -> list[Any]:
            records: list[Any] = super().resolve_wildcard(*arguments, **options)
            if not all(self.sight.sees(record.name) for record in records):
                raise NotCutError("a collection has not been cut out")
            return records

    return SeenCollections


def cut_out(sight: QuerySight, records: Iterable[Any]) -> list[Any]:
    """Return what is seen of collections; chains have only children that are."""
    return [
        _seen_chain(sight, record) if record.type is CollectionType.CHAINED else record
        for record in records
        if sight.sees(record.name)
    ]


def _seen_chain(sight: QuerySight, record: Any) -> Any:
    children = [child for child in record.children if sight.sees(child)]
    return ChainedCollectionRecord(record.key, record.name, children=children)
