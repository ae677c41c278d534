"""What the application holds for one repository label."""

from dataclasses import dataclass

from ..cache import Limits, Repository
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
        limits = settings.limits
        repository = Repository.from_uri(
            label,
            settings.uri,
            poll_seconds=settings.poll_seconds,
            deadline_seconds=settings.deadline_seconds,
            policies=settings.rules,
            limits=Limits(limits.entries, limits.bytes, limits.reads),
        )
        signer = UrlSigner(config.url_signing_key.encode(), config.url_lifetime_seconds)
        access = FileAccess(
            label, repository.datastores, signer, settings.outside_roots
        )
        return cls(repository, access)
