"""Bounds the time of a lookup; one that never waits pays nothing for it.

A timer costs 6 µs (uvloop, `asyncio.timeout`), as much as a whole warm lookup takes. So
the lookup is first run up to the point where it waits for something, which a warm one
never reaches, and only then the clock starts.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from ..protocol.errors import UnavailableError

_T = TypeVar("_T")


class Within(Awaitable[_T]):
    """Awaits a coroutine for some time at most; to be awaited once.

    Parameters
    ----------
    seconds
        From the moment at which it first waits.
    coroutine
        Cancelled if it takes longer.

    Raises
    ------
    UnavailableError
        If it takes longer.
    """

    __slots__ = ("_coroutine", "_seconds")

    def __init__(self, seconds: float, coroutine: Coroutine[Any, Any, _T]) -> None:
        self._seconds = seconds
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, _T]:
        """Run as far as possible, and then under a timer."""
        try:
            first = self._coroutine.send(None)
        except StopIteration as end:
            value: _T = end.value
            return value
        rest = _Rest(self._coroutine, first)
        return (yield from _bound(self._seconds, rest).__await__())


class _Rest(Generic[_T]):
    """What is left of a coroutine that already waits for something."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, _T], first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, _T]:
        """Pass on what is waited for, and what comes of it: PEP 380, begun late."""
        waited_for = self._first
        while True:
            error: BaseException | None = None
            sent: Any = None
            try:
                sent = yield waited_for
            except GeneratorExit:
                self._coroutine.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - it is handed on
                error = thrown
            try:
                waited_for = (
                    self._coroutine.send(sent)
                    if error is None
                    else self._coroutine.throw(error)
                )
            except StopIteration as end:
                value: _T = end.value
                return value


async def _bound(seconds: float, rest: _Rest[_T]) -> _T:
    try:
        async with asyncio.timeout(seconds) as timer:
            return await rest
    except TimeoutError:
        if not timer.expired():
            raise
        raise UnavailableError(
            "The repository's database did not answer in time."
        ) from None
