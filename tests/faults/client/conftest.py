"""Both clients, and a repository whose server does what a test wants."""

from tests.client.files.conftest import hostile, side

__all__ = ["hostile", "side"]
