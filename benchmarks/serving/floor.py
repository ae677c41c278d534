"""The empty server: decode the body of ``find_dataset``, return fixed bytes.

``python -m benchmarks.serving.floor --port N --answer FILE``. Uvicorn is
set up as in `butlery.server.run`; nothing is looked up.
"""

from pathlib import Path

import click
import msgspec
import uvicorn
from litestar import Litestar, Response, get, post
from litestar.params import FromPath, JSONBody


class FindDataset(msgspec.Struct):
    """The request of ``find_dataset``, declared here to owe nothing to Butlery."""

    dataset_type: str
    data_id: dict[str, int | str]
    collections: list[str]
    timespan: tuple[int, int] | None
    default_data_id: dict[str, int | str] = {}
    dimension_records: bool = False


def build_app(answer: bytes) -> Litestar:
    """Build an application that answers every lookup with ``answer``."""

    @get("/")
    async def health() -> dict[str, str]:
        return {"name": "floor"}

    @post("/api/butler/repo/{repository:str}/v1/find_dataset", status_code=200)
    async def find_dataset(
        repository: FromPath[str], data: JSONBody[FindDataset]
    ) -> Response[bytes]:
        del repository, data
        return Response(answer, media_type="application/json")

    return Litestar([health, find_dataset], openapi_config=None, logging_config=None)


@click.command()
@click.option("--port", required=True, type=int)
@click.option("--answer", required=True, type=click.Path(path_type=Path, exists=True))
def main(port: int, answer: Path) -> None:
    """Serve the bytes of a file as the answer to every lookup, on loopback."""
    uvicorn.run(
        build_app(answer.read_bytes()),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


if __name__ == "__main__":
    main()
