"""What has become of the queries of one process, and of its workers."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...protocol.errors import (
    BadRequestError,
    ButlerUserError,
    TooManyRequestsError,
    UnavailableError,
)
from ...protocol.query_work import QueryKind


@dataclass(slots=True)
class QueryCounts:
    """Counters that only grow.

    Attributes
    ----------
    forked
        Workers begun.
    ended
        Workers that are no more, by why.
    outcomes
        Queries, by kind and what became of them.
    refused
        Queries that got no place in the queue, by why.
    rows
        Sent in complete answers.
    """

    forked: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[QueryKind, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    @contextmanager
    def outcome(self, kind: QueryKind) -> Iterator[None]:
        """Count what becomes of a query that has a slot."""
        outcome = "failed"
        try:
            yield
            outcome = "answered"
        except (ButlerUserError, BadRequestError):
            outcome = "user-error"
            raise
        except UnavailableError:
            outcome = "unavailable"
            raise
        except asyncio.CancelledError:
            outcome = "abandoned"
            raise
        finally:
            self.outcomes[kind, outcome] += 1

    @contextmanager
    def refusal(self) -> Iterator[None]:
        """Count a query that gets no place."""
        try:
            yield
        except TooManyRequestsError:
            self.refused["user"] += 1
            raise
        except UnavailableError:
            self.refused["all"] += 1
            raise
