"""One server, watched through the stock client: what it shows, and after how long.

An answer counts as late only if its *request* was sent after the bound: whoever asks
earlier may still be told the old state. So a slow machine makes no failure.
"""

import time
from itertools import count
from typing import Any

from lsst.daf.butler import Butler

from tests.coherence.steps import Step
from tests.support.servers import ButleryServer

from .questions import Answer, Observation, ask

_PAUSE_SECONDS = 0.02


def _already() -> None:
    """Nothing stands between the database that is written and the server's."""


class Follower:
    """A client of one server that has to show every change within a bound.

    `bound_seconds` counts from when `wait_for_change` returns, which may be replaced;
    0 means that the very first request must show the change.
    """

    def __init__(
        self, name: str, server: ButleryServer, butler: Butler, bound_seconds: float
    ) -> None:
        self.name = name
        self.server = server
        self.butler = butler
        self.delays: list[float] = []
        self.wait_for_change = _already
        self._bound_seconds = bound_seconds
        _forbid_server_errors(butler)

    def close(self) -> None:
        """Close the client's connections, which its own `close` leaves open."""
        connection: Any = self.butler
        connection._connection._client.close()

    def remember(self, step: Step) -> list[Answer]:
        """Ask everything before the change, so that old answers could be kept."""
        return [ask(seen.question, self.butler) for seen in step.observations]

    def watch(self, step: Step) -> None:
        """See that each observation of a step comes true in time."""
        self.wait_for_change()
        changed = time.monotonic()
        delays = [self._await(step, seen, changed) for seen in step.observations]
        # What was true when it was first asked tells nothing about when it became so,
        # but for the very first answer.
        late = [delay for delay, attempts in delays if attempts > 1]
        self.delays.append(max(late, default=delays[0][0]))

    def _await(
        self, step: Step, seen: Observation, changed: float
    ) -> tuple[float, int]:
        for attempt in count(1):
            asked = time.monotonic()
            answer = ask(seen.question, self.butler)
            if answer == seen.expected:
                return time.monotonic() - changed, attempt
            waited = asked - changed
            assert waited < self._bound_seconds, (
                f"{self.name}, {waited:.3f} s after {step.kind!r}: {seen.question} "
                f"got {answer!r}, expected {seen.expected!r}\n"
                f"commands: {step.commands}\n{self.server.log_text()[-2000:]}"
            )
            time.sleep(_PAUSE_SECONDS)
        raise AssertionError("counting never ends")


def _forbid_server_errors(butler: Any) -> None:
    """Let no 5xx pass: the client would hide a 503 by asking again."""

    def check(response: Any) -> None:
        if response.status_code >= 500:
            response.read()
            raise AssertionError(f"{response.url}: {response} {response.text}")

    client = butler._connection._client
    client.event_hooks = {"response": [*client.event_hooks["response"], check]}
