"""Makes what a worker is asked from what a reader has sent: the one place for it."""

from ...cache import Trail
from ...protocol.query_work import PartsTarget, QueryKind, QueryWork
from ..served import Served
from .pool import QueryPool


async def query_work(
    kind: QueryKind,
    body: bytes,
    served: Served,
    trail: Trail,
    pool: QueryPool,
    parts: PartsTarget | None = None,
) -> QueryWork:
    """Return a query of a reader.

    Parameters
    ----------
    served
        As they see it.
    parts
        Where the answer is written to, if it is not sent.
    """
    snapshot = await served.lookups.snapshot(trail)
    trail.bypassed = 1
    schema, definitions = pool.editions.of(served.repository.label, snapshot)
    settings = pool.settings
    return QueryWork(
        served.query_uri,
        kind,
        body,
        schema,
        # A replica may be behind: what a worker has kept of it is never new enough.
        0 if served.has_replica else definitions,
        settings.max_rows,
        settings.max_bytes,
        served.lookups.query_sight,
        parts,
    )
