"""Where the servers of one run meet: they are started, checked, counted and loaded.

It knows the release, the questions and the options; which servers meet, and when, is
decided in `benchmarks.serving.run`.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from . import servers
from .check import check_answers
from .outcome import Options
from .place import BUTLERY_ROLE, STOCK_ROLE, Place
from .process import Server
from .rounds import Contest, take_turns
from .servers import FLOORS, STOCK, Variant
from .statements import count_statements
from .workload import Operation

Progress = Callable[[str], None]


class Stage:
    """One run on one release.

    Parameters
    ----------
    options
        How long is measured, and at how many connections.
    place
        The release.
    operations
        What is asked about it.
    scratch
        Folder for configurations and logs.
    progress
        Called with one short line before each step.

    Attributes
    ----------
    statements
        Per request, by server and operation, of those that were counted.
    """

    def __init__(
        self,
        options: Options,
        place: Place,
        operations: list[Operation],
        scratch: Path,
        progress: Progress,
    ) -> None:
        self.options = options
        self.operations = operations
        self.statements: dict[str, dict[str, float]] = {}
        self._place = place
        self._scratch = scratch
        self._progress = progress

    def stock(self) -> AbstractContextManager[Server]:
        """Run the stock server."""
        return servers.stock(self._place.seen_by(STOCK_ROLE), self._scratch)

    def butlery(self, variant: Variant) -> AbstractContextManager[Server]:
        """Run Butlery in one of its variants."""
        self._progress(f"starting {variant.name}")
        repository = self._place.seen_by(BUTLERY_ROLE)
        return servers.butlery(variant, repository, self._scratch)

    @contextlib.contextmanager
    def floors(self, answers: dict[str, bytes]) -> Iterator[list[Server]]:
        """Run the empty servers."""
        with contextlib.ExitStack() as stack:
            yield [
                stack.enter_context(servers.floor(name, answers, self._scratch))
                for name in FLOORS
            ]

    def check(self, server: Server, most: int | None = None) -> dict[str, bytes]:
        """Put questions once, of each operation at most so many; give last answers."""
        self._progress(f"checking the answers of {server.name}")
        return {
            o.name: check_answers(server.url, o.questions[:most])
            for o in self.operations
        }

    def count(self, server: Server) -> None:
        """Count the statements of a server; no other of its role may be running."""
        role = STOCK_ROLE if server.name == STOCK else BUTLERY_ROLE
        most = self.options.counted
        some = [Operation(o.name, o.questions[:most]) for o in self.operations]
        found = count_statements(self._place.cluster, role, server, some)
        self.statements[server.name] = found

    def contests(
        self,
        taking_part: list[Server],
        names: Collection[str],
        connections: int,
    ) -> list[Contest]:
        """Let servers take turns at each of some operations."""
        return [
            self.contest(taking_part, operation, connections)
            for operation in self.operations
            if operation.name in names
        ]

    def contest(
        self, taking_part: list[Server], operation: Operation, connections: int
    ) -> Contest:
        """Let servers take turns at one operation."""
        names = ", ".join(server.name for server in taking_part)
        self._progress(f"{operation.name} at {connections} connections: {names}")
        options = self.options
        is_compared = connections == options.compared
        turns = options.turns if is_compared else options.other_turns
        return take_turns(taking_part, operation, connections, options.seconds, turns)
