"""Every dataset, by its UUID and through every collection that may hold it."""

from functools import partial
from uuid import UUID, uuid4

from lsst.daf.butler import Butler, DatasetRef

from tests.contract.plain import by_id
from tests.contract.sides import Sides

_SEARCHES_PER_DATASET = 2


def test_every_dataset_is_found_by_its_uuid(sides: Sides) -> None:
    for ref in sides.refs:
        for records in (False, True):
            sides.ask(
                f"get_dataset {ref}, {records=}",
                partial(_get, uuid=ref.id, records=records),
            )


def test_unknown_uuid_is_none_not_an_error(sides: Sides) -> None:
    unknown = uuid4()
    for records in (False, True):
        question = partial(_get, uuid=unknown, records=records)
        assert sides.ask(f"get_dataset, {records=}", question) is None


def test_many_uuids_come_back_once_each_without_the_unknown(sides: Sides) -> None:
    ids = [ref.id for ref in sides.refs]
    for asked in (ids, [], [uuid4()], [ids[0], uuid4(), ids[0], ids[-1]]):
        sides.ask(
            f"get_many_datasets of {len(asked)}",
            lambda butler, asked=asked: by_id(butler.get_many_datasets(asked)),
        )


def test_every_dataset_is_found_through_every_collection(sides: Sides) -> None:
    """Short runs ask each dataset's RUN and some of the others in turn."""
    holders = _holders(sides)
    for number, ref in enumerate(sides.some(sides.refs)):
        others = [name for name in holders[ref.datasetType.name] if name != ref.run]
        count = len(others) if sides.soak else min(_SEARCHES_PER_DATASET, len(others))
        turn = number * _SEARCHES_PER_DATASET
        chosen = [others[(turn + step) % len(others)] for step in range(count)]
        for step, path in enumerate([ref.run, *chosen]):
            records = (number + step) % 2 == 0
            sides.ask(
                f"find_dataset {ref} in {path!r}, {records=}",
                partial(_find, ref=ref, path=[path], records=records),
            )


def test_first_collection_of_a_path_wins(sides: Sides) -> None:
    runs = sorted({ref.run for ref in sides.refs})
    for ref in sides.some(sides.refs, 5):
        for path in (runs, runs[::-1], [*runs[::-1], ref.run], [ref.run, *runs]):
            sides.ask(
                f"find_dataset {ref} in {path}", partial(_find, ref=ref, path=path)
            )


def test_glob_that_matches_one_collection_is_that_collection(sides: Sides) -> None:
    for ref in sides.some(sides.refs, 3):
        path = [f"{ref.run[:-1]}[{ref.run[-1]}]"]
        sides.ask(f"find_dataset {ref} in {path}", partial(_find, ref=ref, path=path))


def test_globs_find_a_dataset_of_a_matching_collection(sides: Sides) -> None:
    """Which match comes first is the database's affair, on both sides."""
    for ref in sides.some(sides.refs, 4):
        same = {
            str(other.id)
            for other in sides.refs
            if other.dataId == ref.dataId and other.datasetType == ref.datasetType
        }
        for path in (["*"], [ref.run[:3] + "*"], ["nothing*", "?" + ref.run[1:]]):
            found = _find(sides.remote, ref=ref, path=path)
            if found is None or str(found.id) not in same:
                sides.expect(
                    f"{ref} in {path}", f"one of {same}", lambda _, got=found: got
                )


def test_nothing_is_found_where_nothing_is(sides: Sides) -> None:
    ref = sides.refs[0]
    for path in ([], ["nothing*"], ["runs/empty*"]):
        question = partial(_find, ref=ref, path=path)
        assert sides.ask(f"find_dataset {ref} in {path}", question) is None


def test_absent_data_id_values_find_nothing(sides: Sides) -> None:
    for ref in sides.one_of_each_type():
        for key, value in dict(ref.dataId.required).items():
            data_id = dict(ref.dataId.required)
            data_id[key] = "absent" if isinstance(value, str) else 987654
            sides.ask(
                f"find_dataset {ref.datasetType.name} {data_id} in {ref.run}",
                lambda b, n=ref.datasetType.name, d=data_id, r=ref.run: b.find_dataset(
                    n, d, collections=r
                ),
            )


def test_implied_values_of_the_caller_do_not_matter(sides: Sides) -> None:
    for ref in sides.some(sides.refs, 3):
        implied = dict(ref.dataId.mapping).keys() - dict(ref.dataId.required).keys()
        for wrong in (False, True):
            data_id = dict(ref.dataId.mapping)
            for key in implied if wrong else ():
                data_id[key] = "wrong" if isinstance(data_id[key], str) else 1
            sides.ask(
                f"find_dataset {ref}, {data_id}",
                lambda b, r=ref, d=data_id: b.find_dataset(
                    r.datasetType.name, d, collections=r.run
                ),
            )


def _get(butler: Butler, *, uuid: UUID, records: bool) -> DatasetRef | None:
    return butler.get_dataset(uuid, dimension_records=records)


def _find(
    butler: Butler, *, ref: DatasetRef, path: list[str], records: bool = False
) -> DatasetRef | None:
    return butler.find_dataset(
        ref.datasetType.name,
        dict(ref.dataId.required),
        collections=path,
        dimension_records=records,
    )


def _holders(sides: Sides) -> dict[str, list[str]]:
    """Return collections by dataset type, from DirectButler's summaries."""
    infos = sides.direct.collections.query_info("*", include_summary=True)
    holders: dict[str, list[str]] = {ref.datasetType.name: [] for ref in sides.refs}
    for info in sorted(infos, key=lambda info: info.name):
        for name in info.dataset_types or ():
            holders.setdefault(name, []).append(info.name)
    return holders
