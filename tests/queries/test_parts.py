"""Results written into files are, row by row, those that would have been sent."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lsst.daf.butler import Butler, InvalidQueryError
from lsst.daf.butler.direct_butler import DirectButler

from butlery.protocol.query_work import (
    FrameKind,
    PartsFormat,
    PartsTarget,
    QueryKind,
    QueryWork,
    WrittenPart,
)
from butlery.queries.answers import answer
from tests.queries.asking import INPUTS, query
from tests.support.repositories import RepositoryShelf

Row = dict[str, Any]


class Writing:
    """One repository, and a folder for what is written of it."""

    def __init__(self, butler: DirectButler, folder: Path) -> None:
        self.butler = butler
        self.folder = folder

    def work(self, request: object, kind: QueryKind = "execute") -> QueryWork:
        body = json.dumps(request).encode()
        return QueryWork("", kind, body, 0, 0, 1_000_000, 1_000_000_000, None)

    def sent(self, work: QueryWork) -> list[Row]:
        """Return the rows of the lines that would have been sent."""
        told = list(answer(self.butler, work))
        assert {kind for kind, _, _ in told} <= {FrameKind.PAGE}
        return [row for _, line, _ in told for row in json.loads(line)["rows"]]

    def written(
        self, work: QueryWork, format_: PartsFormat, rows: int = 1000
    ) -> list[WrittenPart]:
        """Return the parts that are written, which are as is said of them."""
        target = PartsTarget(str(self.folder), format_, rows)
        told = list(answer(self.butler, msgspec.structs.replace(work, parts=target)))
        assert {kind for kind, _, _ in told} <= {FrameKind.PART, FrameKind.ROWS}
        parts = [
            msgspec.msgpack.decode(payload, type=WrittenPart)
            for kind, payload, _ in told
            if kind is FrameKind.PART
        ]
        assert [each.name for each in parts] == sorted(
            each.name for each in self.folder.iterdir()
        )
        assert sum(rows for _, _, rows in told) == sum(each.rows for each in parts)
        for part in parts:
            data = (self.folder / part.name).read_bytes()
            assert (len(data), sha256(data).hexdigest()) == (part.bytes, part.sha256)
        return parts

    def tables(self, work: QueryWork, rows: int = 1000) -> list[pa.Table]:
        parts = self.written(work, "parquet", rows)
        tables = [pq.read_table(self.folder / part.name) for part in parts]
        assert [table.num_rows for table in tables] == [part.rows for part in parts]
        return tables


@pytest.fixture(scope="module", params=["base", "spatial"])
def butler(
    repositories: RepositoryShelf, request: pytest.FixtureRequest
) -> Iterator[DirectButler]:
    root = repositories.get(request.param)
    with Butler.from_config(str(root), without_datastore=True) as butler:
        assert isinstance(butler, DirectButler)
        yield butler


@pytest.fixture
def writing(butler: DirectButler, tmp_path: Path) -> Writing:
    return Writing(butler, tmp_path)


def data_ids(*dimensions: str) -> dict[str, Any]:
    asked = query(dimensions[0])
    asked["query"]["tree"]["dimensions"] = list(dimensions)
    asked["result_spec"] = {
        "result_type": "data_coordinate",
        "dimensions": list(dimensions),
    }
    return asked


def all_datasets(limit: int | None = None, **more: object) -> dict[str, Any]:
    return {
        "collections": ["*"],
        "name": ["*"],
        "find_first": False,
        "data_id": {},
        "where": "",
        "bind": {},
        "limit": limit,
        "with_dimension_records": False,
        **more,
    }


def _record(row: Row) -> Row:
    """Return a record as Parquet has it: timespans as two numbers, regions as bytes."""
    flat = {}
    for name, value in row["record"].items():
        if name == "timespan":
            flat["timespan.begin"], flat["timespan.end"] = value or (None, None)
        elif name == "region":
            flat[name] = None if value is None else bytes.fromhex(value)
        else:
            flat[name] = value
    return flat


def _dataset(row: Row) -> Row:
    return {
        "dataset_id": row["id"],
        "dataset_type": row["datasetType"]["name"],
        "run": row["run"],
        **row["dataId"]["dataId"],
    }


@pytest.mark.parametrize(
    "element", ["visit", "exposure", "patch", "instrument", "band"]
)
def test_dimension_records_are_those_that_are_sent(
    writing: Writing, element: str
) -> None:
    work = writing.work(query(element))
    (table,) = writing.tables(work)
    assert table.to_pylist() == list(map(_record, writing.sent(work)))


def test_data_ids_are_those_that_are_sent(writing: Writing) -> None:
    work = writing.work(data_ids("visit", "detector"))
    (table,) = writing.tables(work)
    assert table.to_pylist() == [row["dataId"] for row in writing.sent(work)]


def test_datasets_of_each_type_are_those_that_are_sent(writing: Writing) -> None:
    work = writing.work(all_datasets(), "all_datasets")
    tables = writing.tables(work)
    assert len(tables) > 2  # each type has its own columns, and so its own file
    found = [row for table in tables for row in table.to_pylist()]
    assert found == list(map(_dataset, writing.sent(work)))
    assert all(len(set(t["dataset_type"].to_pylist())) == 1 for t in tables)


def _datasets_of(butler: DirectButler, result_type: str) -> dict[str, Any]:
    """Return a query for the flats of a run, as references or as a table."""
    search = {
        "collections": ["imported_g"],
        "dimensions": None,
        "storage_class_name": None,
    }
    kind = butler.get_dataset_type("flat")
    names = list(kind.dimensions.required)
    search = {
        "collections": ["imported_g"],
        "dimensions": names,
        "storage_class_name": None,
    }
    tree = {"dimensions": names, "datasets": {"flat": search}}
    spec: dict[str, Any] = {"dimensions": names, "find_first": False}
    if result_type == "dataset_ref":
        spec |= {"dataset_type_name": "flat", "storage_class_name": "X"}
    else:
        fields = ["dataset_id", "run", "collection", "timespan", "ingest_date"]
        spec |= {
            "dimension_fields": {"detector": ["full_name", "purpose"]},
            "dataset_fields": {"flat": fields},
        }
    return {
        "query": {"tree": tree, **INPUTS},
        "result_spec": {"result_type": result_type, **spec},
    }


def test_references_are_those_that_are_sent(writing: Writing) -> None:
    work = writing.work(_datasets_of(writing.butler, "dataset_ref"))
    (table,) = writing.tables(work)
    sent = list(map(_dataset, writing.sent(work)))
    assert sent
    assert table.to_pylist() == sent


def test_table_is_the_one_that_is_sent(writing: Writing) -> None:
    work = writing.work(_datasets_of(writing.butler, "general"))
    (table,) = writing.tables(work)
    sent = writing.sent(work)
    assert sent
    assert table.num_rows == len(sent)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["flat.dataset_id"] == types["detector.full_name"] == "string"
    assert types["flat.timespan.begin"] == types["flat.ingest_date"] == "int64"
    for row, values in zip(table.to_pylist(), sent, strict=True):
        *others, timespan = values  # which is the last of a dataset's fields
        assert list(row.values()) == [*others, *timespan]


def test_part_has_so_many_rows_and_no_more(writing: Writing) -> None:
    work = writing.work(data_ids("visit", "detector"))
    sent = [row["dataId"] for row in writing.sent(work)]
    tables = writing.tables(work, 3)
    assert [table.num_rows for table in tables[:-1]] == [3] * (len(tables) - 1)
    assert 1 <= tables[-1].num_rows <= 3
    assert [row for table in tables for row in table.to_pylist()] == sent


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_lines_are_those_that_are_sent(writing: Writing, rows: int) -> None:
    work = writing.work(query("visit"))
    parts = writing.written(work, "jsonl", rows)
    text = b"".join((writing.folder / part.name).read_bytes() for part in parts)
    found = [row for line in text.splitlines() for row in json.loads(line)["rows"]]
    assert found == writing.sent(work)
    assert max(part.rows for part in parts) <= rows


def test_result_without_rows_is_a_file_with_columns(writing: Writing) -> None:
    work = writing.work(query("visit", limit=0))
    (table,) = writing.tables(work)
    assert table.num_rows == 0
    assert "timespan.begin" in table.schema.names


def test_result_without_rows_is_one_empty_file_of_lines(writing: Writing) -> None:
    work = writing.work(query("visit", limit=0))
    (part,) = writing.written(work, "jsonl")
    assert part.rows == 0


def test_result_without_datasets_has_no_part(writing: Writing) -> None:
    work = writing.work(all_datasets(collections=["runs/empty"]), "all_datasets")
    assert writing.written(work, "parquet") == []


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_result_that_is_too_large_is_refused_with_the_limit(
    writing: Writing, format_: PartsFormat
) -> None:
    work = msgspec.structs.replace(writing.work(query("visit")), max_bytes=100)
    with pytest.raises(InvalidQueryError, match="more than 100 bytes"):
        writing.written(work, format_)
