import io
import random
import zipfile

import pytest

from butlery.client.readers import (
    Label,
    Readers,
    UnreadableFileError,
    member_name,
    zip_member,
)
from tests.client.readers.stock import CountingFile

JSON = "lsst.daf.butler.formatters.json.JsonFormatter"
LABEL = Label(JSON, "StructuredDataDict")
LARGE = random.Random(1).randbytes(3_000_000)


def archive(method: int = zipfile.ZIP_STORED) -> CountingFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        made.writestr("first.json", b'{"a": 1}')
        made.writestr("large.bin", LARGE)
        made.writestr("folder/last.json", b"{}")
    return CountingFile(LABEL, stream.getvalue(), "some/x.zip#zip-path=first.json")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_is_read_like_any_other_file(readers: Readers, method: int) -> None:
    file = archive(method)
    name = member_name(file.path)
    assert name == "first.json"
    member = zip_member(file, name)
    assert readers.read(member) == {"a": 1}
    assert (member.size, member.path) == (8, "some/x.zip#zip-path=first.json")
    with member.open() as handle, member.local() as local:
        handle.seek(1)
        assert handle.read() == b'"a": 1}'
        assert (local.read_bytes(), local.suffix) == (b'{"a": 1}', ".json")
    last = zip_member(file, "folder/last.json")
    assert last.url == "https://files.example/some/x.zip#zip-path=folder/last.json"
    assert readers.read(last) == {}


def test_a_stored_member_is_itself_read_in_ranges() -> None:
    file = archive()
    with zip_member(file, "large.bin").open() as handle:
        handle.seek(1_000_000)
        assert handle.read(1000) == LARGE[1_000_000:1_001_000]
    assert file.fetched < 0.2 * file.size


def test_a_path_without_fragment_points_to_no_member() -> None:
    assert member_name("some/x.zip") is None


def test_a_member_that_is_absent_is_an_error() -> None:
    with pytest.raises(UnreadableFileError, match=r"no member 'absent\.json'"):
        zip_member(archive(), "absent.json")


def test_what_is_no_archive_is_an_error() -> None:
    with pytest.raises(UnreadableFileError):
        zip_member(CountingFile(LABEL, b"x" * 1000), "a")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_is_noticed_when_a_member_is_read_whole(method: int) -> None:
    content = bytearray(archive(method).read())
    content[1_000_000] ^= 0xFF
    with pytest.raises(UnreadableFileError):
        zip_member(CountingFile(LABEL, bytes(content)), "large.bin").read()


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("butlery.client.readers.demands.ALWAYS_ALLOWED_BYTES", 1000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb", bytes(10_000_000))
    with pytest.raises(UnreadableFileError, match="claims 10000000 bytes"):
        zip_member(CountingFile(LABEL, stream.getvalue()), "bomb")
