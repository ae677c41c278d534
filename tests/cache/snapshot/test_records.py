"""Records that are kept or computed are those that Butler has."""

from typing import Any

import pytest
from lsst.daf.butler import DimensionUniverse as StockUniverse

from butlery.cache import Repository
from butlery.cache.snapshot.records import RecordSet, skypix_record
from butlery.protocol.scalars import encode_json

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "name", ["htm1", "htm7", "htm24", "healpix1", "healpix3", "healpix17"]
)
async def test_pixel_has_the_region_that_butler_computes(
    repository: Repository, name: str
) -> None:
    element = (await repository.snapshot()).universe.elements[name]
    pixelization = StockUniverse().skypix_dimensions[name].pixelization
    for begin, end in pixelization.universe():
        for index in {begin, begin + 1, (begin + end) // 2, end - 1}:
            record = skypix_record(element, index)
            assert record is not None
            region = pixelization.pixel(index).encode().hex()
            assert record.values == {"id": index, "region": region}


@pytest.mark.parametrize("name", ["htm1", "htm7", "healpix3"])
async def test_there_is_no_record_of_what_is_no_pixel(
    repository: Repository, name: str
) -> None:
    element = (await repository.snapshot()).universe.elements[name]
    ranges = list(StockUniverse().skypix_dimensions[name].pixelization.universe())
    outside = [ranges[0][0] - 1, ranges[-1][1], -(2**63), 2**63 - 1]
    wrong: list[Any] = ["7", ""]
    for index in [*outside, *wrong]:
        assert skypix_record(element, index) is None


async def test_kept_record_is_sent_with_all_columns_in_wire_order(
    repository: Repository,
) -> None:
    detectors = (await repository.snapshot()).records["detector"]
    record = detectors.get(("Cam1", 2))
    assert record is not None
    assert encode_json(record.wire) == (
        b'{"definition":"detector","record":{"instrument":"Cam1","id":2,'
        b'"full_name":"Ab","name_in_raft":"b","raft":"A","purpose":"SCIENCE"}}'
    )


async def test_search_compares_every_condition(repository: Repository) -> None:
    detectors = (await repository.snapshot()).records["detector"]

    def found(**conditions: object) -> set[object]:
        return {record.values["id"] for record in detectors.search(conditions)}

    assert found(raft="A") == {1, 2}
    assert found(raft="A", name_in_raft="b") == {2}
    assert found(raft="Z") == set()
    assert found() == {1, 2, 3, 4}


async def test_row_whose_key_is_null_is_no_record(repository: Repository) -> None:
    band = (await repository.snapshot()).universe.elements["band"]
    records = RecordSet(band, [("g",), (None,), ("r",)])
    assert [record.values for record in records.search({})] == [
        {"name": "g"},
        {"name": "r"},
    ]
