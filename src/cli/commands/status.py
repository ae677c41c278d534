"""``butlery status``: what every server serves, and how it goes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..admin import admin_options

if TYPE_CHECKING:
    from ...protocol.admin import (
        IndexStatus,
        PolicyStatus,
        RepositoryStatus,
        ServerStatus,
        StatusResponse,
    )
    from ..admin import AdminConnection, Showing

_MIB = 1024 * 1024


@click.command(short_help="Show what every server serves, and how it goes.")
@click.argument("repository", metavar="[LABEL]", required=False)
@admin_options
def status(
    admin: "AdminConnection", showing: "Showing", repository: str | None
) -> bool:
    """Show what every server serves, and how it goes.

    With LABEL: of that repository only. Fails if a server does not answer, which is
    then named.
    """
    import msgspec

    from ...protocol.admin import StatusResponse

    found = admin.get("/status", StatusResponse)
    if repository is not None:
        servers = [_only(server, repository) for server in found.servers]
        found = msgspec.structs.replace(found, servers=servers)
        if not any(server.repositories for server in servers):
            showing.mishap(f"no server serves a repository {repository!r}")
            return False
    if showing.as_json:
        showing.document(found)
    else:
        _show(showing, found)
    for server in found.silent:
        showing.mishap(f"no answer from {server}")
    return not found.silent


def _only(server: "ServerStatus", label: str) -> "ServerStatus":
    import msgspec

    kept = [r for r in server.repositories if r.label == label]
    return msgspec.structs.replace(server, repositories=kept)


def _show(showing: "Showing", found: "StatusResponse") -> None:
    pairs = [(s.server, r) for s in found.servers for r in s.repositories]
    columns = ["server", "repository", "state", "version", "definitions", "checked"]
    showing.table(columns, ([server, *_freshness(r)] for server, r in pairs))
    showing.line("")
    columns = ["server", "repository", "entries", "MiB", "hits", "SQL", "connections"]
    showing.table(columns, ([server, *_figures(r)] for server, r in pairs))
    for label, one in {r.label: r for _, r in pairs}.items():
        showing.line("")
        for line in _describe(label, one):
            showing.line(line)
    kinds = ["server", "repository", "kind", "policy", "hits", "misses", "shared"]
    kinds += ["stored", "lost", "dropped", "bypassed", "failed"]
    showing.line("")
    showing.table(kinds, _counts(found))
    showing.line("")
    for server in found.servers:
        showing.line(_describe_stream(server))


def _freshness(one: "RepositoryStatus") -> list[str]:
    return [
        one.label,
        one.state,
        str(one.version),
        _ago(one.definitions_age_seconds),
        _ago(one.checked_seconds_ago),
    ]


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s ago"


def _figures(one: "RepositoryStatus") -> list[str]:
    kept, database = one.kept, one.database
    hits = sum(c.hits for c in kept.counts)
    asked = hits + sum(c.misses + c.shared + c.bypassed for c in kept.counts)
    return [
        one.label,
        f"{kept.entries}/{kept.max_entries}",
        f"{kept.bytes / _MIB:.1f}/{kept.max_bytes / _MIB:.0f}",
        f"{100 * hits / asked:.1f} %" if asked else "-",
        str(database.statements),
        f"{database.in_use}/{database.max_connections}",
    ]


def _describe(label: str, one: "RepositoryStatus") -> Iterator[str]:
    yield f"{label}: {one.uri}"
    yield f"  database {one.database.url}, identity {one.identity}"
    counts = ", ".join(f"{n} {p}" for p, n in one.collections_by_policy.items())
    yield f"  collections: {counts}"
    for rule in one.rules:
        yield f"  rule: {_rule(rule)}"
    for thing in one.unmarked:
        yield f"  no longer permanent, for it has changed: {thing}"
    if one.index is not None:
        yield from _describe_index(one.index)


def _describe_index(index: "IndexStatus") -> Iterator[str]:
    size = f"{index.datasets} datasets, {index.bytes / _MIB:.1f} MiB"
    yield f"  index: {index.name} ({size})" if index.name else "  index: none"
    for thing in index.overruled:
        yield f"  no longer taken from the index: {thing}"
    for reason in index.refused:
        yield f"  refused: {reason}"


def _rule(rule: "PolicyStatus") -> str:
    parts = [
        f"{kind} {' '.join(globs)}"
        for kind, globs in (
            ("collections", rule.collections),
            ("dataset types", rule.dataset_types),
            ("dimensions", rule.dimensions),
        )
        if globs
    ]
    return f"{rule.policy}: {'; '.join(parts)}"


def _counts(found: "StatusResponse") -> Iterator[list[object]]:
    for server in found.servers:
        for one in server.repositories:
            for c in one.kept.counts:
                names = [server.server, one.label, c.kind, c.policy]
                answered = [c.hits, c.misses, c.shared]
                kept = [c.stored, c.lost, c.dropped]
                yield [*names, *answered, *kept, c.bypassed, c.failed]


def _describe_stream(server: "ServerStatus") -> str:
    stream = server.stream
    if stream is None:
        return f"{server.server}: no stream; it is alone"
    gaps = ", ".join(f"{n} {reason}" for reason, n in stream.gaps.items()) or "none"
    return (
        f"{server.server}: stream {'live' if stream.live else 'away'}, "
        f"{stream.received} received, {stream.sent} sent, "
        f"{stream.send_failures} failed, gaps: {gaps}; "
        f"heard: {', '.join(stream.publishers) or 'nobody'}"
    )
