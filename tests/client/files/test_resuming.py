"""Downloads go on where they ended, and what is wrong is never under its own name."""

import os
import threading
import time
from hashlib import blake2b, md5
from pathlib import Path
from typing import Any

import pytest

from butlery.client import (
    Butler,
    ButlerServerError,
    DownloadError,
    FileIntegrityError,
    Limits,
    Progress,
)
from butlery.client.files.located import Located
from butlery.client.files.part import Part
from tests.support.clients import Side
from tests.support.hostile_repository import HostileRepository, file_info
from tests.support.hostile_server import (
    Asked,
    answering,
    breaking,
    file_answer,
    in_turn,
    serving_file,
    without_end,
)

CONTENT = bytes(range(256)) * 4096
SIZE = len(CONTENT)
DIGEST = blake2b(CONTENT).hexdigest()
HALF = SIZE // 2


def _ranges(hostile: HostileRepository) -> list[str | None]:
    files = [each for each in hostile.server.asked if each.path.startswith("/files/")]
    return [each.headers.get("range") for each in files]


def _went_on(asked: str | None) -> bool:
    """Tell whether the rest was asked for, and no more.

    What aiohttp has not handed out when a connection is lost, it never does.
    """
    begin, _, end = (asked or "").removeprefix("bytes=").partition("-")
    return 0 < int(begin) <= HALF and int(end) == SIZE - 1


def _only_error(error: pytest.ExceptionInfo[DownloadError]) -> Exception:
    (failed,) = error.value.failed
    found: Exception = failed.error
    return found


def _everything_below(folder: Path) -> list[str]:
    return sorted(
        str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()
    )


