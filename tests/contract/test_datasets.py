"""Every dataset, by its UUID and through every collection that may hold it."""

from typing import Any
from uuid import uuid4

import pytest
from lsst.daf.butler import DatasetRef

from tests.contract.plain import by_id
from tests.contract.sides import Call, Sides

VARIANTS_TOO = True
pytestmark = pytest.mark.usefixtures("quick_lookups")

_SEARCHES_PER_DATASET = 2
_STRIDE_OF_MAIN = 11


def test_every_dataset_is_found_by_its_uuid(sides: Sides) -> None:
    """With records or without in turn, and both ways in a soak run."""
    is_main = sides.stride <= _STRIDE_OF_MAIN
    for number, ref in enumerate(sides.refs if is_main else sides.some(sides.refs)):
        both = (False, True) if sides.soak else (bool(number % 2),)
        for records in both:
            sides.ask(Call("get_dataset", ref.id, dimension_records=records))


def test_unknown_uuid_is_none_not_an_error(sides: Sides) -> None:
    for records in (False, True):
        question = Call("get_dataset", uuid4(), dimension_records=records)
        assert sides.ask(question) is None


def test_many_uuids_come_back_once_each_without_the_unknown(sides: Sides) -> None:
    ids = [ref.id for ref in sides.refs]
    for asked in (ids, [], [uuid4()], [ids[0], uuid4(), ids[0], ids[-1]]):
        sides.ask(Call("get_many_datasets", asked), by_id)


def test_every_dataset_is_found_through_every_collection(sides: Sides) -> None:
    """Short runs ask each dataset's RUN and some of the others in turn."""
    holders = _holders(sides)
    for number, ref in enumerate(sides.some(sides.refs)):
        others = [name for name in holders[ref.datasetType.name] if name != ref.run]
        count = len(others) if sides.soak else min(_SEARCHES_PER_DATASET, len(others))
        turn = number * _SEARCHES_PER_DATASET
        chosen = [others[(turn + step) % len(others)] for step in range(count)]
        for step, name in enumerate([ref.run, *chosen]):
            sides.ask(_find(ref, [name], dimension_records=(number + step) % 2 == 0))


def test_first_collection_of_a_path_wins(sides: Sides) -> None:
    runs = sorted({ref.run for ref in sides.refs})
    for ref in sides.some(sides.refs, 5):
        for path in (runs, runs[::-1], [*runs[::-1], ref.run], [ref.run, *runs]):
            sides.ask(_find(ref, path))


def test_glob_that_matches_one_collection_is_that_collection(sides: Sides) -> None:
    for ref in sides.some(sides.refs, 3):
        sides.ask(_find(ref, [f"{ref.run[:-1]}[{ref.run[-1]}]"]))


def test_globs_find_a_dataset_of_a_matching_collection(sides: Sides) -> None:
    """Which match comes first is the database's affair, on both sides."""
    for ref in sides.some(sides.refs, 4):
        same = {
            other.id
            for other in sides.refs
            if other.dataId == ref.dataId and other.datasetType == ref.datasetType
        }
        for path in (["*"], [ref.run[:3] + "*"], ["nothing*", "?" + ref.run[1:]]):
            found = _find(ref, path)(sides.remote)
            assert found is not None, (ref, path)
            assert found.id in same, (ref, path)


def test_nothing_is_found_where_nothing_is(sides: Sides) -> None:
    for path in ([], ["nothing*"], ["runs/empty*"]):
        assert sides.ask(_find(sides.refs[0], path)) is None


def test_absent_data_id_values_find_nothing(sides: Sides) -> None:
    for ref in sides.some_types():
        for key, value in dict(ref.dataId.required).items():
            data_id = dict(ref.dataId.required)
            data_id[key] = "absent" if isinstance(value, str) else 987654
            name = ref.datasetType.name
            sides.ask(Call("find_dataset", name, data_id, collections=ref.run))


def test_implied_values_of_the_caller_do_not_matter(sides: Sides) -> None:
    for ref in sides.some(sides.refs, 3):
        implied = dict(ref.dataId.mapping).keys() - dict(ref.dataId.required).keys()
        for wrong in (False, True):
            data_id = dict(ref.dataId.mapping)
            for key in implied if wrong else ():
                data_id[key] = "wrong" if isinstance(data_id[key], str) else 1
            name = ref.datasetType.name
            sides.ask(Call("find_dataset", name, data_id, collections=ref.run))


def _find(ref: DatasetRef, path: list[str], **options: Any) -> Call:
    data_id = dict(ref.dataId.required)
    name = ref.datasetType.name
    return Call("find_dataset", name, data_id, collections=path, **options)


def _holders(sides: Sides) -> dict[str, list[str]]:
    """Return collections by dataset type, from DirectButler's summaries."""
    infos = sides.direct.collections.query_info("*", include_summary=True)
    holders: dict[str, list[str]] = {ref.datasetType.name: [] for ref in sides.refs}
    for info in sorted(infos, key=lambda info: info.name):
        for name in info.dataset_types or ():
            holders.setdefault(name, []).append(info.name)
    return holders
