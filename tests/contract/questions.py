"""Questions to a Butler, made from what is in its repository.

All that this project's client shares with daf_butler's is asked about every dataset,
dataset type, collection and dimension element, and about what does not exist.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from lsst.daf.butler import Butler, DatasetRef, Timespan

from tests.contract.sides import Call

_NOTHING = UUID(int=1)


def about_everything(butler: Butler, refs: Sequence[DatasetRef]) -> Iterator[Call]:
    """Ask about all that a repository has, and about what it has not."""
    for number, ref in enumerate(refs):
        yield from _about(ref, number)
    for name in sorted({ref.datasetType.name for ref in refs}):
        yield from _about_type(name, refs)
    yield from _about_collections([*butler.collections.query("*")])
    for element in butler.dimensions.elements.names:
        yield Call("query_dimension_records", element, explain=False, limit=50)
    yield from _about_nothing()


def _about(ref: DatasetRef, number: int) -> Iterator[Call]:
    name, data_id = ref.datasetType.name, dict(ref.dataId.required)
    records = bool(number % 2)
    yield Call("get_dataset", ref.id, dimension_records=records)
    yield Call(
        "find_dataset", name, data_id, collections=ref.run, dimension_records=records
    )
    yield Call("find_dataset", ref.datasetType, **data_id, collections="*")
    always = Timespan(None, None)
    yield Call("find_dataset", name, data_id, collections=ref.run, timespan=always)
    yield Call("exists", ref, full_check=False)


def _about_type(name: str, refs: Sequence[DatasetRef]) -> Iterator[Call]:
    of_this = [ref for ref in refs if ref.datasetType.name == name]
    dimensions = of_this[0].datasetType.dimensions
    keys = [f"-{key}" for key in dimensions.names]
    yield Call("get_dataset_type", name)
    for records in (False, True):
        yield Call(
            "query_datasets",
            name,
            of_this[0].run,
            with_dimension_records=records,
            order_by=keys,
        )
    yield Call("query_datasets", name, [of_this[0].run, of_this[-1].run], order_by=keys)
    first = dict(of_this[0].dataId.required)
    yield Call("query_datasets", name, of_this[0].run, data_id=first)
    yield Call("query_datasets", name, of_this[0].run, **first, where="1 = 1")
    yield Call("query_all_datasets", of_this[0].run, name=name, limit=None)
    yield Call("query_data_ids", dimensions.names, **first, order_by=keys, limit=20)
    yield Call("query_datasets", name, of_this[0].run, where="visit ==")
    yield Call("query_datasets", name, of_this[0].run, where="nope = 3")


def _about_collections(names: Sequence[str]) -> Iterator[Call]:
    for name in names:
        yield Call("collections.get_info", name, include_parents=True)
        yield Call("collections.query", name, flatten_chains=True)
    for flags in range(8):
        yield Call(
            "collections.query_info",
            "*",
            include_parents=bool(flags & 1),
            include_summary=bool(flags & 2),
            include_doc=bool(flags & 4),
        )
    yield Call("collections.query", [*names[::2], "*a*"])


def _about_nothing() -> Iterator[Call]:
    yield Call("get_dataset", _NOTHING)
    yield Call("get_dataset_type", "nope")
    yield Call("get_dataset_type", "a/b")
    yield Call("find_dataset", "nope", {"instrument": "Nope"}, collections="*")
    yield Call("collections.get_info", "nope")
    yield Call("collections.query", ["nope"])
    yield Call("collections.query", "no*pe")
    yield Call("query_datasets", "nope", "*", find_first=False)
    yield Call("query_dimension_records", "nope")
    yield Call("query_dimension_records", "detector", detector=1)
    yield Call("query_dimension_records", "detector", instrument="Nope")
    yield Call("find_dataset", "nope", {"instrument": "Nope"})