def test_a_download_goes_on_where_its_connection_was_lost(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    behaviour = breaking(CONTENT, lambda times: HALF if times == 0 else SIZE)
    ref = hostile.file(behaviour, size=SIZE, checksum=DIGEST)

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT
    first, *more = _ranges(hostile)
    assert first is None
    assert [_went_on(each) for each in more] == [True]
    assert _everything_below(tmp_path) == ["run/thing.bin"]


def test_progress_forgets_failures(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(breaking(CONTENT, lambda _: SIZE // 12), size=SIZE)
    limits = Limits(slowest_bytes_per_second=1, stuck_seconds=10)

    (done,) = side.call(
        hostile.url, lambda b: b.download_many([ref], tmp_path), limits=limits
    )

    assert done.path.read_bytes() == CONTENT
    assert len(_ranges(hostile)) >= 12


@pytest.mark.parametrize("cut", [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nConte", b""])
def test_an_answer_that_ends_in_its_headers_is_none(
    side: Side, hostile: HostileRepository, cut: bytes
) -> None:
    def ended(asked: Asked, connection: object) -> None:
        del asked
        connection.sendall(cut)  # type: ignore[attr-defined]

    ref = hostile.file(in_turn(ended, serving_file(CONTENT)))

    assert side.call(hostile.url, lambda b: b.read_bytes(ref)) == CONTENT


def test_a_server_that_ignores_ranges_sends_the_file_anew(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    whole = answering(CONTENT)
    behaviour = in_turn(breaking(CONTENT, lambda _: HALF), whole)
    ref = hostile.file(behaviour, size=SIZE, checksum=DIGEST)
    seen: list[Progress] = []

    (done,) = side.call(
        hostile.url,
        lambda b: b.download_many([ref], tmp_path, progress=seen.append),
    )

    assert done.path.read_bytes() == CONTENT
    assert seen[-1].bytes_done == seen[-1].bytes == SIZE


def test_a_file_that_changed_meanwhile_begins_anew(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    def first(asked: Asked, connection: object) -> None:
        del asked
        connection.sendall(  # type: ignore[attr-defined]
            b'HTTP/1.1 200 OK\r\nConnection: close\r\nETag: "one"\r\n'
            + f"Content-Length: {SIZE}\r\n\r\n".encode()
            + b"x" * HALF
        )

    ref = hostile.file(in_turn(first, answering(CONTENT)), size=SIZE, checksum=DIGEST)

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT
    asked = hostile.server.asked_for(f"/files/{ref.id}")
    assert asked[1].headers["if-range"] == '"one"'


def test_what_an_earlier_run_left_is_continued_and_verified(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    silent = in_turn(breaking(CONTENT, lambda _: HALF), breaking(CONTENT, lambda _: 0))
    ref = hostile.file(silent, size=SIZE, checksum=DIGEST)
    with pytest.raises(DownloadError):
        side.call(
            hostile.url,
            lambda b: b.download_many([ref], tmp_path),
            limits=Limits(longest_seconds=0.5),
        )
    (left,) = _everything_below(tmp_path)
    assert left.startswith("run/.thing.bin.")
    assert left.endswith(".part")
    size = (tmp_path / left).stat().st_size
    assert size > 0
    hostile.server.behaviours[f"/files/{ref.id}"] = serving_file(CONTENT)

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT
    assert _ranges(hostile)[-1] == f"bytes={size}-{SIZE - 1}"
    assert _everything_below(tmp_path) == ["run/thing.bin"]


@pytest.mark.parametrize("checksum", [DIGEST, md5(CONTENT).hexdigest()])
def test_a_part_that_was_tampered_with_is_thrown_away(
    side: Side, hostile: HostileRepository, tmp_path: Path, checksum: str
) -> None:
    ref = hostile.file(serving_file(CONTENT), size=SIZE, checksum=checksum)
    info = file_info("", size=SIZE, checksum=checksum)
    record = info["datastoreRecords"]
    located = Located(
        id=ref.id,
        url="",
        auth="none",
        path=record["path"],
        component=None,
        formatter="",
        storage_class="",
        size=SIZE,
        checksum=checksum,
    )
    part = Part.beside(tmp_path / record["path"], located, lambda _: None)
    part.write(b"x" * HALF)
    part.close()

    with pytest.raises(DownloadError, match="checksum") as error:
        side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert isinstance(_only_error(error), FileIntegrityError)
    assert _everything_below(tmp_path) == []
    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))
    assert done.path.read_bytes() == CONTENT


def test_a_checksum_of_an_unknown_kind_is_not_checked(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(CONTENT), size=SIZE, checksum="crc32:abcdef")

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT


def test_who_downloads_the_same_file_at_the_same_time_harms_nobody(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(CONTENT), size=SIZE, checksum=DIGEST)
    errors: list[BaseException] = []

    def download() -> None:
        try:
            side.call(
                hostile.url,
                lambda b: b.download_many([ref], tmp_path, overwrite=True),
            )
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=download) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)

    assert errors == []
    assert _everything_below(tmp_path) == ["run/thing.bin"]
    assert (tmp_path / "run/thing.bin").read_bytes() == CONTENT


def test_files_have_ordinary_permissions(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(CONTENT), size=SIZE)

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    mask = os.umask(0)
    os.umask(mask)
    assert done.path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_url_that_has_expired_is_renewed(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(
        in_turn(
            breaking(CONTENT, lambda _: HALF),
            answering(b"<Error>expired</Error>", 403),
            serving_file(CONTENT),
        ),
        size=SIZE,
        checksum=DIGEST,
    )

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT
    assert _went_on(_ranges(hostile)[-1])
    assert len(hostile.server.asked_for(f"/repo/v1/get_file/{ref.id}")) == 2


def test_a_url_that_is_refused_is_renewed_once(
    side: Side, hostile: HostileRepository
) -> None:
    ref = hostile.file(answering(b"no", 403), size=SIZE)

    with pytest.raises(ButlerServerError, match="403"):
        side.call(hostile.url, lambda b: b.read_bytes(ref))

    assert len(hostile.server.asked_for(f"/repo/v1/get_file/{ref.id}")) == 2


def test_another_file_in_its_place_is_not_taken(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    def expired(asked: Asked, connection: object) -> None:
        url = f"{hostile.server.url}/files/{ref.id}"
        hostile.recorded(ref.id, [file_info(url, path="run/other.bin", size=SIZE)])
        answering(b"", 403)(asked, connection)  # type: ignore[arg-type]

    ref = hostile.file(in_turn(expired, serving_file(CONTENT)), size=SIZE)

    with pytest.raises(DownloadError, match="not the same file"):
        side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))


def test_a_disk_that_is_full_is_no_lost_connection(
    side: Side,
    hostile: HostileRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ref = hostile.file(serving_file(CONTENT), size=SIZE)

    def full(self: Part, chunk: bytes) -> None:
        del self, chunk
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Part, "write", full)

    with pytest.raises(DownloadError, match="No space left"):
        side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))
    assert len(_ranges(hostile)) == 1


def test_a_range_comes_from_a_server_that_has_none(
    side: Side, hostile: HostileRepository
) -> None:
    ref = hostile.file(answering(CONTENT), size=SIZE)

    def use(butler: object) -> object:
        return butler.open_file(ref)  # type: ignore[attr-defined]

    handle = side.call(hostile.url, use)
    handle.seek(1000)
    assert handle.read(10) == CONTENT[1000:1010]


def test_a_file_of_unknown_size_is_opened_and_read(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(CONTENT))

    assert side.call(hostile.url, lambda b: b.read_bytes(ref)) == CONTENT
    handle = side.call(hostile.url, lambda b: b.open_file(ref))
    handle.seek(-10, os.SEEK_END)
    assert handle.read() == CONTENT[-10:]
    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))
    assert done.path.read_bytes() == CONTENT


def test_parts_of_two_versions_are_not_put_together(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    def first(asked: Asked, connection: object) -> None:
        answer = file_answer(asked, b"x" * SIZE, {"ETag": '"one"'})
        connection.sendall(answer[: len(answer) // 2])  # type: ignore[attr-defined]

    second = serving_file(CONTENT, {"ETag": '"two"'})
    ref = hostile.file(in_turn(first, second), size=SIZE)

    (done,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))

    assert done.path.read_bytes() == CONTENT


def test_an_interrupt_does_not_wait_for_what_is_being_downloaded(
    hostile: HostileRepository, tmp_path: Path
) -> None:
    refs: list[Any] = [
        hostile.file(without_end({}, b"x" * 1000, 0.01), path=f"run/{n}.bin")
        for n in range(3)
    ]

    def interrupt(now: Progress) -> None:
        if now.bytes_done > 10_000:
            raise KeyboardInterrupt

    begin = time.monotonic()
    with Butler(hostile.url) as butler, pytest.raises(KeyboardInterrupt):
        butler.download_many(refs, tmp_path, progress=interrupt)
    assert time.monotonic() - begin < 5


def test_what_signs_a_url_is_not_in_messages(
    side: Side, hostile: HostileRepository
) -> None:
    ref = hostile.file(answering(b"", 500), size=1)
    url = f"{hostile.server.url}/files/{ref.id}"
    hostile.recorded(ref.id, [file_info(f"{url}?Signature=secret", size=1)])

    with pytest.raises(ButlerServerError) as error:
        side.call(hostile.url, lambda b: b.read_bytes(ref))

    assert "secret" not in str(error.value)
