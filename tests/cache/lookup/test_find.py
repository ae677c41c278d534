"""A search finds what looking at every membership finds, in the same order."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsst.daf.butler import Butler, Timespan

from butlery.cache import Repository
from butlery.protocol.collections import CollectionType
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import ButlerUserError
from butlery.protocol.scalars import EMPTY, TIMESPAN_MAX, UNBOUNDED
from tests.cache.index.indexing import BOTH_SOURCES
from tests.cache.snapshot.catalog_model import (
    CALIBRATION,
    ModelCatalog,
    ModelCollection,
)
from tests.registry.opening import OwnRepository

pytestmark = [pytest.mark.anyio, BOTH_SOURCES]

EXAMPLES = 3000 if os.environ.get("BUTLERY_SOAK") else 150
Span = tuple[int, int]


@dataclass(frozen=True)
class Membership:
    """One dataset in one collection; `span` is its validity range, if it has one."""

    collection: str
    dataset_type: str
    data_id: tuple[tuple[str, Any], ...]
    id: UUID
    run: str
    span: Span


@dataclass(frozen=True)
class FindModel:
    """All collections and all memberships."""

    catalog: ModelCatalog
    memberships: Sequence[Membership]
    calibrations: frozenset[str]

    def find(
        self, name: str, data_id: Any, terms: list[str], span: Span | None
    ) -> Membership | None:
        path = self.catalog.search_path(terms)
        if name in self.calibrations and span is not None and span[0] >= span[1]:
            return None
        for collection in path:
            type_ = self.catalog.by_name[collection].type
            if type_ == CALIBRATION and span is None:
                continue
            hits = [
                m
                for m in self.memberships
                if (m.collection, m.dataset_type, m.data_id)
                == (collection, name, data_id)
                and (type_ != CALIBRATION or overlap(m.span, span or UNBOUNDED))
            ]
            if len(hits) > 1:
                raise LookupError("calibration_lookup")
            if hits:
                return hits[0]
        return None


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@pytest.fixture(scope="module")
def model(shared: OwnRepository) -> FindModel:
    butler = Butler.from_config(str(shared.root))
    with butler, butler.registry.caching_context():
        created = shared.rows("SELECT name FROM collection ORDER BY collection_id")
        names = [name for (name,) in created]
        infos = [butler.collections.get_info(name) for name in names]
        types = list(butler.registry.queryDatasetTypes("*"))
        memberships = [
            Membership(
                association.collection,
                type_.name,
                tuple(association.ref.dataId.required.items()),
                association.ref.id,
                association.ref.run,
                (association.timespan or Timespan(None, None)).nsec,
            )
            for type_ in types
            for association in butler.registry.queryDatasetAssociations(
                type_, collections=names, flattenChains=False
            )
        ]
        return FindModel(
            ModelCatalog(
                [ModelCollection(i.name, int(i.type), i.children) for i in infos]
            ),
            memberships,
            frozenset(t.name for t in types if t.isCalibration()),
        )


@pytest.fixture(scope="module")
def moments(model: FindModel) -> list[int]:
    """Return every instant at which a validity range begins or ends, and beside it."""
    ends = {edge for m in model.memberships for edge in m.span}
    beside = {edge + step for edge in ends for step in (-1, 0, 1)}
    return sorted(n for n in beside if 0 <= n <= TIMESPAN_MAX)


async def check(
    repository: Repository,
    model: FindModel,
    one: Membership,
    terms: list[str],
    span: Span | None,
) -> None:
    data_id: RequestDataId = dict(one.data_id)
    try:
        hit = model.find(one.dataset_type, one.data_id, terms, span)
        expected: object = hit and (hit.id, hit.run)
    except LookupError as error:
        expected = str(error)
    try:
        found = await repository.find_dataset(
            one.dataset_type, data_id, {}, terms, span
        )
        got: object = found and (found.id, found.run)
    except ButlerUserError as error:
        got = error.error_type
    assert got == expected


INDEXES = st.integers(0, 2**16)


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    INDEXES,
    st.lists(INDEXES | st.sampled_from(["*", "chain/*", "calib/?ain"]), max_size=4),
    st.sampled_from([None, UNBOUNDED, EMPTY]) | st.tuples(INDEXES, INDEXES),
)
async def test_search_finds_the_first_match_of_the_path(
    repository: Repository,
    model: FindModel,
    moments: list[int],
    which: int,
    path: list[int | str],
    span: Span | None,
) -> None:
    names = sorted(model.catalog.by_name)
    terms = [names[t % len(names)] if isinstance(t, int) else t for t in path]
    if span is not None and span not in {UNBOUNDED, EMPTY}:
        span = moments[span[0] % len(moments)], moments[span[1] % len(moments)]
    one = model.memberships[which % len(model.memberships)]
    await check(repository, model, one, terms, span)


async def test_every_membership_is_found_where_it_is(
    repository: Repository, model: FindModel
) -> None:
    assert len(model.memberships) > 100
    for one in model.memberships:
        await check(repository, model, one, [one.collection], one.span)


async def test_touching_ranges_do_not_overlap(
    repository: Repository, model: FindModel
) -> None:
    for one in model.memberships:
        if model.catalog.by_name[one.collection].type == CollectionType.CALIBRATION:
            begin, end = one.span
            for span in ((end, end + 5), (begin - 5, begin), (end - 1, end + 5)):
                if span[0] >= 0 and span[1] <= TIMESPAN_MAX:
                    await check(repository, model, one, [one.collection], span)


async def test_by_uuid_a_dataset_has_required_values_only(
    repository: Repository, model: FindModel
) -> None:
    datasets = {m.id: m for m in model.memberships}
    found = await repository.get_datasets([*datasets, UUID(int=1), *datasets])
    assert {dataset.id for dataset in found} == datasets.keys()
    assert len(found) == len(datasets)
    for dataset in found:
        one = datasets[dataset.id]
        assert tuple(dataset.data_id.data_id.items()) == one.data_id
        assert (dataset.dataset_type.name, dataset.run) == (one.dataset_type, one.run)
