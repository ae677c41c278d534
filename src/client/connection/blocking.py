"""Sends requests and waits for them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from .failures import unanswered
from .limits import Limits
from .messages import Call, LostError, Reply, Request, Together, Work
from .retries import Retries

_T = TypeVar("_T")

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


@contextmanager
def stopped_by(stop: threading.Event) -> Iterator[None]:
    """Let what runs in this context wait for nothing more once an event is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def sharing_stop(function: Callable[..., _T]) -> Callable[..., _T]:
    """Return a function that stops with this context, whichever thread calls it."""
    stop = _stop.get()
    if stop is None:
        return function

    def run(*arguments: Any) -> _T:
        with stopped_by(stop):
            return function(*arguments)

    return run


class BlockingConnection:
    """Runs calls, each to its end.

    Any number of threads may use one.

    Parameters
    ----------
    sleep
        Waits for some seconds; until it is to stop at most, if `None`.
    limits
        Of time.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        from .http1 import Sockets

        self._limits = limits or Limits()
        self._sleep = sleep
        self._sockets = Sockets()

    def run(self, call: Call[_T]) -> _T:
        """Return the result of a call, or raise its error."""
        return self._run(call, _stop.get() or threading.Event())

    def _run(self, call: Call[_T], stop: threading.Event) -> _T:
        try:
            wanted = next(call)
            while True:
                try:
                    got = self._do(wanted, stop)
                except Exception as error:  # noqa: BLE001 - it is the call's
                    wanted = call.throw(error)
                else:
                    wanted = call.send(got)
        except StopIteration as end:
            result: _T = end.value
            return result
        finally:
            call.close()

    def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        self._sockets.close()

    def _do(self, wanted: Request | Together | Work, stop: threading.Event) -> Any:
        if isinstance(wanted, Together):
            return self._together(wanted, stop)
        if isinstance(wanted, Work):
            return wanted.do()
        return self._send(wanted, stop)

    def _together(self, wanted: Together, outer: threading.Event) -> list[Any]:
        from concurrent import futures

        if len(wanted.calls) < 2:  # noqa: PLR2004 - nothing to share out
            return [self._run(call, outer) for call in wanted.calls]
        stop = threading.Event()
        pool = futures.ThreadPoolExecutor(wanted.at_once, "butlery")
        try:
            running = [pool.submit(self._run, call, stop) for call in wanted.calls]
            ended, _ = futures.wait(running, return_when=futures.FIRST_EXCEPTION)
            for each in ended:
                each.result()  # the one that failed, if one did
            return [each.result() for each in running]
        finally:
            # Who interrupts a download does not want to wait for its end.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _send(self, request: Request, stop: threading.Event) -> Reply:
        retries = Retries(request, limits=self._limits)
        while True:
            try:
                reply = self._once(request, retries, stop)
            except LostError as lost:
                wait = None if stop.is_set() else retries.after_failure(lost)
                if wait is None:
                    raise unanswered(request, lost) from lost.__cause__
            else:
                wait = retries.after(reply)
                if wait is None:
                    return reply
            self._pause(wait, stop)

    def _pause(self, seconds: float, stop: threading.Event) -> None:
        if self._sleep is None:
            stop.wait(seconds)
        else:
            self._sleep(seconds)

    def _once(self, request: Request, retries: Retries, stop: threading.Event) -> Reply:
        retries.begin()
        return self._sockets.exchange(request, _Waits(self._limits, retries, stop))


class _Waits:
    """How long one attempt may wait: not at all, if it is to stop."""

    __slots__ = ("_limits", "_retries", "_stop", "heard")

    def __init__(self, limits: Limits, retries: Retries, stop: threading.Event) -> None:
        self._limits = limits
        self._retries = retries
        self._stop = stop
        self.heard = retries.heard

    def seconds(self) -> float:
        """Return how long the next wait may take."""
        left = 0.0 if self._stop.is_set() else self._retries.seconds_left
        return min(self._limits.silence_seconds, left)

    def connect_seconds(self) -> float:
        """Return how long a connection may take to be there."""
        return min(self._limits.connect_seconds, self.seconds())
