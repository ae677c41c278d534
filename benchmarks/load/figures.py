"""The figures of one run, and how they come from its latencies."""

import math
from collections.abc import Sequence

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """What one run of the generator found out."""

    connections: int
    requests: int
    """Answered with a 2xx status, in full, while the clock ran."""
    errors: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    generator_cpu_us: float
    """CPU time of the generator per request."""
    server_cpu_us: float | None = None
    """CPU time of the server and its workers per request, where it is known."""

    @property
    def generator_busy(self) -> float:
        """Share of the run during which the generator itself was computing.

        At 0.5 it could have sent twice as much: more than that, and the server
        may have been waiting for it.
        """
        return self.generator_cpu_us * 1e-6 * self.requests / self.seconds

    @property
    def generator_limit(self) -> float:
        """Requests per second at which the generator would need a whole core."""
        return 1e6 / self.generator_cpu_us if self.generator_cpu_us else math.inf


def percentile(ascending: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile: the smallest value that ``percent`` % do not exceed.

    Infinite if there are no values: whoever was asked has not answered in time.
    """
    if not ascending:
        return math.inf
    return ascending[max(math.ceil(len(ascending) * percent / 100), 1) - 1]


def summarise(
    latencies_seconds: Sequence[float],
    *,
    answered: int,
    connections: int,
    errors: int,
    seconds: float,
    generator_cpu_seconds: float,
    server_cpu_seconds: float | None,
) -> Figures:
    """Turn what a run collected into its figures."""
    ascending = sorted(latencies_seconds)
    each = 1e6 / max(answered, 1)
    return Figures(
        connections=connections,
        requests=answered,
        errors=errors,
        seconds=seconds,
        requests_per_second=answered / seconds,
        p50_ms=percentile(ascending, 50) * 1e3,
        p99_ms=percentile(ascending, 99) * 1e3,
        generator_cpu_us=generator_cpu_seconds * each,
        server_cpu_us=(
            None if server_cpu_seconds is None else server_cpu_seconds * each
        ),
    )
