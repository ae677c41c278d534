"""Summaries say what is certainly not there, and never deny what is."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler import Butler

from butlery.cache import Collection, Repository
from butlery.cache.snapshot.summaries import SummaryCatalog
from butlery.protocol.collections import CollectionType
from tests.cache.snapshot.catalog_model import union
from tests.registry.opening import OwnRepository

KEYS = range(4)
PAIRS = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 3)))
VALUES = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from("abc")))
COLLECTIONS = [Collection(key, f"c{key}", CollectionType.RUN, None) for key in KEYS]


def grouped(rows: list[tuple[int, object]]) -> dict[str, frozenset[object]]:
    return {
        collection.name: frozenset(v for key, v in rows if key == collection.key)
        for collection in COLLECTIONS
    }


@given(PAIRS, VALUES, st.lists(st.sampled_from(COLLECTIONS)))
def test_union_holds_what_any_collection_with_datasets_holds(
    types: list[tuple[int, int]],
    instruments: list[tuple[int, str]],
    chosen: list[Collection],
) -> None:
    summaries = SummaryCatalog(types, {"instrument": instruments, "skymap": []})
    summary = summaries.union(chosen)
    names = [collection.name for collection in chosen]
    assert summary.dataset_type_ids == union(grouped([*types]), names)
    # Governor values outlive the datasets that brought them.
    in_use = [name for name in names if grouped([*types])[name]]
    assert summary.governors["instrument"] == union(grouped([*instruments]), in_use)
    assert summary.governors["skymap"] == frozenset()


@pytest.mark.anyio
async def test_collection_may_hold_a_type_only_with_its_governors(
    repository: Repository,
) -> None:
    snapshot = await repository.snapshot()
    group = snapshot.universe.group(["detector"])
    summaries = SummaryCatalog(
        [(0, 7), (1, 7)], {"instrument": [(0, "Cam1"), (2, "Cam1")], "skymap": []}
    )
    may = {
        (collection.key, type_, name)
        for collection, type_, name in product(COLLECTIONS, (7, 8), ("Cam1", "Cam2"))
        if summaries.may_hold(collection, type_, group, {"instrument": name})
    }
    assert may == {(0, 7, "Cam1")}
    everything = snapshot.universe.group([])
    assert summaries.may_hold(COLLECTIONS[1], 7, everything, {})


@pytest.mark.anyio
async def test_what_a_collection_holds_is_in_its_summary(
    repository: Repository, shared: OwnRepository
) -> None:
    snapshot = await repository.snapshot()
    with Butler.from_config(str(shared.root)) as butler:
        for collection in snapshot.collections.by_name.values():
            summary = snapshot.summary(collection)
            types = snapshot.dataset_types.named(summary.dataset_type_ids)
            held = butler.query_all_datasets(collection.name, find_first=False)
            assert {t.name for t in types} >= {ref.datasetType.name for ref in held}
            for ref in held:
                for governor in ref.dimensions.governors & ref.dimensions.required:
                    assert ref.dataId[governor] in summary.governors[governor]
