"""The empty servers: decode the same body, return bytes that are always the same.

``python -m benchmarks.serving.floor --kind litestar --port N --answers FOLDER``, where
each file of the folder is the answer to the operation of its name. Nothing is looked
up. One is a Litestar application, the other plain ASGI.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec
from litestar import Litestar, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from .uvicorn_settings import serve

_BY_DATA_ID = ("find_dataset", "get_file_by_data_id")
_BY_UUID = {"dataset": "get_dataset", "get_file": "get_file"}
_PREFIX = "/api/butler/repo/{repository:str}/v1"
_JSON = "application/json"


class FindDataset(msgspec.Struct):
    """The request of a lookup, declared here to owe nothing to Butlery."""

    dataset_type: str
    data_id: dict[str, int | str]
    collections: list[str]
    timespan: tuple[int, int] | None
    default_data_id: dict[str, int | str] = {}
    dimension_records: bool = False


_DECODER = msgspec.json.Decoder(FindDataset)


def litestar_app(answers: Mapping[str, bytes]) -> Litestar:
    """Build a Litestar application that answers lookups with ``answers``."""

    @get("/")
    async def health() -> dict[str, str]:
        return {"name": "floor"}

    by_data_id = [
        _by_data_id(name, answers[name]) for name in _BY_DATA_ID if name in answers
    ]
    by_uuid = [
        _by_uuid(path, answers[name])
        for path, name in _BY_UUID.items()
        if name in answers
    ]
    handlers = [health, *by_data_id, *by_uuid]
    return Litestar(handlers, openapi_config=None, logging_config=None)


def _by_data_id(name: str, answer: bytes) -> HTTPRouteHandler:
    @post(f"{_PREFIX}/{name}", status_code=200, name=name)
    async def handle(
        repository: FromPath[str], data: JSONBody[FindDataset]
    ) -> Response[bytes]:
        del repository, data
        return Response(answer, media_type=_JSON)

    return handle


def _by_uuid(path: str, answer: bytes) -> HTTPRouteHandler:
    @get(f"{_PREFIX}/{path}/{{id:uuid}}", name=path)
    async def handle(
        repository: FromPath[str],
        id: FromPath[UUID],  # noqa: A002 - the protocol's name
    ) -> Response[bytes]:
        del repository, id
        return Response(answer, media_type=_JSON)

    return handle


def asgi_app(answers: Mapping[str, bytes]) -> Any:
    """Build an ASGI application that answers lookups with ``answers``."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        if scope["method"] == "POST":
            _DECODER.decode(body)
        answer = answers.get(_operation(scope["path"]), b"{}")
        length = b"%d" % len(answer)
        headers = [(b"content-type", _JSON.encode()), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def _operation(path: str) -> str:
    """Return the operation that a path names: ``/api/butler/repo/LABEL/v1/…``."""
    word = path.split("/", 7)[6:7]
    return _BY_UUID.get(word[0], word[0]) if word else ""


_KINDS = {"litestar": litestar_app, "asgi": asgi_app}


@click.command()
@click.option("--kind", required=True, type=click.Choice(list(_KINDS)))
@click.option("--port", required=True, type=int)
@click.option("--answers", required=True, type=click.Path(path_type=Path, exists=True))
def main(kind: str, port: int, answers: Path) -> None:
    """Serve the bytes of files as the answers to lookups, on loopback."""
    read = {file.name: file.read_bytes() for file in answers.iterdir()}
    serve(_KINDS[kind](read), port)


if __name__ == "__main__":
    main()
