import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from butlery.client.readers import Readers, UnreadableFileError, UnsupportedReadError
from tests.client.readers.stock import memory_file, npy

FORMATTER = "some.package.NumpyFormatter"


def file(content: bytes) -> Any:
    return memory_file(content, FORMATTER, "NumpyArray")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12, dtype=">i2").reshape(3, 4)),
        np.array([("a", 1)], [("x", "U3"), ("y", "f4")]),
        np.array(7),
        np.zeros((0, 3)),
    ],
)
def test_an_array_is_what_it_was(
    readers: Readers, array: "np.ndarray[Any, Any]"
) -> None:
    read = readers.read(file(npy(array)))
    assert read.dtype == array.dtype
    assert np.array_equal(read, array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_several_arrays_are_read_by_name(readers: Readers, save: Any) -> None:
    stream = io.BytesIO()
    save(stream, a=np.arange(3), b=np.eye(2))
    read = readers.read(file(stream.getvalue()), as_type="NumpyArray")
    assert sorted(read) == ["a", "b"]
    assert np.array_equal(read["b"], np.eye(2))


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_objects_are_not_unpickled(readers: Readers, tmp_path: Path) -> None:
    array = np.array([Hostile(tmp_path / "pwned")], dtype=object)
    stream = io.BytesIO()
    np.savez(stream, a=array)
    for content in (npy(array), stream.getvalue()):
        with pytest.raises(UnreadableFileError):
            readers.read(file(content))
    assert not list(tmp_path.iterdir())


def _claims(shape: str) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    "content",
    [
        _claims("(1000000000000,)"),
        _claims("(-1,)"),
        _claims("(1, 'x')"),
        _claims("__import__('os').abort()"),
        b"\x93NUMPY\x09\x00\x00\x00",
        npy(np.arange(9))[:-1],
        b"",
        b"PK\x03\x04",
    ],
)
def test_a_file_that_lies_is_an_error(readers: Readers, content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        readers.read(file(content))


def test_a_bomb_is_refused_before_it_is_unpacked(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("butlery.client.readers.demands.ALWAYS_ALLOWED_BYTES", 1000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(np.zeros(1_000_000)))
    with pytest.raises(UnreadableFileError, match="claims 8000128 bytes"):
        readers.read(file(stream.getvalue()))


def test_other_types_and_parts_are_an_error(readers: Readers) -> None:
    with pytest.raises(UnsupportedReadError):
        readers.read(file(npy(np.eye(2))), as_type="DataFrame")
    with pytest.raises(UnsupportedReadError):
        readers.read(file(npy(np.eye(2))), component="x")
