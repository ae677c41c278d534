"""A server whose files are traps: each ends in time, with an error, and harms nothing.

Everything is tried with both clients; reads go into memory, downloads to disk.
"""

import gzip
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from butlery.client import (
    ButlerServerError,
    DownloadError,
    FileIntegrityError,
    Limits,
    UnsafePathError,
)
from butlery.client.readers import UnknownReaderError
from tests.faults.client.limits import BRIEF, SHORT, within
from tests.support.clients import Ref, Side
from tests.support.hostile_repository import HostileRepository, file_info
from tests.support.hostile_server import (
    Behaviour,
    HostileServer,
    answering,
    chunk_of,
    headers_without_end,
    serving_file,
    without_end,
)

SECRET = "a-secret-token"
MEGABYTE = b"x" * 2**20
BOMB = gzip.compress(bytes(300 * 2**20), compresslevel=9)

Use = Callable[[Any], Any]


def _read(
    side: Side, hostile: HostileRepository, ref: Ref, limits: Limits = SHORT
) -> bytes:
    content: bytes = side.call(
        hostile.url, lambda b: b.read_bytes(ref), limits=limits, access_token=SECRET
    )
    return content


def _download(
    side: Side,
    hostile: HostileRepository,
    ref: Ref,
    folder: Path,
    limits: Limits = SHORT,
) -> Exception:
    with pytest.raises(DownloadError) as error:
        side.call(
            hostile.url,
            lambda b: b.download_many([ref], folder),
            limits=limits,
            access_token=SECRET,
        )
    (failed,) = error.value.failed
    found: Exception = failed.error
    return found


def _complete_files(folder: Path) -> list[Path]:
    return [
        each
        for each in folder.rglob("*")
        if each.is_file() and not each.name.endswith(".part")
    ]


@pytest.mark.parametrize("name", ["os.system", "subprocess.Popen", "builtins.eval"])
def test_a_formatter_is_a_label_and_is_not_imported(
    side: Side, hostile: HostileRepository, name: str
) -> None:
    ref = hostile.file(answering(b"id > harm.note"), size=14, formatter=name)

    with pytest.raises(UnknownReaderError, match=name):
        side.call(hostile.url, lambda b: b.get(ref), limits=SHORT)


UNSAFE = [
    "../outside.bin",
    "a/../../outside.bin",
    "/etc/outside.bin",
    "//etc/outside.bin",
    "C:/outside.bin",
    "c:outside.bin",
    "a\\..\\..\\outside.bin",
    "a/nul\0.bin",
    "a/bell\a.bin",
    "a/new\nline.bin",
    "a/" + "n" * 256,
    "a/" + "\N{GREEK SMALL LETTER ALPHA}" * 128,
    "a/.thing.bin.00000000.part",
    "a/b.zip#zip-path=../../outside.bin",
    "a/b.zip#zip-path=/etc/outside.bin",
    "a//b.bin",
    "a/",
    "",
    ".",
    "..",
]


@pytest.mark.parametrize("path", UNSAFE)
def test_a_path_that_leads_elsewhere_is_refused_before_a_byte_is_asked_for(
    side: Side, hostile: HostileRepository, tmp_path: Path, path: str
) -> None:
    ref = hostile.file(answering(b"harm"), size=4, path=path)
    folder = tmp_path / "inside"
    folder.mkdir()

    for preserve in (True, False):
        with pytest.raises(UnsafePathError):
            side.call(
                hostile.url,
                partial(_retrieve, ref=ref, folder=folder, preserve_path=preserve),
            )

    assert hostile.server.asked_for(f"/files/{ref.id}") == []
    assert list(tmp_path.rglob("*")) == [folder]


def _retrieve(butler: Any, ref: Ref, folder: Path, *, preserve_path: bool) -> Any:
    return butler.retrieveArtifacts([ref], folder, preserve_path=preserve_path)


def test_a_link_that_leads_out_is_not_followed(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "run").symlink_to(outside)
    ref = hostile.file(answering(b"harm"), size=4)

    error = _download(side, hostile, ref, inside)

    assert isinstance(error, UnsafePathError)
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_the_file_is_replaced_and_not_followed(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"dear")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thing.bin").symlink_to(victim)
    ref = hostile.file(answering(b"harm"), size=4)

    side.call(hostile.url, lambda b: b.download_many([ref], tmp_path, overwrite=True))

    assert victim.read_bytes() == b"dear"
    assert (tmp_path / "run/thing.bin").read_bytes() == b"harm"


