"""How the client names itself to servers."""

from .. import __version__


def user_agent() -> str:
    """Return the name and version that go with each request."""
    return f"butlery-client/{__version__}"
