"""Answers come whole or not at all, whatever a server writes to the socket."""

import gzip
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from butlery.client.connection.http1 import Sockets
from butlery.client.connection.http1.requests import split
from butlery.client.connection.messages import LostError, Request
from tests.support.scripted_server import OK, Patience, Script


def get(sockets: Sockets, url: str, **options: Any) -> Any:
    request = Request("GET", url, request_id="1", **options)
    return sockets.exchange(request, Patience(5.0))


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (OK + b"content-length: 3\r\n\r\nabc", b"abc"),
        (OK + b"content-length: 0\r\n\r\n", b""),
        (
            OK + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (OK + b"\r\nabc", b"abc"),
        (
            b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
            + OK
            + b"content-length: 1\r\n\r\na",
            b"a",
        ),
        (
            OK
            + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
            % len(gzip.compress(b"abc", mtime=0))
            + gzip.compress(b"abc", mtime=0),
            b"abc",
        ),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", b"a"),
    ],
)
def test_body_is_what_was_sent(
    script: Script, sockets: Sockets, answer: bytes, body: bytes
) -> None:
    reply = get(sockets, script.says(answer))
    assert (reply.status, reply.body) == (200, body)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        OK,
        OK + b"content-length: 4\r\n\r\nabc",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
        OK + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 99999999999999999999999\r\n\r\n",
        OK + b"content-encoding: br\r\ncontent-length: 1\r\n\r\nx",
        OK + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
        b"<html></html>",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"\x16\x03\x01",
        OK + b"x: " + b"y" * 100_000,
        OK + b"x: y\r\n" * 50_000,
    ],
)
def test_what_is_no_whole_answer_is_none(
    script: Script, sockets: Sockets, answer: bytes
) -> None:
    with pytest.raises(LostError):
        get(sockets, script.says(answer))


def test_connection_is_used_again(script: Script, sockets: Sockets) -> None:
    answer = OK + b"content-length: 1\r\n\r\na"
    url = script.says(answer, answer, answer)
    for _ in range(3):
        assert get(sockets, url).body == b"a"
    assert script.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"connection: close\r\ncontent-length: 1\r\n\r\na",
        OK + b"content-length: 1\r\n\r\naHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb",
        b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na",
    ],
)
def test_connection_that_cannot_be_trusted_is_not(
    script: Script, sockets: Sockets, answer: bytes
) -> None:
    script.says(answer, answer)
    url = script.says(OK + b"content-length: 1\r\n\r\nc")
    assert get(sockets, url).body == b"a"
    assert get(sockets, url).body == b"c"


def test_connection_that_the_server_has_closed_is_replaced(
    script: Script, sockets: Sockets
) -> None:
    answer = OK + b"content-length: 1\r\n\r\na"
    script.says(answer)
    assert get(sockets, f"http://127.0.0.1:{script.port}").body == b"a"
    url = script.says(answer)
    assert get(sockets, url).body == b"a"
    assert script.connections == 2


def test_all_of_a_request_is_one_write(script: Script, sockets: Sockets) -> None:
    url = script.says(OK + b"content-length: 0\r\n\r\n") + "/a%2Fb?c=d#fragment"
    request = Request(
        "POST", url, request_id="1", headers={"x-one": "two"}, body=b"body"
    )
    sockets.exchange(request, Patience(5.0))
    assert script.asked == [
        b"POST /a%%2Fb?c=d HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-length: 4\r\n"
        b"x-one: two\r\n\r\nbody" % script.port
    ]


@pytest.mark.parametrize("text", ["a\r\nb: c", "a\nb", "a\rb", "\u2603"])
def test_what_would_begin_another_header_is_not_sent(
    sockets: Sockets, text: str
) -> None:
    for options in ({"headers": {"x": text}}, {"headers": {f"x{text}": "y"}}):
        with pytest.raises(LostError) as failed:
            get(sockets, "http://127.0.0.1:9/", **options)
        assert failed.value.is_final
    with pytest.raises(LostError):
        get(sockets, f"http://127.0.0.1:9/{text}")


def test_no_wait_is_longer_than_allowed(script: Script, sockets: Sockets) -> None:
    url = script.says(OK + b"content-length: 9\r\n\r\na", b"")
    request = Request("GET", url, request_id="1")
    with pytest.raises(LostError, match="too long"):
        sockets.exchange(request, Patience(5.0, 5.0, 0.05, 0.0))


def test_nobody_there_is_said(sockets: Sockets) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LostError, match="refused") as failed:
        get(sockets, f"http://127.0.0.1:{port}/")
    assert not failed.value.is_final
    with pytest.raises(LostError, match="no host") as failed:
        get(sockets, "http://no-such-host.invalid/")
    assert failed.value.is_final


def test_proxy_of_the_environment_is_asked(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = script.says(OK + b"content-length: 1\r\n\r\na")
    monkeypatch.setenv("http_proxy", place.replace("//", "//me:secret@"))
    monkeypatch.setenv("no_proxy", "elsewhere.example")
    with _closing(Sockets()) as sockets:
        assert get(sockets, "http://butler.example/x").body == b"a"
    (asked,) = script.asked
    assert asked.startswith(b"GET http://butler.example/x HTTP/1.1\r\n")
    assert b"proxy-authorization: Basic bWU6c2VjcmV0\r\n" in asked


@pytest.mark.parametrize(
    "place", ["http://me:se/cret@x:1", "http://x:none", "http://["]
)
def test_proxy_that_is_no_url_is_an_error_without_its_password(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("http_proxy", place)
    with pytest.raises(LostError, match="http_proxy") as failed:
        get(sockets, "http://butler.example/x")
    assert "se" not in str(failed.value).replace("use", "").replace("password", "")


def test_proxy_that_refuses_a_tunnel_is_named(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", script.says(b"HTTP/1.1 407 Who are you\r\n\r\n"))
    with _closing(Sockets()) as sockets, pytest.raises(LostError, match="407"):
        get(sockets, "https://butler.example/x")
    assert script.asked[0].startswith(b"CONNECT butler.example:443 HTTP/1.1\r\n")


# A process with threads, such as that of the tests, must not fork.
_PARENT_AND_CHILD = """
import os, sys
from butlery.client.connection.http1 import Sockets
from butlery.client.connection.messages import Request
from tests.support.scripted_server import Patience

sockets, url = Sockets(), sys.argv[1]

def said():
    request = Request("GET", url, request_id="1")
    return sockets.exchange(request, Patience(30.0)).body.decode()

of_parent = said()
if (child := os.fork()) == 0:
    print(said(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(of_parent, said())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_child_does_not_use_the_connections_of_its_parent(script: Script) -> None:
    answer = OK + b"content-length: 1\r\n\r\n"
    url = script.says(answer + b"a", answer + b"c")
    script.says(answer + b"b")
    command = [sys.executable, "-c", _PARENT_AND_CHILD, url]
    done = subprocess.run(command, check=True, capture_output=True, timeout=90)
    assert done.stdout.decode().split() == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x", ("http://x", "/")),
        ("http://x/", ("http://x", "/")),
        ("http://x:1/a?b#c", ("http://x:1", "/a?b")),
        ("http://x?a=b/c", ("http://x", "/?a=b/c")),
    ],
)
def test_url_is_split(url: str, expected: tuple[str, str]) -> None:
    assert split(url) == expected


@contextmanager
def _closing(sockets: Sockets) -> Iterator[Sockets]:
    yield sockets
    sockets.close()
