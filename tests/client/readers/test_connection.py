"""What breaks on the way to a file is not taken for a fault of the file."""

import io
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from butlery.client import ButlerServerError
from butlery.client.readers import Label, Readers, UnreadableFileError, zip_member
from tests.client.readers import skies
from tests.client.readers.stock import CountingFile

PARQUET = "lsst.daf.butler.formatters.parquet.ParquetFormatter"
EXPOSURE = "lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter"
X0, Y0 = skies.X0, skies.Y0


def table() -> tuple[Label, bytes, dict[str, Any]]:
    stream = io.BytesIO()
    columns = {f"c{n}": np.random.default_rng(n).random(50_000) for n in range(9)}
    pq.write_table(pa.table(columns), stream)
    return Label(PARQUET, "ArrowTable"), stream.getvalue(), {"columns": ["c1", "c8"]}


def image() -> tuple[Label, bytes, dict[str, Any]]:
    content = skies.exposure(skies.pixels((500, 500)))
    bbox = ((X0 + 100, X0 + 200), (Y0 + 100, Y0 + 400))
    return Label(EXPOSURE, "ExposureF"), content, {"bbox": bbox}


@pytest.mark.parametrize("make", [table, image])
def test_a_connection_that_breaks_at_any_fetch_is_told_as_such(
    readers: Readers, make: Any
) -> None:
    label, content, parameters = make()
    file = CountingFile(label, content)
    readers.read(file, parameters=parameters)
    for fetches in range(len(file.ranges)):
        broken = CountingFile(label, content)
        broken.breaks_after = fetches
        with pytest.raises(ConnectionResetError):
            readers.read(broken, parameters=parameters)


def test_what_a_server_says_instead_of_bytes_is_told_as_such(readers: Readers) -> None:
    label, content, parameters = table()

    class Refused(CountingFile):
        def open(self) -> Any:
            raise ButlerServerError("503", client_request_id="1", status_code=503)

    with pytest.raises(ButlerServerError, match="503"):
        readers.read(Refused(label, content), parameters=parameters)


def test_what_broke_before_is_not_taken_for_the_fault_of_a_damaged_file(
    readers: Readers,
) -> None:
    damaged = CountingFile(Label(PARQUET, "ArrowTable"), b"damaged")
    try:
        raise ConnectionResetError  # noqa: TRY301
    except ConnectionResetError:
        with pytest.raises(UnreadableFileError):
            readers.read(damaged)


def test_a_connection_that_breaks_at_an_archive_is_told_as_such() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", bytes(1_000_000))
    file = CountingFile(Label("any", "Any"), stream.getvalue())
    member = zip_member(file, "a")
    file.breaks_after = 0
    for read in (member.read, lambda: zip_member(file, "a"), member.open):
        with pytest.raises(ConnectionResetError):
            read()
