from pathlib import Path

import msgspec
import pytest

from benchmarks.load.requests import (
    Request,
    Target,
    read_requests,
    write_requests,
)

GET = Request("GET", "/v1/universe", headers={"X-Who": "me"})
POST = Request("POST", "/v1/find_dataset", msgspec.Raw(b'{"a":"\xc3\xa9"}'))


def test_requests_survive_their_file(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    write_requests(file, [GET, POST])
    read = read_requests(file)
    assert msgspec.json.encode(read) == msgspec.json.encode([GET, POST])
    assert len(file.read_text().splitlines()) == 2


def test_file_without_requests_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.touch()
    with pytest.raises(ValueError, match="holds no request"):
        read_requests(file)


def test_request_becomes_the_bytes_of_http() -> None:
    target = Target.from_url("http://host:81/api/")
    assert target.encode(GET) == (
        b"GET /api/v1/universe HTTP/1.1\r\nHost: host:81\r\nAccept: */*\r\n"
        b"X-Who: me\r\n\r\n"
    )
    assert target.encode(POST) == (
        b"POST /api/v1/find_dataset HTTP/1.1\r\nHost: host:81\r\nAccept: */*\r\n"
        b"Content-Type: application/json\r\nContent-Length: 10\r\n\r\n"
        b'{"a":"\xc3\xa9"}'
    )


def test_only_plain_http_is_measured() -> None:
    assert Target.from_url("http://host").port == 80
    with pytest.raises(ValueError, match="not an http"):
        Target.from_url("https://host")
