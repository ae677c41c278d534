"""All that one process serves, and what it counts."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from prometheus_client import Metric

from ..cache.follower import ChangeFollower
from ..cache.operations import Operations
from .access import Identities, NoIdentities, identities_of
from .config import JobSettings, QuerySettings, ServerConfig
from .files.purposes import Lifetimes
from .files.signing import UrlSigner
from .following import following
from .jobs import Jobs, make_jobs
from .metrics import collect
from .opening import opening
from .operating import operating
from .queries import QueryPool, collect_queries
from .served import Served
from .siblings import Siblings
from .tally import Tally
from .warm_start import WarmStart


class Serving:
    """What the applications of one process share.

    Parameters
    ----------
    repositories
        By label.
    redis_url
        Where several servers meet, if they do.
    warm
        Collections to be read beforehand, by label.
    identities
        Says who asks; by default nobody is asked.
    queries
        How general queries are run.
    jobs
        How long ones are run as jobs, and what signs the URLs of results; by default
        they are not.

    Attributes
    ----------
    identities
        The same.
    tally
        What became of the requests.
    followers
        Streams that tell of changes, by name; the first carries operators' commands.
    operations
        Commands of operators; `None` until all is open.
    siblings
        The worker processes of this host, and what they count.
    queries
        Runs general queries.
    jobs
        Runs long ones as jobs, if there are jobs.
    """

    def __init__(
        self,
        repositories: Mapping[str, Served],
        redis_url: str | None = None,
        warm: Mapping[str, Sequence[str]] | None = None,
        identities: Identities | None = None,
        queries: QuerySettings | None = None,
        jobs: tuple[JobSettings, UrlSigner] | None = None,
    ) -> None:
        self.identities = identities or NoIdentities()
        self.repositories = repositories
        self.tally = Tally()
        self.followers: Mapping[str, ChangeFollower] = {}
        self.operations: Operations | None = None
        self.siblings = Siblings(self._collect)
        self.queries = QueryPool(queries or QuerySettings())
        self.jobs: Jobs | None = None
        if jobs is not None:
            known = self.repositories, self.identities, self.queries
            self.jobs = make_jobs(jobs[0], redis_url, *known, jobs[1])
        self._redis_url = redis_url
        self._warm_start = WarmStart(warm or {})

    @classmethod
    def from_config(cls, config: ServerConfig) -> Self:
        """Return what a configuration asks for; nothing is opened yet.

        Raises
        ------
        RepositoryError
            If a repository's own configuration cannot be served.
        """
        repositories = {
            label: Served.from_settings(label, settings, config)
            for label, settings in config.repositories.items()
        }
        warm = {label: s.warm for label, s in config.repositories.items()}
        identities, queries = identities_of(config.access), config.queries
        jobs = None
        if config.jobs.folder:
            lifetimes = config.url_lifetime_seconds, config.private_url_lifetime_seconds
            signer = UrlSigner(config.url_signing_key.encode(), Lifetimes(*lifetimes))
            jobs = config.jobs, signer
        return cls(repositories, config.redis_url, warm, identities, queries, jobs)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open every repository and follow its changes, as long as the context lasts.

        Raises
        ------
        RepositoryError
            If one cannot be served.
        """
        async with AsyncExitStack() as stack:
            opened = [served.repository for served in self.repositories.values()]
            await stack.enter_async_context(opening(opened))
            self.followers = await stack.enter_async_context(
                following(opened, self._redis_url)
            )
            self.operations = await stack.enter_async_context(
                operating(
                    {repository.label: repository for repository in opened},
                    next(iter(self.followers.values()), None),
                )
            )
            await stack.enter_async_context(self.siblings.open())
            await stack.enter_async_context(self.queries.open())
            if self.jobs is not None:
                await stack.enter_async_context(self.jobs.open())
            await stack.enter_async_context(
                self._warm_start.run({r.label: r for r in opened})
            )
            yield

    def _collect(self) -> Iterator[Metric]:
        opened = {
            label: served.repository
            for label, served in self.repositories.items()
            if served.repository.is_open
        }
        yield from collect(opened, self.tally, self.followers)
        yield from collect_queries(self.queries)

    @property
    def unready(self) -> str | None:
        """Why this process cannot answer everything yet, or `None`."""
        for label, served in self.repositories.items():
            if not served.repository.is_ready:
                return f"Repository {label!r} is not open."
        for label in self._warm_start.missing:
            return f"Repository {label!r} is not warm yet."
        return None
