"""What an operator invalidates is read again, and nothing else is."""

from contextlib import AsyncExitStack

import pytest

from butlery.cache import Repository
from butlery.cache.operations import invalidate
from butlery.cache.policies import Policies, Policy, PolicyRule
from butlery.cache.trail import Trail
from butlery.protocol.admin import InvalidateRequest
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import NotFoundError
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 2}


@pytest.fixture
async def permanent(shared: OwnRepository, closing_stack: AsyncExitStack) -> Repository:
    """Open a repository all of which is permanent, with one answer kept."""
    rule = PolicyRule(Policy.PERMANENT, ["*"], ["*"], ["*"])
    return await open_repository(
        closing_stack, shared.root, poll_seconds=3600, policies=Policies([rule])
    )


async def statements_of(repository: Repository, collection: str) -> int:
    trail = Trail()
    await repository.find_dataset("bias", BIAS, {}, [collection], None, trail=trail)
    return trail.misses


@pytest.mark.parametrize(
    ("request_", "is_dropped"),
    [
        (InvalidateRequest(), True),
        (InvalidateRequest(collections=["runs/first"]), True),
        (InvalidateRequest(collections=["runs/*"]), True),
        (InvalidateRequest(collections=["chain/deep"]), True),
        (InvalidateRequest(dataset_types=["bias"]), True),
        (InvalidateRequest(dataset_types=["bi*"]), True),
        (InvalidateRequest(collections=["runs/empty"]), False),
        (InvalidateRequest(dataset_types=["raw"]), False),
        (InvalidateRequest(dimensions=["exposure"]), False),
    ],
    ids=str,
)
async def test_only_what_is_named_is_read_again(
    permanent: Repository, request_: InvalidateRequest, *, is_dropped: bool
) -> None:
    assert await statements_of(permanent, "runs/first") == 1
    assert await statements_of(permanent, "runs/first") == 0
    outcome = await invalidate(permanent, request_)
    assert outcome.ok
    assert outcome.counts["dropped"] == is_dropped
    assert outcome.counts["kept"] == (not is_dropped)
    assert await statements_of(permanent, "runs/first") == is_dropped


async def test_records_of_a_dimension_are_read_again(permanent: Repository) -> None:
    data_id: RequestDataId = {"instrument": "Cam1", "exposure": 100}
    await permanent.expand_data_id(data_id)
    outcome = await invalidate(permanent, InvalidateRequest(dimensions=["exposure"]))
    assert outcome.counts == {"dropped": 1, "dropped records": 1, "kept": 0}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            InvalidateRequest(collections=["runs/frist"]),
            "Unknown collection 'runs/frist'; the nearest is 'runs/first'.",
        ),
        (InvalidateRequest(collections=["x*y"]), "Unknown collection 'x*y'."),
        (
            InvalidateRequest(dataset_types=["biass"]),
            "Unknown dataset type 'biass'; the nearest is 'bias'.",
        ),
        (
            InvalidateRequest(dimensions=["expsure"]),
            "Unknown dimension 'expsure'; the nearest is 'exposure'.",
        ),
    ],
    ids=str,
)
async def test_unknown_name_is_named_and_nothing_is_dropped(
    permanent: Repository, request_: InvalidateRequest, text: str
) -> None:
    await statements_of(permanent, "runs/first")
    with pytest.raises(NotFoundError) as caught:
        await invalidate(permanent, request_)
    assert str(caught.value) == text
    assert await statements_of(permanent, "runs/first") == 0
