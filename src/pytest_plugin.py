"""Fixtures for the tests of those who use the client; pytest finds them by itself.

Every pytest of an environment that has this package imports this module, and so it
imports nothing.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client.testing import FakeButlerServer


@pytest.fixture
def butlery_server() -> "Iterator[FakeButlerServer]":
    """Give a Butler server with nothing in it, which the test fills."""
    from .client.testing import FakeButlerServer

    with FakeButlerServer() as server:
        yield server
