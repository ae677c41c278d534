"""What the application holds for one repository label."""

from dataclasses import dataclass
from pathlib import Path

from ..cache import Limits, Pace, Repository
from .config import RepositorySettings, ServerConfig
from .files.access import FileAccess
from .files.signing import UrlSigner


@dataclass(frozen=True, slots=True)
class Served:
    """A repository and the way to its files."""

    repository: Repository
    files: FileAccess

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
        return cls(repository, access)


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
    )
