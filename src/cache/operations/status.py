"""Describes a repository as this process has it, for operators; asks no database."""

import asyncio
import math
from collections import Counter
from dataclasses import asdict
from urllib.parse import urlsplit, urlunsplit

from ...protocol.admin import (
    DatabaseStatus,
    IndexStatus,
    KeptStatus,
    KindCounts,
    PolicyStatus,
    RepositoryStatus,
    StreamStatus,
)
from ...registry import POOL_SIZE, Registry
from ..answers import Answers
from ..bus import ChangeStream
from ..policies import Policies
from ..repository import Repository
from ..snapshot import Snapshot

_AT_ONCE = 2_000


async def describe(repository: Repository) -> RepositoryStatus:
    """Return what an operator wants to know of a repository."""
    keeper = repository.keeper
    snapshot = keeper.snapshot
    policies = repository.view(snapshot).policies
    return RepositoryStatus(
        label=repository.label,
        uri=_without_password(repository.registry.config.uri),
        identity=repository.registry.identity,
        state=keeper.state,
        version=snapshot.version,
        revision=keeper.revision.token,
        definitions_age_seconds=_finite(keeper.definitions_seconds_ago),
        checked_seconds_ago=_finite(keeper.checked_seconds_ago),
        collections_by_policy=await _count_by_policy(snapshot, policies),
        rules=[
            PolicyStatus(
                rule.policy,
                list(rule.collections),
                list(rule.dataset_types),
                list(rule.dimensions),
            )
            for rule in policies.rules
        ],
        unmarked=[f"{kind} {name}" for kind, name in sorted(policies.unmarked)],
        kept=_describe_answers(repository.answers),
        database=_describe_database(repository.registry, repository.answers.reading),
        index=_describe_index(repository),
    )


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def describe_stream(stream: ChangeStream) -> StreamStatus:
    """Return what a stream has carried so far."""
    counters = stream.counters
    return StreamStatus(
        live=stream.live,
        publishers=stream.publishers(),
        received=counters.received,
        sent=counters.sent,
        send_failures=counters.send_failures,
        duplicates=counters.duplicates,
        reordered=counters.reordered,
        unknown=counters.unknown,
        gaps={str(reason): n for reason, n in counters.gaps.items()},
    )


def _without_password(uri: str) -> str:
    """Return a URI as everybody may see it."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


async def _count_by_policy(snapshot: Snapshot, policies: Policies) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for number, name in enumerate(snapshot.collections.by_name):
        counts[policies.of_collection(name)] += 1
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return {str(policy): n for policy, n in sorted(counts.items())}


def _describe_answers(answers: Answers) -> KeptStatus:
    return KeptStatus(
        entries=len(answers),
        max_entries=answers.limits.entries,
        bytes=answers.size_bytes,
        max_bytes=answers.limits.bytes,
        counts=[
            KindCounts(kind, policy, **asdict(counts))
            for (kind, policy), counts in sorted(answers.counts.items())
        ],
        drops=dict(answers.generations.drops),
    )


def _describe_index(repository: Repository) -> IndexStatus | None:
    if repository.indexes is None:
        return None
    mount, mounted = repository.mount, repository.indexes.mounted
    return IndexStatus(
        name=mounted.name if mounted else None,
        datasets=mounted.datasets if mounted else 0,
        bytes=mounted.size_bytes if mounted else 0,
        moment=mounted.moment if mounted else "",
        overruled=[f"{kind} {name}" for kind, name in sorted(mount.overruled)],
        refused=list(repository.indexes.refused),
    )


def _describe_database(registry: Registry, reading: int) -> DatabaseStatus:
    in_use, idle = registry.database.connections
    return DatabaseStatus(
        url=registry.database.url.render_as_string(hide_password=True),
        statements=registry.database.statements,
        reading=reading,
        connections=in_use + idle,
        in_use=in_use,
        max_connections=POOL_SIZE,
    )
