"""What both clients are promised, by the fake server as by a real one."""

import asyncio
from collections.abc import Iterator

import pytest
from lsst.daf.butler import Butler as StockButler
from lsst.daf.butler import DatasetNotFoundError as StockNotFoundError

from butlery.client import (
    AsyncButler,
    Butler,
    DatasetNotFoundError,
    MissingCollectionError,
    MissingDatasetTypeError,
)

from .content import IDS


@pytest.fixture
def butler(url: str) -> Iterator[Butler]:
    with Butler(url, collections="chain/outer") as butler:
        yield butler


def test_a_chain_is_searched_in_its_order(butler: Butler) -> None:
    found = butler.find_dataset("bias", detector=2)
    assert found is not None
    assert (found.id, found.run) == (IDS[2], "runs/second")


def test_instruments_that_all_collections_share_need_not_be_given(
    butler: Butler,
) -> None:
    found = butler.find_dataset("summary", visit=7)
    assert found is not None
    assert found.dataId["band"] == "i"


def test_what_is_missing_is_an_error_of_its_kind(butler: Butler) -> None:
    assert butler.find_dataset("bias", detector=3) is None
    assert not butler.exists("bias", detector=3)
    with pytest.raises(DatasetNotFoundError):
        butler.getURI("bias", detector=3)
    with pytest.raises(MissingDatasetTypeError):
        butler.get_dataset_type("nope")
    with pytest.raises(MissingCollectionError):
        butler.find_dataset("bias", detector=1, collections="nope")


def test_files_are_there(butler: Butler) -> None:
    assert butler.exists("bias", detector=1)


def test_a_tree_shows_chains_and_their_members(butler: Butler) -> None:
    assert repr(butler.collections.tree("chain/outer")).splitlines() == [
        "chain/outer CHAINED",
        "├── chain/inner CHAINED",
        "│   └── runs/second RUN",
        "└── runs/first RUN",
    ]
    tops = [node.name for node in butler.collections.tree().roots]
    assert sorted(tops) == ["chain/outer", "other"]


def test_both_clients_show_the_same_tree(butler: Butler, url: str) -> None:
    async def asynchronous() -> str:
        async with AsyncButler(url) as other:
            return repr(await other.collections.tree("ch*"))

    assert asyncio.run(asynchronous()) == repr(butler.collections.tree("ch*"))


def test_the_stock_client_finds_and_reads(url: str) -> None:
    with StockButler.from_config(url, collections="chain/outer") as butler:
        assert butler.get("bias", detector=2) == {"level": [3]}
        assert butler.get("bias", detector=1) == {"level": 1}
        ref = butler.get_dataset(IDS[4])
        assert ref is not None
        assert butler.get(ref) == {"a": "b" * 5000}
        assert butler.exists(ref)
        found = butler.find_dataset("summary", visit=7, dimension_records=True)
        assert found is not None
        visit = found.dataId.records["visit"]
        assert visit is not None
        assert visit.name == "seven"
        with pytest.raises(StockNotFoundError):
            butler.get("bias", detector=3)
