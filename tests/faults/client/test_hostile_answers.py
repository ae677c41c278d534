"""A server whose answers are traps: each ends in time with an error, and no harm."""

import gzip
import json
import resource
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from butlery.client import ButlerConfigurationError, ButlerServerError, ButlerUserError
from tests.faults.client.limits import BRIEF, SHORT, within
from tests.support.clients import Side
from tests.support.hostile_repository import TYPE, HostileRepository
from tests.support.hostile_server import (
    Asked,
    Behaviour,
    HostileServer,
    answering,
    chunk_of,
    head,
    headers_without_end,
    in_turn,
    without_end,
)

UNIVERSE: dict[str, Any] = {"universe": {"skypix": {"systems": {}}, "elements": {}}}
REF: dict[str, Any] = {
    "id": str(uuid4()),
    "datasetType": TYPE,
    "dataId": {"dataId": {}, "records": None},
    "run": "run",
    "component": None,
}
DEEP = b"[" * 1_000_000
BOMB = gzip.compress(b'{"dataset_ref": "' + bytes(400 * 2**20), compresslevel=9)


def _with(**changes: Any) -> bytes:
    return json.dumps({"dataset_ref": {**REF, **changes}}).encode()


def _find(butler: Any) -> Any:
    return butler.find_dataset("thing", {}, collections="run")


