"""The cache's tests open repositories as the registry's tests do."""

from tests.registry.conftest import (
    anyio_backend,
    closing_stack,
    own_repository,
    repository,
    shared,
)

__all__ = ["anyio_backend", "closing_stack", "own_repository", "repository", "shared"]
