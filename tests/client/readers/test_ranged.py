import io
import random

import pytest

from butlery.client.readers import IncompleteRangeError, RangedFile, open_ranged
from butlery.client.readers.ranged import BLOCK_BYTES, MAX_BLOCKS
from tests.client.readers.stock import CountingFile, memory_file

LABEL = memory_file(b"", "any").label
CONTENT = random.Random(1).randbytes(5 * BLOCK_BYTES + 77)


@pytest.fixture
def file() -> CountingFile:
    return CountingFile(LABEL, CONTENT)


def test_reads_are_those_of_a_local_file_whatever_is_read_and_in_any_order(
    file: CountingFile,
) -> None:
    chance = random.Random(2)
    ranged, local = file.open(), io.BytesIO(CONTENT)
    for _ in range(500):
        offset, length = chance.randrange(len(CONTENT) + 9), chance.randrange(200_000)
        assert ranged.seek(offset) == local.seek(offset)
        assert ranged.read(length) == local.read(length)
        assert ranged.tell() == local.tell()


def test_seeking_counts_from_start_here_and_end(file: CountingFile) -> None:
    ranged = file.open()
    assert ranged.seek(-7, io.SEEK_END) == len(CONTENT) - 7
    assert ranged.read() == CONTENT[-7:]
    ranged.seek(10)
    assert ranged.seek(5, io.SEEK_CUR) == 15
    with pytest.raises(ValueError, match="before the start"):
        RangedFile(lambda *_: b"", 9).seek(-1)


def test_nothing_is_fetched_before_it_is_read(file: CountingFile) -> None:
    file.open().seek(0, io.SEEK_END)
    assert file.ranges == []


def test_a_block_is_fetched_once(file: CountingFile) -> None:
    ranged = file.open()
    for offset in (10, 5000, 10):
        ranged.seek(offset)
        ranged.read(100)
    assert file.ranges == [(0, BLOCK_BYTES)]


def test_missing_neighbours_come_in_one_fetch(file: CountingFile) -> None:
    ranged = file.open()
    ranged.seek(BLOCK_BYTES + 1)
    ranged.read(2 * BLOCK_BYTES)
    assert file.ranges == [(BLOCK_BYTES, 4 * BLOCK_BYTES)]


def test_reading_on_fetches_ahead_but_never_much_more_than_is_read() -> None:
    file = CountingFile(LABEL, bytes(200 * BLOCK_BYTES))
    ranged = file.open()
    for number in range(1, 151):
        ranged.read(BLOCK_BYTES)
        assert file.fetched <= 1.5 * number * BLOCK_BYTES + BLOCK_BYTES
    assert len(file.ranges) < 15


def test_a_large_read_is_one_exact_fetch() -> None:
    large = CountingFile(LABEL, bytes(40 * BLOCK_BYTES))
    ranged = RangedFile(large._fetch, large.size)
    ranged.seek(100)
    assert len(ranged.readall()) == large.size - 100
    assert large.ranges == [(100, large.size)]


def test_what_is_kept_is_bounded() -> None:
    size = 4 * MAX_BLOCKS * BLOCK_BYTES
    ranged = RangedFile(lambda start, stop: bytes(stop - start), size)
    for block in range(0, 4 * MAX_BLOCKS, 2):
        ranged.seek(block * BLOCK_BYTES)
        ranged.read(10)
    assert len(ranged._blocks) == MAX_BLOCKS


def test_a_range_that_comes_back_short_is_an_error() -> None:
    ranged = open_ranged(lambda start, stop: bytes(stop - start - 1), 1000)
    with pytest.raises(IncompleteRangeError, match="999 came instead of 1000"):
        ranged.read(10)


def test_errors_of_the_connection_reach_the_caller() -> None:
    def fetch(_start: int, _stop: int) -> bytes:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        open_ranged(fetch, 1000).read(10)
