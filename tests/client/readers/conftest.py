import pytest

from butlery.client.readers import Readers
from tests.client.readers.stock import Stock


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(tmp_path_factory.mktemp("stock"))


@pytest.fixture
def readers() -> Readers:
    return Readers()
