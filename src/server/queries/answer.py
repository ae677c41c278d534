"""The answer to one query, while it is made: lines, keep-alives, errors.

The first thing that a worker says decides the form. A user's error in a stream is
a line of it, as the stock server has it; whatever else goes wrong has a status of its
own while nothing has been sent. After that only the connection can say it: it is broken
off, so that nobody takes the beginning of a result for the whole.
"""

import asyncio
import contextlib
from typing import Any

import structlog
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from ...protocol.errors import (
    BadRequestError,
    ButlerUserError,
    ErrorResponse,
    InvalidQueryError,
    UnavailableError,
)
from ...protocol.query_work import QueryWork
from ...protocol.scalars import encode_json
from ..cutting import abort_of
from .pool import QueryFailedError, QueryPool
from .turns import Turn
from .worker import Frame

_logger = structlog.get_logger("butlery.server.queries")

KEEP_ALIVE = b'{"type":"keep-alive"}\n'
_STREAM_HEADERS = [
    (b"content-type", b"application/jsonlines"),
    # The ingress must hold nothing back.
    (b"x-accel-buffering", b"no"),
]
_AGAIN_SECONDS = 5


class QueryAnswer(ASGIResponse):
    """Has a query run and sends what it gives.

    Parameters
    ----------
    pool
        Who runs it.
    turn
        Its place in the queue; ended here, whatever happens.
    work
        The query.
    """

    def __init__(self, pool: QueryPool, turn: Turn, work: QueryWork) -> None:
        super().__init__()
        self._pool = pool
        self._turn = turn
        self._work = work
        self._is_begun = False
        # One page waits here for the client, while the worker makes the next.
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, until all is said or the client has gone."""
        run = asyncio.create_task(self._run())
        answer = asyncio.create_task(self._answer(scope, send, run))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                answer.result()
        finally:
            # The worker of a query that still runs is killed by this.
            for task in (run, answer, gone):
                task.cancel()
            await asyncio.gather(run, answer, gone, return_exceptions=True)
            self._turn.end()

    async def _run(self) -> None:
        try:
            await self._turn.wait()
            await self._pool.run(self._work, self._frames.put)
        finally:
            self._turn.end()
            with contextlib.suppress(asyncio.QueueFull):
                self._frames.put_nowait(None)

    async def _answer(
        self, scope: Scope, send: Send, run: "asyncio.Task[None]"
    ) -> None:
        is_stream = self._work.kind in {"execute", "all_datasets"}
        try:
            if is_stream:
                await self._stream(scope, send, run)
            else:
                await self._send_value(send, run)
        except QueryFailedError as error:
            _logger.warning("query-failed", kind=self._work.kind, error=str(error))
            if self._is_begun:
                abort_of(scope)()
                raise
            raise UnavailableError(
                "The query has failed, twice; the server's log says why.",
                retry_after_seconds=_AGAIN_SECONDS,
            ) from error

    async def _send_value(self, send: Send, run: "asyncio.Task[None]") -> None:
        frame = await self._next(run)
        await run
        assert frame is not None  # noqa: S101 - told to mypy
        length = b"%d" % len(frame.payload)
        await self._start(
            send,
            [(b"content-type", b"application/json"), (b"content-length", length)],
        )
        await send(
            {"type": "http.response.body", "body": frame.payload, "more_body": False}
        )

    async def _stream(
        self, scope: Scope, send: Send, run: "asyncio.Task[None]"
    ) -> None:
        wait = asyncio.create_task(self._next(run))
        seconds = self._pool.settings.keep_alive_seconds
        try:
            while True:
                done, _ = await asyncio.wait({wait}, timeout=seconds)
                if not done:
                    await self._send_line(scope, send, KEEP_ALIVE)
                    continue
                frame = wait.result()
                if frame is None:
                    break
                await self._send_line(scope, send, frame.payload)
                wait = asyncio.create_task(self._next(run))
        except ButlerUserError as error:
            await self._send_line(scope, send, _error_line(error))
        except (BadRequestError, UnavailableError) as error:
            if not self._is_begun:
                raise
            if isinstance(error, UnavailableError):
                raise QueryFailedError(str(error)) from error
            invalid = InvalidQueryError(error.detail)
            await self._send_line(scope, send, _error_line(invalid))
        finally:
            wait.cancel()
        await self._send_line(scope, send, b"", more=False)

    async def _next(self, run: "asyncio.Task[None]") -> Frame | None:
        """Return the next page, or `None` after the last."""
        if run.done() and self._frames.empty():
            run.result()
            return None
        frame = await self._frames.get()
        if frame is None:
            await run
        return frame

    async def _send_line(
        self, scope: Scope, send: Send, data: bytes, *, more: bool = True
    ) -> None:
        await self._start(send, _STREAM_HEADERS)
        patience = self._pool.settings.patience_seconds
        try:
            async with asyncio.timeout(patience):
                await send(
                    {"type": "http.response.body", "body": data, "more_body": more}
                )
        except TimeoutError:
            _logger.warning("query-stalled", patience_seconds=patience)
            abort_of(scope)()
            raise

    async def _start(self, send: Send, headers: Any) -> None:
        if not self._is_begun:
            self._is_begun = True
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": list(headers),
                }
            )


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error_line(error: ButlerUserError) -> bytes:
    content = ErrorResponse(error.error_type, error.detail)
    return encode_json({"type": "error", "error": content}) + b"\n"
