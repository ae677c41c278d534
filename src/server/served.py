"""What the application holds for one repository label."""

import time
from collections.abc import Callable
from pathlib import Path

from ..cache import Limits, Lookups, Pace, Repository, Zoning
from .access import Reader, Rights
from .access.publicity import Publicity
from .config import RepositorySettings, ServerConfig
from .files.access import FileAccess
from .files.purposes import Lifetimes
from .files.recipient import Admission, Recipient, named_groups
from .files.signing import UrlSigner

_MOST_READERS = 10_000


class Served:
    """A repository, the way to its files, and what one reader may look up in it.

    Parameters
    ----------
    repository
        All of it.
    files
        The way to its files.
    rights
        What readers may see.
    groups
        Those that the rules name; `None`: nobody is asked who they are.
    clock
        Seconds since 1970-01-01 UTC.
    query_uri
        Where general queries go.
    has_replica
        Whether that is another node of the database.

    Attributes
    ----------
    lookups
        Those of one reader; to begin with, of somebody who sees everything.
    """

    def __init__(
        self,
        repository: Repository,
        files: FileAccess,
        rights: Rights,
        lookups: Lookups | None = None,
        groups: frozenset[str] | None = None,
        clock: Callable[[], float] = time.time,
        *,
        query_uri: str = "",
        has_replica: bool = False,
    ) -> None:
        self.repository = repository
        self.files = files
        self.lookups = repository if lookups is None else lookups
        self._rights = rights
        self._groups = groups
        self._admission: Admission | None = None
        # Until when, in seconds since 1970-01-01 UTC.
        self._seen_by: dict[Reader, tuple[float, Served]] = {}
        self._clock = clock
        self.query_uri = query_uri
        self.has_replica = has_replica

    @classmethod
    def from_settings(
        cls, label: str, settings: RepositorySettings, config: ServerConfig
    ) -> "Served":
        """Return a repository that is not open yet.

        Raises
        ------
        RepositoryError
            If its configuration cannot be served.
        """
        repository = repository_of(label, settings, config)
        is_open = config.access.kind == "none"
        lifetimes = Lifetimes(
            config.url_lifetime_seconds, config.private_url_lifetime_seconds
        )
        access = FileAccess(
            label,
            repository.datastores,
            UrlSigner(config.url_signing_key.encode(), lifetimes),
            settings.outside_roots,
            settings.stores,
            Publicity(settings.access, is_open=is_open),
            is_cadc=config.authentication == "cadc",
        )
        rights = Rights(label, settings.access, is_open=is_open)
        return cls(
            repository,
            access,
            rights,
            groups=None if is_open else named_groups(settings.access),
            query_uri=settings.query_uri or settings.uri,
            has_replica=settings.query_uri is not None,
        )

    def seen_by(self, reader: Reader) -> "Served":
        """Return the same for a reader, who is told nothing of what they may not see.

        Raises
        ------
        ForbiddenError
            If they may not open the repository.
        """
        known = self._seen_by.get(reader)
        if known is not None and self._clock() < known[0]:
            return known[1]
        sight, until = self._rights.sight(reader)
        if self._groups is None:
            seen = self
        else:
            lookups = None if sight is None else self.repository.seen_by(sight)
            seen = Served(
                self.repository,
                self.files,
                self._rights,
                lookups,
                query_uri=self.query_uri,
                has_replica=self.has_replica,
            )
            seen._admission = Admission(reader, self._groups)
        if len(self._seen_by) >= _MOST_READERS:
            self._seen_by.clear()
        self._seen_by[reader] = until, seen
        return seen

    def recipient(
        self, base_url: str, *, probes: bool = True, many: bool = False
    ) -> Recipient:
        """Return to whom URLs are given: the reader, who reaches this server there.

        Parameters
        ----------
        probes
            Whether they may look with ``HEAD`` whether a file is there.
        many
            Whether they are given URLs by the thousand.
        """
        return Recipient(base_url, self._admission, probes, many)


def repository_of(
    label: str, settings: RepositorySettings, config: ServerConfig
) -> Repository:
    """Return a repository alone, not open yet.

    Raises
    ------
    RepositoryError
        If its configuration cannot be served.
    """
    limits, check = settings.limits, settings.self_check
    share, state = check.share / config.workers, config.state_directory
    return Repository.from_uri(
        label,
        settings.uri,
        poll_seconds=settings.poll_seconds,
        deadline_seconds=settings.deadline_seconds,
        policies=settings.rules,
        limits=Limits(
            entries=limits.entries,
            bytes=limits.bytes,
            whole_bytes=limits.whole_bytes,
            reads=limits.reads,
        ),
        pace=Pace(check.definitions_seconds, check.contents_seconds, share),
        state_directory=Path(state) if state else None,
        indexes=settings.index_place,
        zoning=Zoning([rule.prefix for rule in settings.access.rules]),
    )