def test_two_files_of_one_name_are_not_both_written(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    refs = [
        hostile.file(answering(bytes([n])), size=1, path=f"{n}/thing.bin")
        for n in range(2)
    ]

    with pytest.raises(DownloadError) as error:
        side.call(
            hostile.url,
            lambda b: b.download_many(refs, tmp_path, preserve_path=False),
        )

    assert [type(each.error) for each in error.value.failed] == [UnsafePathError]
    assert [each.path.read_bytes() for each in error.value.done] == [b"\0"]


ENDLESS = {
    "ten gigabytes, announced": without_end(
        {"Content-Length": "10000000000"}, MEGABYTE
    ),
    "chunks without end": without_end(
        {"Transfer-Encoding": "chunked"}, chunk_of(MEGABYTE)
    ),
    "no length and no end": without_end({}, MEGABYTE),
    "compressed bytes without end": without_end(
        {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, chunk_of(BOMB)
    ),
    "a bomb": answering(BOMB, headers={"Content-Encoding": "gzip"}),
    "a bomb of zstd's name": answering(MEGABYTE, headers={"Content-Encoding": "zstd"}),
}


@pytest.mark.parametrize("size", [1_000_000, -1], ids=["size", "unknown"])
@pytest.mark.parametrize("name", ENDLESS)
def test_a_body_without_end_is_left_when_it_is_too_large(
    side: Side, hostile: HostileRepository, tmp_path: Path, name: str, size: int
) -> None:
    ref = hostile.file(ENDLESS[name], size=size)
    before = _most_memory()

    with within(8), pytest.raises((FileIntegrityError, ButlerServerError)):
        _read(side, hostile, ref)
    with within(8):
        error = _download(side, hostile, ref, tmp_path)

    assert isinstance(error, FileIntegrityError | ButlerServerError)
    assert _complete_files(tmp_path) == []
    assert _most_memory() - before < 150 * 2**20


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_size_beyond_all_memory_is_not_believed(
    side: Side, hostile: HostileRepository
) -> None:
    ref = hostile.file(serving_file(b"small"), size=10**15)

    with within(5), pytest.raises(FileIntegrityError, match="most_memory_bytes"):
        _read(side, hostile, ref)


TRICKLES = {
    "a body": without_end({"Content-Length": "1000000"}, b"x", 0.05),
    "a body in chunks": without_end(
        {"Transfer-Encoding": "chunked"}, chunk_of(b"x"), 0.05
    ),
    "a header": headers_without_end(0.05),
    "an error": without_end({}, b"x", 0.05, status=500),
    "answers before the answer": without_end(
        {}, b"HTTP/1.1 100 Continue\r\n\r\n", 0.05
    ),
}


@pytest.mark.parametrize("name", TRICKLES)
def test_bytes_that_trickle_for_ever_end_in_time(
    side: Side, hostile: HostileRepository, tmp_path: Path, name: str
) -> None:
    ref = hostile.file(TRICKLES[name], size=1_000_000)

    with within(5), ThreadPoolExecutor() as pool:
        reading = pool.submit(_read, side, hostile, ref, BRIEF)
        error = _download(side, hostile, ref, tmp_path, BRIEF)
        with pytest.raises((ButlerServerError, FileIntegrityError)):
            reading.result()

    assert isinstance(error, ButlerServerError | FileIntegrityError)
    assert _complete_files(tmp_path) == []


LIES: dict[str, tuple[int, Behaviour]] = {
    "record says less": (50, answering(b"x" * 100)),
    "record says more": (200, answering(b"x" * 100)),
    "record says less, in chunks": (
        50,
        answering(
            chunk_of(b"x" * 100) + b"0\r\n\r\n",
            headers={"Transfer-Encoding": "chunked", "Content-Length": ""},
        ),
    ),
    "length is larger": (100, answering(b"x" * 100, headers={"Content-Length": "200"})),
    "length is smaller": (100, answering(b"x" * 100, headers={"Content-Length": "50"})),
    "a part nobody asked for": (
        100,
        answering(b"x" * 100, 206, {"Content-Range": "bytes 100-199/300"}),
    ),
    "a part of another size": (
        100,
        answering(b"x" * 100, 206, {"Content-Range": "bytes 0-99/300"}),
    ),
    "a part without a range": (100, answering(b"x" * 100, 206)),
    "a part of nonsense": (
        100,
        answering(b"x" * 100, 206, {"Content-Range": "bytes 9-0/" + "9" * 5000}),
    ),
    "a part that is longer than it says": (
        100,
        answering(
            b"x" * 100, 206, {"Content-Range": "bytes 0-9/100", "Content-Length": "100"}
        ),
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_about_sizes_are_found_out(
    side: Side, hostile: HostileRepository, tmp_path: Path, name: str
) -> None:
    size, behaviour = LIES[name]
    ref = hostile.file(behaviour, size=size)

    with within(5), ThreadPoolExecutor() as pool:
        reading = pool.submit(_read, side, hostile, ref, BRIEF)
        error = _download(side, hostile, ref, tmp_path, BRIEF)
        with pytest.raises((ButlerServerError, FileIntegrityError)):
            reading.result()

    assert isinstance(error, FileIntegrityError | ButlerServerError)
    assert _complete_files(tmp_path) == []


def _redirect(target: str) -> Behaviour:
    return answering(b"", 302, {"Location": target})


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1/",
        "data:,harm",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999999/",
        "http://a b/",
        "http://\u00fc.invalid.\u2028/",
        "//",
    ],
)
def test_a_redirect_leads_only_into_the_web(
    side: Side, hostile: HostileRepository, target: str
) -> None:
    ref = hostile.file(_redirect(target.encode().decode("latin-1")), size=5)

    with within(5), pytest.raises(ButlerServerError):
        _read(side, hostile, ref)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "", "x", "http://"])
