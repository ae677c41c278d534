"""What this server reads for a client is what the store has, or visibly broken."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
from astropy.io import fits
from lsst.daf.butler import Butler

from tests.server.files.stores.conftest import PROXIED, REDIRECTED
from tests.server.web import Answer, Web, path_and_query
from tests.support.object_server import BUCKET, ObjectServer
from tests.support.servers import ButleryServer

CI_BYTES, SOAK_BYTES = 64 << 20, 1 << 30
OWN = (*PROXIED, *REDIRECTED)


@pytest.fixture(scope="session")
def dataset(folder: Path) -> tuple[str, Path]:
    """Return a dataset's UUID, and its file."""
    with Butler.from_config(str(folder)) as butler:
        ref = butler.query_datasets("image", "files/run")[0]
        return str(ref.id), Path(butler.getURI(ref).ospath)


def url_of(web: Web, label: str, id_: str) -> str:
    answer = web.get(f"/api/butler/repo/{label}/v1/get_file/{id_}")
    assert answer.status == 200, answer.body
    return path_and_query(answer.json["artifact"]["file_info"][0]["url"])


@pytest.fixture(params=PROXIED)
def target(request: pytest.FixtureRequest, web: Web, dataset: tuple[str, Path]) -> str:
    """Return a URL of this server for a file that lies elsewhere."""
    return url_of(web, request.param, dataset[0])


def test_whole_file_comes_as_it_is(
    web: Web, store: ObjectServer, target: str, dataset: tuple[str, Path]
) -> None:
    content = dataset[1].read_bytes()
    answer = web.get(target, accept_encoding="gzip")
    assert (answer.status, answer.body) == (200, content)
    assert store.headers[-1]["accept-encoding"] == "identity"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-amz-request-id" not in answer.headers


def test_range_is_the_range(
    web: Web, store: ObjectServer, target: str, dataset: tuple[str, Path]
) -> None:
    content = dataset[1].read_bytes()
    for text, part in (
        ("bytes=0-0", content[:1]),
        ("bytes=10-19", content[10:20]),
        ("bytes=-7", content[-7:]),
        ("bytes=100-", content[100:]),
    ):
        answer = web.get(target, range=text)
        assert (answer.status, answer.body) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
        assert store.headers[-1]["range"] == text
    for text in ("bytes=0-1,4-5", "lines=1-2", "nonsense"):
        assert web.get(target, range=text).body == content
    beyond = web.get(target, range=f"bytes={len(content)}-")
    assert (beyond.status, beyond.body) == (416, b"")


@pytest.mark.parametrize("label", [*OWN, "local", "s3", "gcs"])
def test_astropy_reads_a_part_of_an_image(
    web: Web, label: str, dataset: tuple[str, Path], store: ObjectServer
) -> None:
    id_, path = dataset
    pixels = np.arange(2_000_000, dtype=">i4").reshape(2000, 1000)
    kept = path.read_bytes()
    fits.PrimaryHDU(pixels).writeto(path, overwrite=True)
    try:
        answer = web.get(f"/api/butler/repo/{label}/v1/get_file/{id_}").json
        url = answer["artifact"]["file_info"][0]["url"]
        begin = len(store.headers)
        options = {"block_size": 1 << 16, "cache_type": "bytes"}
        with fits.open(url, use_fsspec=True, fsspec_kwargs=options) as found:
            part = found[0].section[1500:1510, 20:30]
        assert (part == pixels[1500:1510, 20:30]).all()
        sent = [h.get("range", "-") for h in store.headers[begin:]]
        assert label == "local" or any(r.startswith("bytes=6") for r in sent), sent
    finally:
        path.write_bytes(kept)


def test_conditions_are_the_stores_to_judge(web: Web, target: str) -> None:
    etag = web.get(target).headers["etag"]
    for method in ("GET", "HEAD"):
        same = web.ask(method, target, headers={"if-none-match": etag})
        assert (same.status, same.body) == (304, b"")
        other = web.ask(method, target, headers={"if-match": '"another"'})
        assert (other.status, other.body) == (412, b"")
    assert web.get(target, if_match=etag).status == 200


@pytest.mark.parametrize("label", OWN)
def test_head_tells_the_truth(
    web: Web, store: ObjectServer, label: str, dataset: tuple[str, Path]
) -> None:
    id_, path = dataset
    target = url_of(web, label, id_)
    asked = len(store.asked)
    head = web.ask("HEAD", target)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(path.stat().st_size)
    assert head.headers["etag"]
    assert [method for method, _ in store.asked[asked:]] == ["HEAD"]
    store.refusals[path.name] = 404
    assert web.ask("HEAD", target).status == 404


