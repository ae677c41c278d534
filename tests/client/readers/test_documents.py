import datetime as dt
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler.logging import ButlerLogRecord, ButlerLogRecords
from lsst.utils.packages import Packages

from butlery.client.readers import (
    Readers,
    RefusedFormatError,
    UnreadableFileError,
    UnsupportedReadError,
)
from tests.client.readers.stock import Stock, memory_file

JSON = "lsst.daf.butler.formatters.json.JsonFormatter"
YAML = "lsst.daf.butler.formatters.yaml.YamlFormatter"
PACKAGES = "lsst.daf.butler.formatters.packages.PackagesFormatter"
LOGS = "lsst.daf.butler.formatters.logs.ButlerLogRecordsFormatter"
TEXT = "lsst.pipe.base.formatters.pexConfig.PexConfigFormatter"

CONTENT: dict[str, Any] = {
    "text": "naïve 🔭",
    "numbers": [1, 2**70, -1.5, 1e300],
    "nothing": None,
    "nested": {"a": [{"b": True}]},
}


@pytest.mark.parametrize(
    ("content", "storage_class"),
    [
        (CONTENT, "StructuredDataDict"),
        ({"day": dt.date(2026, 1, 2), "=": 1}, "StructuredDataDict"),
        ({"shared": [CONTENT, CONTENT]}, "StructuredDataDict"),
        (17, "int"),
    ],
)
def test_documents_are_equal_to_those_of_daf_butler(
    stock: Stock, readers: Readers, content: Any, storage_class: str
) -> None:
    ref, file = stock.put(content, storage_class)
    read = readers.read(file)
    assert read == stock.get(ref) == content
    assert type(read) is type(content)


def test_a_number_that_is_none_is_read_as_daf_butler_does(readers: Readers) -> None:
    read = readers.read(memory_file(b"[NaN, -Infinity]", JSON))
    assert math.isnan(read[0])
    assert read[1] == -math.inf


def test_packages_are_names_and_versions(stock: Stock, readers: Readers) -> None:
    ref, file = stock.put(Packages({"numpy": "2.0"}), "Packages")
    assert readers.read(file) == dict(stock.get(ref)) == {"numpy": "2.0"}
    assert readers.read(memory_file(b'{"a": "1"}', PACKAGES, path="p.json")) == {
        "a": "1"
    }
    with pytest.raises(RefusedFormatError):
        readers.read(memory_file(b"", PACKAGES, path="p.pickle"))


def test_log_records_are_dictionaries_in_all_forms_of_the_file(
    stock: Stock, readers: Readers, record: ButlerLogRecord
) -> None:
    logs = ButlerLogRecords.from_records([record, record])
    ref, file = stock.put(logs, "ButlerLogRecords")
    expected = [
        json.loads(each.model_dump_json(exclude_none=True)) for each in stock.get(ref)
    ]
    assert readers.read(file) == expected
    lines = "\n".join(each.model_dump_json(exclude_none=True) for each in logs)
    streamed = f"{lines}\n###EXTRA###\n{{}}".encode()
    assert readers.read(memory_file(streamed, LOGS)) == expected
    assert readers.read(memory_file(b"", LOGS)) == []


@pytest.fixture
def record() -> ButlerLogRecord:
    return ButlerLogRecord(
        name="lsst.isr",
        asctime=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        message="done",
        levelno=20,
        levelname="INFO",
        filename="isr.py",
        pathname="isr.py",
        lineno=1,
        funcName="run",
        processName="main",
        process=1,
        MDC={},
    )


def test_a_configuration_is_text_and_never_executed(readers: Readers) -> None:
    source = "import os\nos.abort()\n"
    assert readers.read(memory_file(source.encode(), TEXT)) == source
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(b"\xff\xfe", TEXT))


def test_the_storage_class_that_is_asked_for_must_fit(readers: Readers) -> None:
    file = memory_file(b"{}", JSON, "TaskMetadata")
    assert readers.read(file, as_type="StructuredDataDict") == {}
    with pytest.raises(UnsupportedReadError, match="StructuredDataList"):
        readers.read(file, as_type="StructuredDataList")
    with pytest.raises(UnsupportedReadError, match="'part'"):
        readers.read(file, component="part")
    with pytest.raises(UnsupportedReadError, match="'columns'"):
        readers.read(file, parameters={"columns": "a"})


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5000,
        b"{",
        b"\xff",
        b"",
    ],
)
def test_hostile_json_is_an_error(readers: Readers, content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(content, JSON))


MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 50)}]\n  k{n}: v\n"
    for n in range(1, 30)
)


@pytest.mark.parametrize(
    "content",
    [
        "!!python/object/apply:os.system ['touch pwned']",
        "!!python/name:os.system",
        "!<lsst.daf.base.PropertySet> {}",
        "a: *missing",
        MERGES,
        f"<<: [{', '.join(['{}'] * 1000)}]",
        "9" * 5000,
        "{[a]: b}",
    ],
)
def test_hostile_yaml_is_an_error(
    readers: Readers,
    content: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(content.encode(), YAML))
    assert not list(tmp_path.iterdir())


def test_aliases_and_merges_of_ordinary_size_are_read(readers: Readers) -> None:
    content = b"base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nsame: *b\n"
    assert readers.read(memory_file(content, YAML)) == {
        "base": {"x": 1, "y": 2},
        "more": {"x": 1, "y": 3},
        "same": {"x": 1, "y": 2},
    }


@pytest.mark.parametrize("nested", ["[", "- ", "{a: ", "? "])
def test_yaml_that_crashes_the_process_of_the_stock_loader_is_an_error_here(
    nested: str,
) -> None:
    program = (
        "from butlery.client.readers import Readers, LocalFile, Label\n"
        f"file = LocalFile(Label({YAML!r}, 'X'), {nested!r}.encode() * 200_000)\n"
        "try:\n    Readers().read(file)\n"
        "except ValueError as error:\n    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "UnreadableFileError\n")