def test_a_url_leads_only_into_the_web(
    side: Side, hostile: HostileRepository, url: str
) -> None:
    ref = Ref(uuid4())
    hostile.recorded(ref.id, [file_info(url, size=5)])

    with within(5), pytest.raises(ButlerServerError):
        _read(side, hostile, ref)


def test_a_redirect_in_circles_ends(side: Side, hostile: HostileRepository) -> None:
    ref = hostile.file(answering(b""), size=5)
    place = f"/files/{ref.id}"
    hostile.server.behaviours[place] = _redirect(place)

    with within(5), pytest.raises(ButlerServerError, match="without end"):
        _read(side, hostile, ref)


def test_a_token_does_not_go_along_to_another_server(
    side: Side, hostile: HostileRepository
) -> None:
    with HostileServer.started() as other:
        other.behaviours["/caught"] = serving_file(b"small")
        ref = hostile.file(_redirect(f"{other.url}/caught"), size=5, auth="gafaelfawr")

        assert _read(side, hostile, ref) == b"small"

        mine = hostile.server.asked_for(f"/files/{ref.id}")[0].headers
        assert mine["authorization"] == f"Bearer {SECRET}"
        caught = other.asked_for("/caught")
        assert caught
        assert not any(SECRET in str(each) for each in caught)


@pytest.mark.parametrize("auth", ["gafaelfawr", "datastore"])
def test_a_token_is_not_sent_to_the_host_that_a_url_names(
    side: Side, hostile: HostileRepository, auth: str
) -> None:
    with HostileServer.started() as other:
        other.behaviours["/caught"] = serving_file(b"small")
        ref = Ref(uuid4())
        hostile.recorded(ref.id, [file_info(f"{other.url}/caught", size=5, auth=auth)])

        assert _read(side, hostile, ref) == b"small"
        assert not any(SECRET in str(each) for each in other.asked)


def test_a_token_stays_when_the_url_has_the_host_as_a_user(
    side: Side, hostile: HostileRepository
) -> None:
    with HostileServer.started() as other:
        other.behaviours["/caught"] = serving_file(b"small")
        url = f"http://127.0.0.1:{hostile.server.port}@127.0.0.1:{other.port}/caught"
        ref = Ref(uuid4())
        hostile.recorded(ref.id, [file_info(url, size=5, auth="gafaelfawr")])

        with suppress(ButlerServerError):
            _read(side, hostile, ref)
        assert not any(SECRET in str(each) for each in other.asked)


def test_encryption_is_not_given_up() -> None:
    from butlery.client.connection.fetching import fetch
    from butlery.client.connection.messages import Reply

    call = fetch("https://a.example/file", token=SECRET)
    next(call)
    with pytest.raises(ButlerServerError, match="not encrypted"):
        call.send(Reply(302, {"location": "http://a.example/file"}, b""))


def test_an_etag_with_a_line_break_is_not_sent_back(
    side: Side, hostile: HostileRepository
) -> None:
    def broken(asked: Any, connection: Any) -> None:
        del asked
        connection.sendall(
            b'HTTP/1.1 200 OK\r\nConnection: close\r\nETag: "a\r\n\tX-Bad: 1"\r\n'
            b"Content-Length: 10\r\n\r\nhalf!"
        )

    ref = hostile.file(broken, size=10)
    place = f"/files/{ref.id}"
    honest = serving_file(b"half!half!")
    hostile.server.behaviours[place] = lambda asked, connection: (
        honest if asked.times else broken
    )(asked, connection)

    assert _read(side, hostile, ref) == b"half!half!"
    assert all("x-bad" not in each.headers for each in hostile.server.asked_for(place))


def test_the_size_on_disk_is_limited_if_nobody_knows_it(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(without_end({}, MEGABYTE), size=-1)

    error = _download(side, hostile, ref, tmp_path)

    assert isinstance(error, FileIntegrityError)
    assert sum(each.stat().st_size for each in tmp_path.rglob("*.part")) == 0
    assert Limits().most_file_bytes == 100 * 10**9
    assert list((tmp_path / "run").iterdir()) == []
