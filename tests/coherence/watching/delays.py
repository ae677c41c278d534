"""How long changes took to be seen."""

from collections.abc import Sequence
from statistics import median

_EDGES_MS = (5, 10, 20, 50, 100, 250, 500, 1000, 1500, 2000)


def histogram(name: str, delays_seconds: Sequence[float]) -> str:
    """Return a few lines: how many changes were seen within how many milliseconds."""
    delays = sorted(delay * 1000 for delay in delays_seconds)
    when = f"{median(delays):.0f} ms (median), {delays[-1]:.0f} ms (longest)"
    lines = [f"{name}: {len(delays)} changes, seen after {when}"]
    lower = 0.0
    for upper in (*_EDGES_MS, float("inf")):
        count = sum(lower < delay <= upper for delay in delays)
        if count:
            lines.append(
                f"  ≤ {upper:>5g} ms {count:>5} {'▪' * (60 * count // len(delays))}"
            )
        lower = upper
    return "\n".join(lines)
