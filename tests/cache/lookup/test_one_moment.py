"""What is kept and what is read now are of one moment, and so are their records."""

from contextlib import AsyncExitStack

import pytest
from lsst.daf.butler import Butler, DatasetRef, DatasetType
from lsst.daf.butler._collection_type import CollectionType

from butlery.cache import Policy, PolicyRule
from tests.cache.writing import BIAS, OTHER_BIAS, open_with, put, write
from tests.registry.opening import OwnRepository, copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

KEPT, VOLATILE = "tagged/kept", "tagged/volatile"
NEW_VISIT = 999


@pytest.fixture
def own(repositories: RepositoryShelf, postgres: PostgresCluster) -> OwnRepository:
    """Only PostgreSQL answers without a look: its poll never comes here."""
    return copy_repository(repositories, postgres, "postgresql")


async def test_move_from_a_volatile_to_a_kept_collection_is_never_nowhere(
    own: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    def prepare(butler: Butler) -> DatasetRef:
        for name in (KEPT, VOLATILE):
            butler.collections.register(name, CollectionType.TAGGED)
        ref = put(butler, "user/source", BIAS)
        butler.registry.associate(VOLATILE, [ref])
        # Otherwise its summary excludes the collection from the search.
        butler.registry.associate(KEPT, [put(butler, "user/source", OTHER_BIAS)])
        return ref

    def move(butler: Butler) -> None:
        butler.registry.associate(KEPT, [ref])
        butler.registry.disassociate(VOLATILE, [ref])

    ref = await write(own, prepare)
    repository = await open_with(
        closing_stack, own, PolicyRule(Policy.VOLATILE, [VOLATILE]), poll_seconds=3600
    )
    for change in (None, move):
        if change is not None:
            await write(own, change)
        found = await repository.find_dataset("bias", BIAS, {}, [KEPT, VOLATILE], None)
        assert found is not None
        assert found.id == ref.id


async def test_band_of_a_new_filter_is_never_missing(
    own: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    def prepare(butler: Butler) -> int:
        type_ = DatasetType(
            "picture",
            ("instrument", "visit", "detector"),
            "StructuredDataDict",
            universe=butler.dimensions,
        )
        butler.registry.registerDatasetType(type_)
        visit: int = min(
            record.id
            for record in butler.registry.queryDimensionRecords(
                "visit", instrument="Cam1"
            )
        )
        put(butler, "user/images", {**BIAS, "visit": visit}, "picture")
        return visit

    def add_filter(butler: Butler) -> None:
        insert = butler.registry.insertDimensionData
        insert(
            "physical_filter", {"instrument": "Cam1", "name": "Cam1-New", "band": "q"}
        )
        (record,) = butler.registry.queryDimensionRecords(
            "visit", instrument="Cam1", visit=visit
        )
        new = {"id": NEW_VISIT, "name": "new", "physical_filter": "Cam1-New"}
        insert("visit", {**record.toDict(), **new})
        put(butler, "user/images", {**BIAS, "visit": NEW_VISIT}, "picture")

    visit = await write(own, prepare)
    repository = await open_with(closing_stack, own, poll_seconds=3600)
    await write(own, add_filter)
    data_id = {**BIAS, "visit": NEW_VISIT}
    for records in (False, True):
        found = await repository.find_dataset(
            "picture", data_id, {}, ["user/images"], None, records=records
        )
        assert found is not None
        assert found.data_id.data_id["band"] == "q"
