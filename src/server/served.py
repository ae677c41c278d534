"""What the application holds for one repository label."""

from dataclasses import dataclass

from ..cache import Repository
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
        repository = Repository.from_uri(
            label, settings.uri, poll_seconds=settings.poll_seconds
        )
        signer = UrlSigner(config.url_signing_key.encode(), config.url_lifetime_seconds)
        access = FileAccess(
            label, repository.datastores, signer, settings.outside_roots
        )
        return cls(repository, access)
