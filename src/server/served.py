"""What the application holds for one repository label."""

from pathlib import Path

from cachetools import LRUCache

from ..cache import Limits, Lookups, Pace, Repository, Sight, Zoning
from .access import Reader, Rights
from .config import RepositorySettings, ServerConfig
from .files.access import FileAccess
from .files.signing import UrlSigner

_MOST_READERS = 4096


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
    ) -> None:
        self.repository = repository
        self.files = files
        self.lookups = repository if lookups is None else lookups
        self._rights = rights
        self._seen_by: LRUCache[Sight, Served] = LRUCache(_MOST_READERS)

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
        signer = UrlSigner(config.url_signing_key.encode(), config.url_lifetime_seconds)
        access = FileAccess(
            label, repository.datastores, signer, settings.outside_roots
        )
        is_open = config.access.kind == "none"
        rights = Rights(label, settings.access, is_open=is_open)
        return cls(repository, access, rights)

    def seen_by(self, reader: Reader) -> "Served":
        """Return the same for a reader, who is told nothing of what they may not see.

        Raises
        ------
        ForbiddenError
            If they may not open the repository.
        """
        sight = self._rights.sight(reader)
        if sight is None:
            return self
        seen = self._seen_by.get(sight)
        if seen is None:
            lookups = self.repository.seen_by(sight)
            seen = Served(self.repository, self.files, self._rights, lookups)
            self._seen_by[sight] = seen
        return seen


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