@pytest.mark.parametrize("label", REDIRECTED)
def test_redirect_is_for_one_file_and_soon_over(
    web: Web, store: ObjectServer, label: str, dataset: tuple[str, Path]
) -> None:
    asked = len(store.asked)
    answer = web.get(url_of(web, label, dataset[0]))
    assert (answer.status, answer.body) == (307, b"")
    assert answer.headers["cache-control"] == "private, no-store"
    url = urlsplit(answer.headers["location"])
    assert url.path.startswith(f"/{BUCKET}/files/run/image")
    assert "X-Amz-Expires=300" in url.query
    assert store.asked[asked:] == []
    connection = http.client.HTTPConnection(url.netloc)
    for method, status in (("HEAD", 403), ("GET", 200)):
        connection.request(method, f"{url.path}?{url.query}")
        found = connection.getresponse()
        assert found.status == status
        found.read()
    connection.close()


@pytest.mark.parametrize("label", REDIRECTED)
def test_who_asks_for_many_or_downloads_gets_the_stores_own_urls(
    web: Web, store: ObjectServer, label: str, dataset: tuple[str, Path]
) -> None:
    batch = web.get(f"/api/butlery/repo/{label}/v1/get_files?id={dataset[0]}")
    (outcome,) = batch.json["items"]
    (file,) = outcome["files"]
    assert file["url"].startswith(store.url)
    assert "X-Amz-Expires=3600" in file["url"]
    assert file["expires"]
    download = web.get(f"/api/butler/repo/{label}/v1/dataset/{dataset[0]}/download")
    assert download.headers["location"].startswith(store.url)


def test_costly_signatures_are_made_when_files_are_read(
    web: Web, store: ObjectServer, dataset: tuple[str, Path]
) -> None:
    batch = web.get(f"/api/butlery/repo/gcs/v1/get_files?id={dataset[0]}")
    url = batch.json["items"][0]["files"][0]["url"]
    assert url.startswith(web.server.url)
    for target in (
        path_and_query(url),
        f"/api/butler/repo/gcs/v1/dataset/{dataset[0]}/download",
    ):
        location = web.get(target).headers["location"]
        assert location.startswith(f"{store.url}/{BUCKET}/files/run/")
        assert "GoogleAccessId" in location


REFUSALS = {
    301: 502,
    302: 502,
    307: 502,
    400: 502,
    401: 502,
    403: 502,
    404: 404,
    410: 404,
    429: 503,
    500: 503,
    503: 503,
}


@pytest.mark.parametrize("status", REFUSALS)
def test_refusal_of_the_store_says_nothing_of_it(
    web: Web,
    store: ObjectServer,
    target: str,
    dataset: tuple[str, Path],
    server: ButleryServer,
    status: int,
) -> None:
    store.refusals[dataset[1].name] = status
    for method in ("GET", "HEAD"):
        answer = web.ask(method, target)
        assert answer.status == REFUSALS[status]
        require_silent(answer, store)
    if REFUSALS[status] != 404:
        assert "store-refused" in server.log_text()
        assert SIGNED_WORDS.isdisjoint(server.log_text().split("&"))


SIGNED_WORDS = {"X-Amz-Signature", "AWSAccessKeyId", "GoogleAccessId"}


def require_silent(answer: Answer, store: ObjectServer) -> None:
    text = f"{answer.headers} {answer.body.decode()}"
    for word in (urlsplit(store.url).netloc, "BucketName", "files/run", "location"):
        assert word not in text


def test_store_that_breaks_off_breaks_the_download(
    web: Web,
    store: ObjectServer,
    target: str,
    dataset: tuple[str, Path],
    server: ButleryServer,
) -> None:
    store.breaks[dataset[1].name] = 100
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        web.get(target)
    assert "store-broke-off" in server.log_text()


@pytest.fixture
def large(store: ObjectServer, dataset: tuple[str, Path], *, soak: bool) -> int:
    size = SOAK_BYTES if soak else CI_BYTES
    store.large[dataset[1].name] = size
    return size


@pytest.fixture
def memory(server: ButleryServer) -> Iterator[list[int]]:
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    grown: list[int] = []
    yield grown
    grown.append(process.memory_info().rss - before)
    assert max(grown) < 64 << 20, grown


def test_large_file_needs_little_memory(
    target: str, large: int, memory: list[int], server: ButleryServer
) -> None:
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", target)
    answer = connection.getresponse()
    received = 0
    while data := answer.read(1 << 20):
        received += len(data)
        memory.append(process.memory_info().rss - before)
    assert received == large
    connection.close()
    report = {"bytes": large, "seconds": round(time.monotonic() - began, 2)}
    print(json.dumps({**report, "grown": max(memory)}))  # noqa: T201 - with -s


def test_client_that_waits_holds_the_store_back(
    web: Web, target: str, large: int, memory: list[int], server: ButleryServer
) -> None:
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(1)
        memory.append(process.memory_info().rss - before)
    assert web.get(target, range="bytes=0-9").body == bytes(10)
    assert large > 0


def test_connections_are_used_again_and_none_is_left(
    web: Web, store: ObjectServer, target: str, server: ButleryServer
) -> None:
    for _ in range(30):
        web.get(target)
        web.ask("HEAD", target)
        web.get(target, range="bytes=0-0")
    process = psutil.Process(server.process.pid)
    port = urlsplit(store.url).port
    connected = [
        c for c in process.net_connections() if c.raddr and c.raddr.port == port
    ]
    assert len(connected) < 8
