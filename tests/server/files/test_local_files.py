"""Files of a local datastore, whole and in parts, over real HTTP."""

import os
import socket
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from lsst.resources import ResourcePath

from tests.server.conftest import CONTENT, LARGE, NOWHERE, ODD_FILES, Stored, file_url
from tests.server.web import Web, path_and_query


@pytest.fixture
def plain(web: Web, stored: Stored) -> str:
    return file_url(web, stored.ids["plain.bin"])


@pytest.mark.parametrize("name", ODD_FILES)
def test_file_with_any_name_is_read(web: Web, stored: Stored, name: str) -> None:
    target = file_url(web, stored.ids[name])
    answer = web.get(target)
    assert (answer.status, answer.body) == (200, ODD_FILES[name][1])
    assert answer.headers["content-length"] == str(len(answer.body))
    head = web.ask("HEAD", target)
    assert (head.status, head.body) == (200, b"")
    for header in ("content-length", "etag", "last-modified", "accept-ranges"):
        assert head.headers[header] == answer.headers[header]


def test_fragment_is_left_to_the_client(web: Web, stored: Stored) -> None:
    id_ = stored.ids["some.zip#zip-path=a b c.json"]
    answer = web.get(f"/api/butler/repo/repo/v1/get_file/{id_}")
    (file,) = answer.json["artifact"]["file_info"]
    url, _, fragment = file["url"].partition("#")
    assert fragment == "zip-path=a b c.json"
    assert web.get(path_and_query(url)).body == b"zipped"
    assert file["datastoreRecords"]["path"] == "some.zip#zip-path=a b c.json"


# Range header, status, first byte, and the byte behind the last.
SIZE = len(CONTENT)
RANGES = [
    ("bytes=0-0", 206, 0, 1),
    ("bytes=0-99", 206, 0, 100),
    ("bytes=100-199", 206, 100, 200),
    (f"bytes={SIZE - 1}-{SIZE - 1}", 206, SIZE - 1, SIZE),
    (f"bytes=4000-{SIZE * 9}", 206, 4000, SIZE),
    ("bytes=5000-", 206, 5000, SIZE),
    ("bytes=0-", 206, 0, SIZE),
    ("bytes=-10", 206, SIZE - 10, SIZE),
    (f"bytes=-{SIZE * 9}", 206, 0, SIZE),
    # What cannot be understood counts as no range at all.
    ("bytes=0-9,20-29", 200, 0, SIZE),
    ("bytes=9-5", 200, 0, SIZE),
    ("bytes=-", 200, 0, SIZE),
    ("bytes=a-b", 200, 0, SIZE),
    ("bytes 0-9", 200, 0, SIZE),
    ("items=0-9", 200, 0, SIZE),
    ("bytes=+1-9", 200, 0, SIZE),
    ("", 200, 0, SIZE),
]


@pytest.mark.parametrize(("header", "status", "start", "stop"), RANGES)
def test_range_gives_exactly_its_bytes(
    web: Web, plain: str, header: str, status: int, start: int, stop: int
) -> None:
    answer = web.get(plain, range=header)
    assert (answer.status, answer.body) == (status, CONTENT[start:stop])
    assert answer.headers["content-length"] == str(stop - start)
    described = answer.headers.get("content-range")
    partly = f"bytes {start}-{stop - 1}/{SIZE}"
    assert described == (partly if status == 206 else None)


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-9999", "bytes=-0"])
def test_range_behind_the_end_is_416_with_the_size(
    web: Web, plain: str, header: str
) -> None:
    answer = web.get(plain, range=header)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", [f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}"])
def test_range_of_thousands_of_digits_is_no_server_error(
    web: Web, plain: str, header: str
) -> None:
    assert web.get(plain, range=header).status in {200, 206, 416}


def test_large_file_arrives_whole_and_in_parts(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids["large.bin"])
    assert web.get(target).body == LARGE
    begin, end = (1 << 20) - 3, (2 << 20) + 5
    assert web.get(target, range=f"bytes={begin}-{end}").body == LARGE[begin : end + 1]


def test_empty_file_has_no_range(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids["empty.bin"])
    assert web.get(target).headers["content-length"] == "0"
    assert web.get(target, range="bytes=0-0").status == 416


