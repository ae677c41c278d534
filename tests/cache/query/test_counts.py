"""How many datasets a release index has is known without reading them."""

from collections.abc import Sequence
from typing import Any

import pytest

from butlery.cache import EVERYBODY, Embargo, Repository, Sight
from butlery.protocol.queries import (
    AnyRequest,
    CountRequest,
    DatasetRefs,
    DatasetSearch,
    DefaultDataId,
    DimensionRecords,
    ExecuteRequest,
    QueryInputs,
    QueryTree,
)
from tests.cache.index.indexing import BOTH_SOURCES

pytestmark = [pytest.mark.anyio, BOTH_SOURCES]

RUNS = ("runs/first", "runs/second", "runs/empty")


@pytest.fixture
def indexed(request: pytest.FixtureRequest) -> bool:
    return "index" in request.node.callspec.params.values()


def _inputs(repository: Repository, name: str, collections: Sequence[str]) -> Any:
    group = repository.keeper.snapshot.dataset_types.get(name).group
    search = DatasetSearch(list(collections), list(group.names))
    tree = QueryTree(list(group.names), {name: search})
    return QueryInputs(tree, DefaultDataId({}), [])


async def _count(repository: Any, whole: Repository, name: str, run: str) -> Any:
    type_ = whole.keeper.snapshot.dataset_types.get(name)
    spec = DatasetRefs(
        dataset_type_name=name,
        dimensions=list(type_.group.names),
        storage_class_name=type_.storage_class,
        find_first=False,
    )
    asked = CountRequest(_inputs(whole, name, [run]), spec, exact=True, discard=True)
    answered = await repository.answer_query(asked)
    return None if answered is None else answered.value


async def test_datasets_of_a_run_are_counted(
    repository: Repository, *, indexed: bool
) -> None:
    for run in RUNS:
        # Nothing else of a RUN is in these repositories.
        for name in ("bias", "unused"):
            count = await _count(repository, repository, name, run)
            found = await _found(repository, name, run)
            assert count == (found if indexed else None)


async def _found(repository: Repository, name: str, run: str) -> int:
    count = 0
    for detector in range(10):
        data_id: Any = {"instrument": "Cam1", "detector": detector}
        found = await repository.find_dataset(name, data_id, {}, [run], None)
        count += found is not None
    return count


async def test_whether_there_are_any(repository: Repository, *, indexed: bool) -> None:
    for runs, expected in ((RUNS, True), (RUNS[2:], False)):
        inputs = _inputs(repository, "bias", runs)
        answered = await repository.answer_query(
            AnyRequest(inputs, execute=True, exact=True)
        )
        if indexed:
            assert answered is not None
            assert answered.value is expected
        else:
            assert answered is None


async def test_what_an_index_cannot_count_is_not_known(repository: Repository) -> None:
    for name, collection in (
        ("raw", RUNS[0]),  # exposures may lack what they imply
        ("bias", "tagged/some"),  # is no more permanent than its RUNs
        ("packages", RUNS[0]),
    ):
        assert await _count(repository, repository, name, collection) is None


async def test_counts_are_for_those_who_see_everything(repository: Repository) -> None:
    reader = repository.seen_by(Sight(frozenset({EVERYBODY})))
    assert await _count(reader, repository, "bias", RUNS[0]) is None


async def test_nights_under_embargo_are_no_rows(repository: Repository) -> None:
    embargo = Embargo(("nowhere",), ("*",), (), 20_210_101)
    reader = repository.seen_by(Sight(frozenset({EVERYBODY}), (embargo,)))
    tree = QueryTree(["day_obs"])
    asked = ExecuteRequest(
        QueryInputs(tree, DefaultDataId({}), []), DimensionRecords(element="day_obs")
    )
    everything = await repository.answer_query(asked)
    shown = await reader.answer_query(asked)
    assert everything is not None
    assert shown is not None
    days = repository.keeper.snapshot.records["day_obs"].search({})
    assert len(everything.value) == len(days)
    open_days = [day for day in days if day.values["id"] <= embargo.last_day]
    assert {id(wire) for wire in shown.value} == {id(day.wire) for day in open_days}
    assert len(shown.value) == len(open_days)