BODIES: dict[str, Behaviour] = {
    "nothing": answering(b""),
    "not JSON": answering(b"{"),
    "half of it": answering(_with()[:-20]),
    "a page for people": answering(b"<!DOCTYPE html><title>Welcome</title>"),
    "no text": answering(b'{"dataset_ref": "\xff\xfe\x80"}'),
    "lone surrogates": answering(b'{"dataset_ref": {"run": "\\ud800"}}'),
    "nested without end": answering(DEEP),
    "nested objects": answering(b'{"dataset_ref":' * 100_000),
    "nested where anything goes": answering(b'{"dataset_ref":{"dataId":' + DEEP),
    "a huge number": answering(_with(id=0).replace(b"0", b"9" * 100_000, 1)),
    "an infinite number": answering(
        json.dumps({"dataset_ref": {**REF, "dataId": {"dataId": {"a": 1}}}})
        .encode()
        .replace(b": 1}", b": 1e999}")
    ),
    "a list": answering(b"[]"),
    "wrong types": answering(_with(run=5)),
    "an id that is none": answering(_with(id="../../etc")),
    "unknown dimensions": answering(_with(datasetType={**TYPE, "dimensions": ["x"]})),
    "a bomb": answering(BOMB, headers={"Content-Encoding": "gzip"}),
    "no gzip": answering(b"{}", headers={"Content-Encoding": "gzip"}),
    "spaces without end": without_end({}, b" " * 2**20),
    "chunks that trickle": without_end(
        {"Transfer-Encoding": "chunked"}, chunk_of(b" "), 0.05
    ),
    "headers without end": headers_without_end(0.02),
    "a redirect to a file": answering(b"", 302, {"Location": "file:///etc/passwd"}),
    "a page with 500": answering(b"<html>" + b"\0\x1b[31m" * 1000, 500),
    "a page with 404": answering(b"<html>", 404),
    "an error without sense": answering(b'{"error_type": [], "detail": {}}', 422),
    "nested errors": answering(DEEP, 422),
    "an error of an unknown kind": answering(
        b'{"error_type": "__class__", "detail": "x"}', 422
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_that_is_none_is_an_error_in_time(
    side: Side, hostile: HostileRepository, name: str
) -> None:
    hostile.answers_json("v1/universe", UNIVERSE)
    hostile.answers("v1/find_dataset", BODIES[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with within(8), pytest.raises((ButlerServerError, ButlerUserError)) as error:
        side.call(hostile.url, _find, limits=BRIEF)

    assert "\x1b" not in str(error.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 * 2**10


def _system(**more: Any) -> dict[str, Any]:
    systems = {"htm": {"class": "x.HtmPixelization", **more}}
    return {"universe": {"skypix": {"systems": systems}, "elements": {}}}


@pytest.mark.parametrize(
    "universe",
    [
        {"universe": []},
        {"universe": {}},
        {"universe": {**UNIVERSE["universe"], "elements": {"a": {"requires": ["a"]}}}},
        {"universe": {**UNIVERSE["universe"], "elements": {"a": {"implies": ["b"]}}}},
    ],
)
def test_a_universe_that_is_none_is_an_error(
    side: Side, hostile: HostileRepository, universe: Any
) -> None:
    hostile.answers_json("v1/universe", universe)

    with within(5), pytest.raises(ButlerServerError):
        side.call(hostile.url, _find, limits=SHORT)


@pytest.mark.parametrize("levels", [{"max_level": 10**18}, {"min_level": -(10**18)}])
def test_levels_without_end_are_no_dimensions(
    side: Side, hostile: HostileRepository, levels: Any
) -> None:
    hostile.answers_json("v1/universe", _system(**levels))
    hostile.answers_json("v1/find_dataset", {"dataset_ref": None})

    with within(5):
        assert side.call(hostile.url, _find, limits=SHORT) is None


MERGES = b"a: &a {x: 1}\n" + b"".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n".encode()
    for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"- a list",
        b"[" * 10_000,
        b"\xff\xfe",
        b"!!python/object/apply:os.system ['touch harm']",
        b"remote_butler: !!python/name:os.system",
        MERGES,
        b"remote_butler: {url: 'file:///etc/passwd'}",
        b"remote_butler: {url: 'ftp://h/'}",
        b"remote_butler: {authentication: mine}",
        b"#" * 3_000_000,
    ],
)
def test_a_configuration_that_is_none_is_an_error(
    side: Side, hostile: HostileRepository, document: bytes
) -> None:
    hostile.answers("butler.yaml", answering(document))

    with (
        within(8),
        pytest.raises((ButlerConfigurationError, ButlerServerError)),
    ):
        side.call(hostile.url, _find, limits=SHORT)


@pytest.mark.parametrize(
    "value",
    [
        "-5",
        "1" + "0" * 30,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 99999999999 00:00:00 GMT",
        "soon",
        "1e3",
        "\u0663",
        "0",
        "",
    ],
)
def test_an_absurd_time_to_wait_neither_crashes_nor_holds(
    side: Side, hostile: HostileRepository, value: str
) -> None:
    told = value.encode().decode("latin-1")
    hostile.answers_json("v1/universe", UNIVERSE)
    hostile.answers("v1/find_dataset", answering(b"{}", 503, {"Retry-After": told}))

    with within(4), pytest.raises(ButlerServerError, match="503"):
        side.call(hostile.url, _find, limits=SHORT)


REVISIONS: list[Callable[[], bytes]] = [
    lambda: b"a\r\n\tX-Injected: 1",
    lambda: b"a\r\n X-Injected: 1",
    lambda: b"a b",
    lambda: b"\xff\xfe",
    lambda: b"a\x0bb",
    lambda: b"a" * 5_000,
]


@pytest.mark.parametrize("make", REVISIONS)
def test_a_revision_that_is_no_token_is_not_sent_back(
    side: Side, hostile: HostileRepository, make: Callable[[], bytes]
) -> None:
    def told(asked: Asked, connection: Any) -> None:
        del asked
        body = b'{"dataset_ref": null}'
        start = head(200, {"Content-Length": str(len(body))})[:-2]
        connection.sendall(start + b"Butlery-Revision: " + make() + b"\r\n\r\n" + body)

    def twice(butler: Any) -> Any:
        if not side.is_async:
            _find(butler)
            return _find(butler)
        return _twice(butler)

    hostile.answers_json("v1/universe", UNIVERSE)
    hostile.answers("v1/find_dataset", told)

    with suppress(ButlerServerError):  # a library for HTTP may refuse the answer
        side.call(hostile.url, twice, limits=SHORT)

    for each in hostile.server.asked:
        assert "butlery-at-least" not in each.headers
        assert "x-injected" not in each.headers


async def _twice(butler: Any) -> Any:
    await _find(butler)
    return await _find(butler)


def test_a_redirect_of_the_server_takes_no_token_elsewhere(
    side: Side, hostile: HostileRepository
) -> None:
    with HostileServer.started() as other:
        hostile.answers_json("v1/universe", UNIVERSE)
        hostile.answers(
            "v1/find_dataset",
            in_turn(answering(b"", 307, {"Location": f"{other.url}/caught"})),
        )

        with pytest.raises(ButlerServerError, match="elsewhere"):
            side.call(hostile.url, _find, limits=SHORT, access_token="secret")
        assert other.asked == []


@pytest.mark.parametrize("count", [0, 2, 50])
def test_as_many_outcomes_come_as_items_were_asked_about(
    side: Side, hostile: HostileRepository, count: int
) -> None:
    hostile.answers_json("v1/universe", UNIVERSE)
    outcomes = [{"outcome": "absent"}] * count
    hostile.answers_json("v1/find_datasets", {"items": outcomes, "dataset_types": {}})
    hostile.answers_json("v1/get_files", {"items": outcomes, "dataset_types": {}})

    with pytest.raises(ButlerServerError, match=f"{count} answers"):
        side.call(
            hostile.url,
            lambda b: b.find_many("thing", [{}], collections="run"),
            limits=SHORT,
        )


def test_an_outcome_of_an_unknown_type_is_refused(
    side: Side, hostile: HostileRepository
) -> None:
    hostile.answers_json("v1/universe", UNIVERSE)
    listed = {"id": REF["id"], "dataset_type": "x", "run": "run", "data_id": {}}
    outcome = {"outcome": "found", "dataset": listed}
    hostile.answers_json("v1/find_datasets", {"items": [outcome], "dataset_types": {}})

    with pytest.raises(ButlerServerError, match="nobody says"):
        side.call(
            hostile.url,
            lambda b: b.find_many("thing", [{}], collections="run"),
            limits=SHORT,
        )


def test_a_token_with_a_line_break_is_not_in_messages(
    side: Side, hostile: HostileRepository
) -> None:
    hostile.answers_json("v1/universe", UNIVERSE)
    secret = uuid4().hex
    token = f"{secret}\nX-Injected: 1"

    with pytest.raises(ButlerServerError, match="token") as error:
        side.call(hostile.url, _find, access_token=token)

    assert secret not in "".join(traceback.format_exception(error.value))
    assert hostile.server.asked_for("/repo/v1/universe") == []
