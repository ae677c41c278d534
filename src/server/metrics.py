"""What one process has counted and measured, as families of Prometheus metrics.

Nothing is counted here: everything is read, when somebody asks, from where it is
counted anyway.
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.process_collector import ProcessCollector

from ..cache import Repository
from ..cache.follower import ChangeFollower, FollowerState
from ..registry import POOL_SIZE
from .tally import BOUNDS_SECONDS, Tally


def collect(
    repositories: Mapping[str, Repository],
    tally: Tally,
    followers: Mapping[str, ChangeFollower],
) -> Iterator[Metric]:
    """Yield every family, with what it is now.

    Parameters
    ----------
    repositories
        Open ones, by label.
    tally
        What became of the requests.
    followers
        Streams that are followed, by name.
    """
    yield _requests(tally)
    yield from _answers(repositories.items())
    yield from _kept(repositories.items())
    yield from _indexes(repositories.items())
    yield from _following(repositories.items())
    yield from _database(repositories.items())
    yield from _streams(followers)
    yield from ProcessCollector(registry=None).collect()


_Labelled = Iterable[tuple[str, Repository]]


def _requests(tally: Tally) -> Metric:
    family = HistogramMetricFamily(
        "butlery_request_seconds",
        "Time from a request until the first byte of its answer.",
        labels=["route", "status"],
    )
    for (route, status), durations in sorted(tally.requests.items()):
        total, buckets = 0, []
        for bound, count in zip(
            (*map(str, BOUNDS_SECONDS), "+Inf"), durations.counts, strict=True
        ):
            total += count
            buckets.append((bound, total))
        family.add_metric(
            [route, str(status)], buckets=buckets, sum_value=durations.total_seconds
        )
    return family


def _answers(repositories: _Labelled) -> Iterator[Metric]:
    labels = ["repository", "kind", "policy"]
    asked = CounterMetricFamily(
        "butlery_questions",
        "Questions about datasets and records, by what became of them.",
        labels=[*labels, "outcome"],
    )
    stores = CounterMetricFamily(
        "butlery_answers",
        "Answers stored, not stored because something moved, and dropped later.",
        labels=[*labels, "outcome"],
    )
    for label, repository in repositories:
        for (kind, policy), counts in sorted(repository.answers.counts.items()):
            of = [label, kind, policy]
            asked.add_metric([*of, "hit"], counts.hits)
            asked.add_metric([*of, "miss"], counts.misses)
            asked.add_metric([*of, "shared"], counts.shared)
            asked.add_metric([*of, "bypassed"], counts.bypassed)
            asked.add_metric([*of, "failed"], counts.failed)
            stores.add_metric([*of, "stored"], counts.stored)
            stores.add_metric([*of, "lost"], counts.lost)
            stores.add_metric([*of, "dropped"], counts.dropped)
    yield asked
    yield stores


def _kept(repositories: _Labelled) -> Iterator[Metric]:
    entries = _gauge("kept_answers", "Answers kept.", "limit")
    size = _gauge("kept_bytes", "Estimated size of the answers kept.", "limit")
    drops = CounterMetricFamily(
        "butlery_generation_drops",
        "How often all dynamic answers were dropped at once, by reason.",
        labels=["repository", "reason"],
    )
    whole = _gauge("whole_answers_bytes", "Of whole answers, kept besides.", "limit")
    whole_hits = CounterMetricFamily(
        "butlery_whole_answers_hits",
        "Requests that were the same as one before.",
        labels=["repository"],
    )
    for label, repository in repositories:
        answers = repository.answers
        whole.add_metric([label, ""], repository.whole.size_bytes)
        whole.add_metric([label, "yes"], answers.limits.whole_bytes)
        whole_hits.add_metric([label], repository.whole.hits)
        entries.add_metric([label, ""], len(answers))
        entries.add_metric([label, "yes"], answers.limits.entries)
        size.add_metric([label, ""], answers.size_bytes)
        size.add_metric([label, "yes"], answers.limits.bytes)
        for reason, count in sorted(answers.generations.drops.items()):
            drops.add_metric([label, reason], count)
    yield from (entries, size, whole, whole_hits, drops)


def _indexes(repositories: _Labelled) -> Iterator[Metric]:
    datasets = _gauge("index_datasets", "In the release index that is mounted.")
    size = _gauge("index_bytes", "Size of the file of that index.")
    refused = _gauge("index_refused", "Indexes that cannot be used.")
    for label, repository in repositories:
        index = repository.mount.index
        if repository.indexes is None:
            continue
        datasets.add_metric([label], index.manifest.datasets if index else 0)
        size.add_metric([label], index.manifest.size_bytes if index else 0)
        refused.add_metric([label], len(repository.indexes.refused))
    yield from (datasets, size, refused)


def _following(repositories: _Labelled) -> Iterator[Metric]:
    state = _gauge("follower_state", "1 for the state that holds.", "state")
    lag = _gauge("follower_lag_seconds", "Time since the gate was last looked at.")
    version = _gauge("snapshot_version", "Number of the snapshot.")
    age = _gauge("snapshot_age_seconds", "Time since the snapshot was built.")
    build = _gauge("snapshot_build_seconds", "Time that building it took.")
    unmarked = _gauge("unmarked", "Things declared permanent that have changed.")
    passes = CounterMetricFamily(
        "butlery_self_check_passes",
        "How often all permanent contents have been read.",
        labels=["repository"],
    )
    for label, repository in repositories:
        keeper = repository.keeper
        for each in FollowerState:
            state.add_metric([label, each], each is keeper.state)
        lag.add_metric([label], keeper.checked_seconds_ago)
        version.add_metric([label], keeper.snapshot.version)
        age.add_metric([label], keeper.built_seconds_ago)
        build.add_metric([label], keeper.build_seconds)
        unmarked.add_metric([label], len(repository.permanence.policies.unmarked))
        passes.add_metric([label], repository.self_check.passes)
    yield from (state, lag, version, age, build, unmarked, passes)


def _database(repositories: _Labelled) -> Iterator[Metric]:
    statements = CounterMetricFamily(
        "butlery_sql_statements",
        "SQL statements run for lookups.",
        labels=["repository"],
    )
    reading = _gauge("database_reads", "Lookups that wait for the database.")
    pool = _gauge("database_connections", "Connections, and how many may be.", "state")
    for label, repository in repositories:
        database = repository.registry.database
        statements.add_metric([label], database.statements)
        reading.add_metric([label], repository.answers.reading)
        in_use, idle = database.connections
        pool.add_metric([label, "in-use"], in_use)
        pool.add_metric([label, "idle"], idle)
        pool.add_metric([label, "limit"], POOL_SIZE)
    yield from (statements, reading, pool)


def _streams(followers: Mapping[str, ChangeFollower]) -> Iterator[Metric]:
    live = GaugeMetricFamily(
        "butlery_stream_live", "Whether the stream is followed.", labels=["stream"]
    )
    messages = CounterMetricFamily(
        "butlery_stream_messages",
        "Frames of the stream of changes, by what became of them.",
        labels=["stream", "outcome"],
    )
    gaps = CounterMetricFamily(
        "butlery_stream_gaps",
        "How often something may have been missed, by reason.",
        labels=["stream", "reason"],
    )
    for name, follower in followers.items():
        counters = follower.stream.counters
        live.add_metric([name], follower.stream.live)
        messages.add_metric([name, "received"], counters.received)
        messages.add_metric([name, "duplicate"], counters.duplicates)
        messages.add_metric([name, "reordered"], counters.reordered)
        messages.add_metric([name, "unknown"], counters.unknown)
        messages.add_metric([name, "sent"], counters.sent)
        messages.add_metric([name, "send-failed"], counters.send_failures)
        for reason, count in sorted(counters.gaps.items()):
            gaps.add_metric([name, reason], count)
    yield from (live, messages, gaps)


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        f"butlery_{name}", documentation, labels=["repository", *labels]
    )
