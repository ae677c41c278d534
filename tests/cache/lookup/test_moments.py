"""A cold answer is true of one moment: old paths never lead into newer contents."""

from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from butlery.cache import Repository
from butlery.cache.lookup.view import View
from butlery.protocol.dimensions import RequestDataId
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 3}
CHAIN = "chain/moved"
# The ordinary way to replace what a chain leads to: switch, then clean up.
MAKE_CHAIN = f"""
INSERT INTO collection (collection_id, name, type) VALUES (30000, '{CHAIN}', 3);
INSERT INTO collection_chain (parent, position, child)
  SELECT 30000, 0, collection_id FROM collection WHERE name = 'runs/first';
"""
SWITCH = """
UPDATE collection_chain SET child =
  (SELECT collection_id FROM collection WHERE name = 'runs/second')
  WHERE parent = 30000;
"""
CLEAN_UP = """
DELETE FROM dataset WHERE run_id =
  (SELECT collection_id FROM collection WHERE name = 'runs/first');
"""


async def find(repository: Repository) -> UUID | None:
    found = await repository.find_dataset("bias", BIAS, {}, [CHAIN], None)
    return None if found is None else found.id


async def switch_unnoticed(
    own: OwnRepository, stack: AsyncExitStack
) -> tuple[Repository, UUID | None]:
    """Return a repository that has not looked since, and what it should find."""
    own.execute(MAKE_CHAIN)
    repository = await open_repository(stack, own.root, poll_seconds=3600)
    own.execute(SWITCH)
    own.execute(CLEAN_UP)
    fresh = await open_repository(stack, own.root)
    return repository, await find(fresh)


async def test_chain_switched_and_cleaned_up_is_never_empty(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository, expected = await switch_unnoticed(own_repository, closing_stack)
    assert expected is not None
    assert await find(repository) == expected


async def test_without_the_guard_the_same_chain_is_empty(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if own_repository.postgres is None:
        pytest.skip("SQLite is asked before every answer: there is no such window")

    async def anything_goes(_: View, *__: object) -> None:
        return

    monkeypatch.setattr(View, "must_be_now", anything_goes)
    repository, expected = await switch_unnoticed(own_repository, closing_stack)
    assert expected is not None
    assert await find(repository) is None


async def test_unrelated_commits_do_not_renew_the_definitions(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    if own_repository.postgres is None:
        pytest.skip("on SQLite every commit renews them")
    repository = await open_repository(
        closing_stack, own_repository.root, poll_seconds=3600
    )
    before = await repository.snapshot()
    own_repository.execute("CREATE TABLE anything (i integer)")
    found = await repository.find_dataset("bias", BIAS, {}, ["runs/first"], None)
    assert found is not None
    assert await repository.snapshot() is before
