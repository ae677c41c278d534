"""Files of a store, fetched by this server under URLs that it signed itself.

Nothing here follows a redirect, decodes content or keeps more than a chunk of it, and
nothing that a store says of itself reaches a client: what goes wrong is logged.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, TypeVar

import structlog
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from ...protocol.errors import NotFoundError, StoreRefusedError, UnavailableError
from .downloads import CHUNK_BYTES
from .local import MISSING

_T = TypeVar("_T")
_logger = structlog.get_logger("butlery.server.files")

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 15.0
# Threads wait for stores, so that there must be one for each download.
_THREADS: Final = 256
_PASSED_ON = frozenset({200, 206, 304, 412, 416})
_MISSING = frozenset({404, 410})
_FIRST_OF_THE_STORE = 500
_BUSY = frozenset({408, 425, 429})


class Fetched:
    """An answer of a store, whose content has not been read yet.

    Parameters
    ----------
    answer
        Of the store.

    Attributes
    ----------
    status
        One that says something about the file: no other gets here.
    headers
        Of the answer.
    """

    def __init__(self, answer: BaseHTTPResponse) -> None:
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers

    async def read(self) -> bytes:
        """Return the next chunk; nothing at the end.

        Raises
        ------
        OSError
            If the store has broken off.
        """
        try:
            return await _in_thread(lambda: self._answer.read(CHUNK_BYTES))
        except HTTPError as error:
            _logger.warning("store-broke-off", error=_words(error))
            raise OSError("the store has broken off") from None

    def close(self) -> None:
        """Let go of the connection, which is used again if all of it was read."""
        # Not here: it waits for a thread that may still be reading.
        _threads().submit(self._let_go)

    def _let_go(self) -> None:
        if self._answer.length_remaining == 0:
            self._answer.release_conn()
        else:
            self._answer.close()


async def fetch(url: str, method: str, headers: Mapping[str, str]) -> Fetched:
    """Ask a store for a file.

    Parameters
    ----------
    url
        As the store takes it; never told to anybody.
    method
        ``GET`` or ``HEAD``.
    headers
        Conditions and ranges.

    Raises
    ------
    NotFoundError
        If it is not there.
    StoreRefusedError
        If the store does not hand it out to this server.
    UnavailableError
        If the store does not answer.
    """
    try:
        answer = await _in_thread(lambda: _ask(url, method, headers))
    except HTTPError as error:
        _logger.warning("store-away", error=_words(error))
        raise UnavailableError("The store of this file does not answer now.") from None
    fetched = Fetched(answer)
    if answer.status not in _PASSED_ON:
        fetched.close()
        raise _refusal(answer.status)
    return fetched


def _ask(url: str, method: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
    parts = parse_url(url)
    # Not through the manager: it would tidy up paths, which have been signed.
    pool = _manager().connection_from_host(parts.host, parts.port, parts.scheme or "")
    return pool.urlopen(
        method,
        url[url.index("/", url.index("://") + 3) :],
        headers={"accept-encoding": "identity", **headers},
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


def _refusal(status: int) -> Exception:
    if status in _MISSING:
        return NotFoundError(MISSING)
    _logger.warning("store-refused", status=status)
    if status >= _FIRST_OF_THE_STORE or status in _BUSY:
        return UnavailableError("The store of this file cannot answer now.")
    return StoreRefusedError(
        "The store of this file does not hand it out to this server; its log says more."
    )


def _words(error: Exception) -> str:
    """Return what may be logged: texts of these errors have URLs, which are signed."""
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__


async def _in_thread(task: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(_threads(), task)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="store")


@cache
def _manager() -> PoolManager:
    options: dict[str, Any] = {}
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if bundle:
        options["ca_certs"] = bundle
    return PoolManager(
        num_pools=64,  # S3 may have a host for each bucket
        maxsize=_THREADS,
        # Once more if a connection that was kept has been closed meanwhile.
        retries=Retry(total=1, connect=0, redirect=0, raise_on_redirect=False),
        timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        **options,
    )