def test_if_range_gives_a_part_only_of_the_same_file(web: Web, plain: str) -> None:
    etag = web.get(plain).headers["etag"]
    same = web.get(plain, range="bytes=0-9", if_range=etag)
    assert (same.status, same.body) == (206, CONTENT[:10])
    for other in ('"other"', f"W/{etag}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        changed = web.get(plain, range="bytes=0-9", if_range=other)
        assert (changed.status, changed.body) == (200, CONTENT)


def test_etag_saves_sending_the_same_file_again(web: Web, plain: str) -> None:
    etag = web.get(plain).headers["etag"]
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = web.get(plain, if_none_match=header)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == etag
    for header in ('"other"', "", etag.strip('"')):
        assert web.get(plain, if_none_match=header).status == 200


def test_file_that_is_not_the_expected_one_is_not_sent(web: Web, plain: str) -> None:
    etag = web.get(plain).headers["etag"]
    for header in (etag, f'"other", {etag}', "*"):
        assert web.get(plain, if_match=header).status == 200
    # RFC 9110, 8.8.3.2: a weak tag never matches where the bytes must be the same.
    for header in ('"other"', f"W/{etag}", etag.strip('"')):
        for method in ("GET", "HEAD"):
            answer = web.ask(method, plain, headers={"if-match": header})
            assert (answer.status, answer.body) == (412, b"")
        part = web.get(plain, if_match=header, range="bytes=0-9")
        assert part.status == 412


def test_file_that_changed_after_a_time_is_not_sent(web: Web, plain: str) -> None:
    whole = web.get(plain)
    modified, etag = whole.headers["last-modified"], whole.headers["etag"]
    long_ago = "Thu, 01 Jan 1970 00:00:00 GMT"
    assert web.get(plain, if_unmodified_since=modified).status == 200
    assert web.get(plain, if_unmodified_since=long_ago).status == 412
    for nonsense in ("", "yesterday", "Thu, 01 Jan 99999 00:00:00 GMT"):
        assert web.get(plain, if_unmodified_since=nonsense).status == 200
    both = web.get(plain, if_match=etag, if_unmodified_since=long_ago)
    assert both.status == 200


def test_rewritten_file_has_another_etag(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids["100%.txt"])
    before = web.get(target)
    path = stored.root / "100%.txt"
    path.write_bytes(b"changed")
    try:
        after = web.get(target, if_none_match=before.headers["etag"])
        assert (after.status, after.body) == (200, b"changed")
    finally:
        path.write_bytes(before.body)


def test_time_of_the_file_is_told(web: Web, plain: str, stored: Stored) -> None:
    told = parsedate_to_datetime(web.get(plain).headers["last-modified"])
    assert int(told.timestamp()) == int((stored.root / "plain.bin").stat().st_mtime)


def test_file_is_data_and_never_a_page_of_this_server(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids['it\'s "quoted" <b>.html'])
    headers = web.get(target).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "private" in headers["cache-control"]


@pytest.mark.parametrize("name", NOWHERE)
def test_recorded_file_that_is_not_there_is_not_found(
    web: Web, stored: Stored, name: str
) -> None:
    target = file_url(web, stored.ids[name])
    for method in ("GET", "HEAD"):
        assert web.ask(method, target).status == 404


def test_removed_file_is_not_found(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids["a b/c d.json"])
    path = stored.root / "a b/c d.json"
    content = path.read_bytes()
    path.unlink()
    try:
        assert web.get(target).status == 404
    finally:
        path.write_bytes(content)


def test_no_answer_keeps_its_file_open(web: Web, plain: str) -> None:
    etag = web.get(plain).headers["etag"]
    for _ in range(50):
        web.ask("HEAD", plain)
        web.get(plain, if_none_match=etag)
        web.get(plain, range=f"bytes={SIZE}-")
        web.get(plain, range="bytes=0-9")
    # The last one or two may not have been closed yet when their answer arrives.
    assert open_files(web, "plain.bin") < 5


def test_client_that_leaves_in_the_middle_keeps_no_file_open(
    web: Web, stored: Stored
) -> None:
    target = file_url(web, stored.ids["large.bin"])
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", web.server.port)) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 200")
    for _ in range(100):  # each answer gives the server another turn
        web.get("/")
    assert open_files(web, "large.bin") < 5


def open_files(web: Web, name: str) -> int:
    folder = Path(f"/proc/{web.server.process.pid}/fd")
    names = [os.path.realpath(link) for link in folder.iterdir()]
    return sum(path.endswith(f"/{name}") for path in names)


@pytest.mark.parametrize("name", [n for n in ODD_FILES if "zip-path" not in n])
def test_stock_client_reads_and_probes_every_file(
    web: Web, stored: Stored, name: str
) -> None:
    resource = ResourcePath(f"{web.server.url}{file_url(web, stored.ids[name])}")
    assert resource.read() == ODD_FILES[name][1]
    assert resource.exists()
    assert resource.size() == len(ODD_FILES[name][1])
