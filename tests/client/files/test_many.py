"""Many lookups and many downloads at once are as many single ones, and much faster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from butlery.client import (
    Butler,
    ButlerServerError,
    DatasetNotFoundError,
    DownloadError,
    MissingDatasetTypeError,
    Progress,
)
from butlery.client.calls import batches
from butlery.client.connection.session import Session
from tests.support.clients import Ref, Side
from tests.support.hostile_repository import HostileRepository
from tests.support.hostile_server import answering, serving_file
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

DATA_IDS: list[dict[str, Any]] = [
    {"instrument": "Cam1", "detector": number % 6} for number in range(40)
]
RUN = "imported_g"


@pytest.fixture(scope="module")
def server(repositories: RepositoryShelf) -> Iterator[ButleryServer]:
    server = ButleryServer.start(repositories.get("base"))
    yield server
    server.stop()


@pytest.mark.parametrize("records", [False, True])
def test_many_are_found_as_one_by_one(
    side: Side,
    server: ButleryServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    records: bool,
) -> None:
    monkeypatch.setattr(batches, "ITEMS_AT_ONCE", 7)
    url = server.repository_url()
    with Butler(url) as butler:
        expected = [
            butler.find_dataset(
                "bias", each, collections=RUN, dimension_records=records
            )
            for each in DATA_IDS
        ]

    found = side.call(
        url,
        lambda b: b.find_many(
            "bias", DATA_IDS, collections=RUN, dimension_records=records
        ),
    )

    assert found == expected
    assert None in found
    assert {each.dataId.hasRecords() for each in found if each} == {records}


def test_a_server_without_the_route_is_asked_one_by_one(
    side: Side, server: ButleryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.repository_url()
    expected = side.call(url, lambda b: b.find_many("bias", DATA_IDS, collections=RUN))
    refs = [each for each in expected if each]
    content = side.call(url, lambda b: b.find_many("bias", [], collections=RUN))
    assert content == []
    asked: list[str] = []
    known = Session._base

    def unknown(self: Any, own: bool) -> str:  # noqa: FBT001 - it replaces another
        base = known(self, own)
        asked.append("many" if own else "one")
        return f"{base}/nowhere" if own else base

    monkeypatch.setattr(Session, "_base", unknown)

    async def use_async(butler: Any) -> Any:
        await butler.find_many("bias", DATA_IDS[:1], collections=RUN)
        return await butler.find_many("bias", DATA_IDS, collections=RUN)

    def use(butler: Any) -> Any:
        if side.is_async:
            return use_async(butler)
        butler.find_many("bias", DATA_IDS[:1], collections=RUN)
        return butler.find_many("bias", DATA_IDS, collections=RUN)

    assert side.call(url, use) == expected
    assert asked.count("many") == 1
    assert refs


def test_an_item_that_makes_no_sense_is_named(
    side: Side, server: ButleryServer
) -> None:
    wrong = [*DATA_IDS[:3], {"instrument": "Cam1", "detector": "x"}]
    url = server.repository_url()
    with Butler(url) as butler, pytest.raises(Exception) as alone:  # noqa: PT011
        butler.find_dataset("bias", wrong[3], collections=RUN)

    with pytest.raises(type(alone.value)) as error:
        side.call(url, lambda b: b.find_many("bias", wrong, collections=RUN))

    assert any("item 3" in note for note in error.value.__notes__)


def test_a_dataset_type_that_is_missing_is_the_same_error(
    side: Side, server: ButleryServer
) -> None:
    with pytest.raises(MissingDatasetTypeError):
        side.call(
            server.repository_url(),
            lambda b: b.find_many("nothing", DATA_IDS, collections=RUN),
        )


def test_many_are_read_in_their_order(side: Side, server: ButleryServer) -> None:
    url = server.repository_url()
    with server.butler() as stock:
        known = sorted(stock.query_datasets("note_json", "files/zipped"))
        expected = [stock.get(each) for each in known]

    found = side.call(url, lambda b: b.get_many(known * 5))
    by_data_id = side.call(
        url,
        lambda b: b.get_many(
            [dict(each.dataId.required) for each in known],
            "note_json",
            collections="files/zipped",
        ),
    )

    assert found == expected * 5
    assert by_data_id == expected


def test_one_that_is_missing_is_named(side: Side, server: ButleryServer) -> None:
    with pytest.raises(DatasetNotFoundError) as error:
        side.call(server.repository_url(), lambda b: b.get_many([Ref(uuid4())]))

    assert any("item 0" in note for note in error.value.__notes__)


def test_data_ids_alone_are_no_datasets(side: Side, server: ButleryServer) -> None:
    with pytest.raises(TypeError, match="dataset_type"):
        side.call(server.repository_url(), lambda b: b.get_many(DATA_IDS))


def test_one_file_that_fails_does_not_stop_the_others(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    good = [
        hostile.file(serving_file(b"good"), size=4, path=f"run/{n}.bin")
        for n in range(20)
    ]
    bad = hostile.file(answering(b"", 500), size=4, path="run/bad.bin")
    gone = hostile.file(answering(b"", 404), size=4, path="run/gone.bin")
    unknown = Ref(uuid4())
    refs = [*good[:10], bad, unknown, *good[10:], gone]

    with pytest.raises(DownloadError, match="3 of 23 failed") as error:
        side.call(hostile.url, lambda b: b.download_many(refs, tmp_path))

    kinds = {each.id: type(each.error) for each in error.value.failed}
    assert kinds == {
        bad.id: ButlerServerError,
        gone.id: FileNotFoundError,
        unknown.id: ButlerServerError,
    }
    assert [each.id for each in error.value.done] == [each.id for each in good]
    assert all(each.path.read_bytes() == b"good" for each in error.value.done)


def test_what_an_earlier_run_completed_is_not_asked_for_again(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(b"good"), size=4)
    seen: list[Progress] = []

    (first,) = side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))
    (second,) = side.call(
        hostile.url, lambda b: b.download_many([ref], tmp_path, progress=seen.append)
    )

    assert (first.is_new, second.is_new) == (True, False)
    assert len(hostile.server.asked_for(f"/files/{ref.id}")) == 1
    assert seen[-1] == Progress(files=1, files_done=1, bytes_done=4, bytes=4)


def test_a_file_of_another_size_is_not_replaced_unless_asked_for(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    ref = hostile.file(serving_file(b"good"), size=4)
    place = tmp_path / "run/thing.bin"
    place.parent.mkdir()
    place.write_bytes(b"mine, and longer")

    with pytest.raises(DownloadError, match="overwrite"):
        side.call(hostile.url, lambda b: b.download_many([ref], tmp_path))
    assert place.read_bytes() == b"mine, and longer"

    side.call(hostile.url, lambda b: b.download_many([ref], tmp_path, overwrite=True))
    assert place.read_bytes() == b"good"


def test_a_file_that_datasets_share_is_fetched_once(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    refs = [hostile.file(serving_file(b"good"), size=4) for _ in range(3)]

    done = side.call(hostile.url, lambda b: b.download_many(refs, tmp_path))

    assert [each.id for each in done] == [each.id for each in refs]
    asked = [each for each in hostile.server.asked if each.path.startswith("/files/")]
    assert len(asked) == 1


def test_what_says_otherwise_of_itself_is_another_file(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    refs = [
        hostile.file(serving_file(b"good"), size=4),
        hostile.file(serving_file(b"other"), size=5),
    ]

    with pytest.raises(DownloadError, match="would both be") as error:
        side.call(hostile.url, lambda b: b.download_many(refs, tmp_path))

    assert [each.id for each in error.value.failed] == [refs[1].id]


def test_progress_is_shown_where_there_is_a_terminal(
    side: Side,
    hostile: HostileRepository,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ref = hostile.file(serving_file(b"good"), size=4)

    side.call(hostile.url, lambda b: b.download_many([ref], tmp_path, progress=True))

    assert "1/1 files" in capsys.readouterr().out


def test_nothing_to_download_is_nothing(
    side: Side, hostile: HostileRepository, tmp_path: Path
) -> None:
    found = side.call(
        hostile.url, lambda b: b.download_many([], tmp_path, progress=True)
    )
    assert found == []
