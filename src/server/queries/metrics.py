"""The queries of one process, as families of Prometheus metrics."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from .pool import QueryPool


def collect_queries(pool: QueryPool) -> Iterator[Metric]:
    """Yield every family, with what it is now.

    Parameters
    ----------
    pool
        Of the queries.
    """
    yield from _now(pool)
    yield from _so_far(pool)


def _now(pool: QueryPool) -> Iterator[Metric]:
    turns, settings = pool.turns, pool.settings
    yield _gauge("slots", "Queries that run.", turns.running, settings.workers)
    yield _gauge("waiting", "Queries in the queue.", turns.waiting, settings.waiting)
    yield _gauge(
        "waiting_bytes",
        "Bodies of the queries in the queue.",
        turns.waiting_bytes,
        settings.waiting_bytes,
    )
    idle = GaugeMetricFamily("butlery_query_workers_idle", "Workers without a query.")
    idle.add_metric([], pool.idle)
    yield idle


def _so_far(pool: QueryPool) -> Iterator[Metric]:
    counts = pool.counts
    queries = CounterMetricFamily(
        "butlery_queries",
        "Queries that had a slot, by what became of them.",
        labels=["kind", "outcome"],
    )
    for (kind, outcome), count in sorted(counts.outcomes.items()):
        queries.add_metric([kind, outcome], count)
    refused = CounterMetricFamily(
        "butlery_queries_refused",
        "Queries that got no place in the queue, of their user's or of all.",
        labels=["limit"],
    )
    for limit, count in sorted(counts.refused.items()):
        refused.add_metric([limit], count)
    forked = CounterMetricFamily("butlery_query_workers_forked", "Workers begun.")
    forked.add_metric([], counts.forked)
    ended = CounterMetricFamily(
        "butlery_query_workers_ended", "Workers that are no more.", labels=["reason"]
    )
    for reason, count in sorted(counts.ended.items()):
        ended.add_metric([reason], count)
    rows = CounterMetricFamily("butlery_query_rows", "Rows of complete answers.")
    rows.add_metric([], counts.rows)
    yield from (queries, refused, forked, ended, rows)


def _gauge(name: str, text: str, now: int, most: int) -> Metric:
    family = GaugeMetricFamily(f"butlery_query_{name}", text, labels=["limit"])
    family.add_metric([""], now)
    family.add_metric(["yes"], most)
    return family
