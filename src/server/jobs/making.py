"""Makes the jobs that an operator has configured."""

from collections.abc import Mapping
from pathlib import Path

from ..access import Identities
from ..config import JobSettings
from ..files.signing import UrlSigner
from ..queries import QueryPool
from ..served import Served
from .jobs import Jobs
from .sqlite_store import SqliteJobs
from .store import JobStore


def make_jobs(
    settings: JobSettings,
    redis_url: str | None,
    repositories: Mapping[str, Served],
    identities: Identities,
    pool: QueryPool,
    signer: UrlSigner,
) -> Jobs:
    """Return the jobs of one web process; nothing is opened yet."""
    store: JobStore
    if redis_url is None:
        store = SqliteJobs(Path(settings.folder) / "jobs.sqlite3")
    else:
        from .redis_store import RedisJobs

        store = RedisJobs(redis_url)
    return Jobs(settings, store, repositories, identities, pool, signer)
