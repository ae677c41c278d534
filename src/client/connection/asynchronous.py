"""Sends requests without blocking the event loop, with aiohttp.

Of the asynchronous libraries tried it costs the least CPU (docs/decisions/0014). It is
imported when the first request is sent, and belongs to the loop it was sent from.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .failures import UNFIT, unanswered
from .limits import MOST_AT_ONCE, Limits
from .messages import Call, Enough, LostError, Reply, Request, Sink, Together, Work
from .packing import unpacking_of
from .proxies import proxy_for
from .retries import Retries
from .urls import without_user

_T = TypeVar("_T")
_CHUNK_BYTES = 2**18


class AsyncConnection:
    """Runs calls, any number at the same time.

    Parameters
    ----------
    sleep
        Waits for some seconds.
    limits
        Of time.
    """

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._sleep = sleep
        self._http: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    async def run(self, call: Call[_T]) -> _T:
        """Return the result of a call, or raise its error."""
        try:
            wanted = next(call)
            while True:
                try:
                    got = await self._do(wanted)
                except Exception as error:  # noqa: BLE001 - it is the call's
                    wanted = call.throw(error)
                else:
                    wanted = call.send(got)
        except StopIteration as end:
            result: _T = end.value
            return result
        finally:
            call.close()

    async def close(self) -> None:
        """Close all connections, for good."""
        self._is_closed = True
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _do(self, wanted: Request | Together | Work) -> Any:
        if isinstance(wanted, Together):
            return await self._together(wanted)
        if isinstance(wanted, Work):
            return await asyncio.to_thread(wanted.do)
        return await self._send(wanted)

    async def _together(self, wanted: Together) -> list[Any]:
        turns = asyncio.Semaphore(wanted.at_once)

        async def one(call: Call[Any]) -> Any:
            async with turns:
                return await self.run(call)

        tasks = [asyncio.ensure_future(one(call)) for call in wanted.calls]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, request: Request) -> Reply:
        retries = Retries(request, limits=self._limits)
        while True:
            try:
                reply = await self._once(request, retries)
            except LostError as lost:
                wait = retries.after_failure(lost)
                if wait is None:
                    raise unanswered(request, lost) from lost.__cause__
            else:
                wait = retries.after(reply)
                if wait is None:
                    return reply
            await self._sleep(wait)

    async def _once(self, request: Request, retries: Retries) -> Reply:
        import aiohttp

        retries.begin()
        try:
            async with asyncio.timeout(max(0.001, retries.seconds_left)) as end:
                return await self._exchange(request, retries, end)
        except _SinkError as failed:
            raise failed.error from None
        except TimeoutError as error:
            raise LostError("it took too long") from error
        except ValueError:
            raise LostError(UNFIT, is_final=True) from None
        except (aiohttp.ClientError, OSError) as error:
            text = str(error) or type(error).__name__
            raise LostError(
                text, is_final=_is_final(error), is_refused=_is_refused(error)
            ) from error

    async def _exchange(
        self, request: Request, retries: Retries, end: asyncio.Timeout
    ) -> Reply:
        import aiohttp

        async with self._connections().request(
            request.method,
            _as_it_is(request.url),
            data=request.body,
            headers=request.headers,
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=self._limits.connect_seconds,
                sock_read=self._limits.silence_seconds,
            ),
            allow_redirects=False,
            **_proxy(request.url),
        ) as response:
            headers: Mapping[str, str] = {
                name.lower(): value for name, value in response.headers.items()
            }
            with _sink_errors():
                sink = request.sink_for(response.status, headers)
            unpacking = unpacking_of(headers)
            try:
                while chunk := await response.content.read(_CHUNK_BYTES):
                    for piece in unpacking.pieces(chunk) if unpacking else [chunk]:
                        await _feed(sink, piece, blocks=request.sink_blocks)
                    if retries.heard(len(chunk)):
                        now = asyncio.get_running_loop().time()
                        end.reschedule(now + retries.seconds_left)
                if unpacking:
                    unpacking.end()
            except Enough:
                response.close()
            with _sink_errors():
                return Reply(response.status, headers, sink.close())

    def _connections(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._is_closed:
            raise RuntimeError("this Butler is closed: make another one")
        if self._loop not in {None, loop}:
            raise RuntimeError(
                "this Butler belongs to another event loop: make one for each"
            )
        if self._http is None:
            import aiohttp

            self._loop = loop
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=2 * MOST_AT_ONCE),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._http


class _SinkError(Exception):
    """What went wrong here, and not with the connection: a disk that is full."""

    def __init__(self, error: Exception) -> None:
        self.error = error


@contextmanager
def _sink_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise _SinkError(error) from error


async def _feed(sink: Sink, chunk: bytes, *, blocks: bool) -> None:
    with _sink_errors():
        if blocks:
            await asyncio.to_thread(sink.feed, chunk)
        else:
            sink.feed(chunk)


def _proxy(url: str) -> dict[str, Any]:
    proxy = proxy_for(urlsplit(url))
    if proxy is None:
        return {}
    return {"proxy": proxy.url, "proxy_headers": dict(proxy.headers)}


def _as_it_is(url: str) -> Any:
    # A signature is of the URL as it is spelled.
    from yarl import URL

    return URL(without_user(url), encoded=True)  # aiohttp would make a header of it


def _is_refused(error: BaseException) -> bool:
    return isinstance(getattr(error, "os_error", error), ConnectionRefusedError)


def _is_final(error: Exception) -> bool:
    """Tell whether to try again would be no use."""
    import aiohttp

    return isinstance(
        error,
        aiohttp.InvalidURL
        | aiohttp.ClientConnectorDNSError
        | aiohttp.ClientConnectorSSLError
        | aiohttp.ClientConnectorCertificateError,
    )
