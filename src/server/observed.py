"""The application as seen from outside: each answer is counted, and says its way.

Here, around everything, because the framework calls no middleware for a request that
it can route nowhere.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from .tally import Tally
from .trails import headers_of


class Observed:
    """The application, observed.

    Parameters
    ----------
    app
        What answers.
    tally
        Where requests are counted.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        tally: Tally,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._tally = tally
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the beginning of the answer."""
        started = self._clock()
        # The framework writes into this same dictionary.
        noted: dict[str, Any] = scope  # type: ignore[assignment]

        def send_noted(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                trail = noted["state"].get("trail")
                if trail is not None:
                    message["headers"] = [*message["headers"], *headers_of(trail)]
                route = noted.get("path_template", "")
                seconds = self._clock() - started
                self._tally.note(route, message["status"], seconds)
            return send(message)

        await self._app(scope, receive, send_noted)
