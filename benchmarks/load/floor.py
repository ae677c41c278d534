"""The least that an HTTP server on this event loop can do: a fixed answer.

``python -m benchmarks.load.floor`` prints the port it listens on and serves
until it is stopped. It reads requests only as far as their end.
"""

import asyncio
import contextlib
from typing import cast

import click
import uvloop

BODY = b'{"dataset_ref":null}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(BODY), BODY)
)
_LENGTH = b"content-length:"


class FixedAnswer(asyncio.Protocol):
    """Answers every whole request with the same bytes."""

    __slots__ = ("_kept", "_transport")

    def __init__(self) -> None:
        self._kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        data = self._kept + data
        while data and (length := _request_length(data)) <= len(data):
            self._transport.write(ANSWER)
            data = data[length:]
        self._kept = data


def _request_length(data: bytes) -> int:
    """Length of the request at the start; more than there is if it is cut."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return len(data) + 1
    head = data[:end].lower()
    _, found, value = head.partition(_LENGTH)
    return end + 4 + (int(value.partition(b"\r\n")[0]) if found else 0)


async def serve(port: int) -> None:
    """Listen on loopback, print the port, and answer until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FixedAnswer, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@click.command()
@click.option("--port", default=0, help="0 takes any free one.")
def main(port: int) -> None:
    """Serve a fixed answer on loopback; the port is the first line printed."""
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(port))


if __name__ == "__main__":
    main()
