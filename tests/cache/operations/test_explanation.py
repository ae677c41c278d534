"""An explanation tells the same as a lookup, and why."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from butlery.cache import Repository
from butlery.cache.operations import Warming, explain
from butlery.cache.policies import Policies, Policy, PolicyRule
from butlery.protocol.admin import ExplainRequest, Explanation, WarmRequest
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.scalars import UNBOUNDED
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 2}


@pytest.fixture
async def fresh(shared: OwnRepository, closing_stack: AsyncExitStack) -> Repository:
    rules = [PolicyRule(Policy.PERMANENT, ["runs/*"])]
    return await open_repository(
        closing_stack, shared.root, poll_seconds=3600, policies=Policies(rules)
    )


async def ask(
    repository: Repository,
    name: str,
    data_id: RequestDataId,
    collections: list[str],
    **options: Any,
) -> Explanation:
    request = ExplainRequest(name, data_id, collections, **options)
    return await explain(repository, request)


def steps(explanation: Explanation) -> dict[str, str]:
    return {c.name: c.step for c in explanation.path}


async def test_first_answer_is_the_databases_and_the_next_a_kept_entry(
    fresh: Repository,
) -> None:
    cold = await ask(fresh, "bias", BIAS, ["runs/first"])
    warm = await ask(fresh, "bias", BIAS, ["runs/first"])
    found = await fresh.find_dataset("bias", BIAS, {}, ["runs/first"], None)
    assert found is not None
    for explanation in (cold, warm):
        assert explanation.found == str(found.id)
        assert explanation.run == "runs/first"
        assert not explanation.reasons
        (collection,) = explanation.path
        assert (collection.type, collection.policy) == ("RUN", "permanent")
        assert explanation.version == fresh.keeper.snapshot.version
    assert (cold.source, cold.statements) == ("database", 1)
    assert (warm.source, warm.statements) == ("entry", 0)


async def test_what_was_warmed_is_answered_from_an_entry(fresh: Repository) -> None:
    await Warming(fresh, WarmRequest(["chain/deep"], ["bias"])).run()
    for files in (True, False):
        explanation = await ask(fresh, "bias", BIAS, ["chain/deep"], files=files)
        assert (explanation.source, explanation.statements) == ("entry", 0)


async def test_every_collection_of_the_path_is_explained_in_order(
    fresh: Repository,
) -> None:
    path = ["runs/empty", "calib/main", "runs/second", "runs/first", "tagged/none"]
    explanation = await ask(fresh, "bias", BIAS, path)
    assert list(steps(explanation)) == path
    found = await fresh.find_dataset("bias", BIAS, {}, path, None)
    assert explanation.found == str(found and found.id)
    reasons = {c.name: c.reason for c in explanation.path}
    assert reasons["runs/empty"] == "by its summary it has no bias"
    assert "only if a timespan is given" in reasons["calib/main"]
    assert steps(explanation)["calib/main"] == "skipped"
    order = [steps(explanation)[name] for name in ("runs/second", "runs/first")]
    assert order in (["found", "not reached"], ["searched", "found"])


async def test_chain_is_explained_by_its_members(fresh: Repository) -> None:
    explanation = await ask(fresh, "bias", BIAS, ["chain/deep"])
    snapshot = await fresh.snapshot()
    members = snapshot.collections.search_path(["chain/deep"])
    assert list(steps(explanation)) == [c.name for c in members]


async def test_governor_that_a_collection_does_not_have_is_named(
    fresh: Repository,
) -> None:
    explanation = await ask(fresh, "bias", {**BIAS, "instrument": "X"}, ["runs/first"])
    (collection,) = explanation.path
    assert collection.reason == "by its summary it has nothing with instrument='X'"
    assert explanation.source == "snapshot"
    assert "No collection of the path can have such a dataset" in explanation.reasons[0]


async def test_missing_record_is_named(fresh: Repository) -> None:
    explanation = await ask(fresh, "bias", {**BIAS, "detector": 99}, ["runs/first"])
    assert explanation.found is None
    assert steps(explanation) == {"runs/first": "searched"}
    assert any("99" in reason for reason in explanation.reasons)


async def test_collections_that_may_have_it_are_told(fresh: Repository) -> None:
    explanation = await ask(fresh, "bias", BIAS, ["runs/empty"])
    assert any("runs/first" in reason for reason in explanation.reasons)


async def test_calibration_is_found_with_a_timespan(fresh: Repository) -> None:
    explanation = await ask(fresh, "bias", BIAS, ["calib/main"], timespan=UNBOUNDED)
    assert steps(explanation) in (
        {"calib/main": "found"},
        {"calib/main": "searched"},
    )
    download = await ask(fresh, "bias", BIAS, ["calib/main"], files=True)
    assert steps(download) == steps(explanation)
    no_calibration = await ask(
        fresh, "raw", {**BIAS, "exposure": 100}, ["calib/main"], timespan=UNBOUNDED
    )
    assert "is no calibration" in no_calibration.path[0].reason


@pytest.mark.parametrize(
    ("name", "data_id", "collections", "unknown", "reason"),
    [
        ("bais", BIAS, ["runs/first"], ["bais"], "the nearest is 'bias'"),
        ("bias", BIAS, ["runs/frist"], ["runs/frist"], "the nearest is 'runs/first'"),
        (
            "bias",
            {"instrument": "Cam1", "detctor": 2},
            ["runs/first"],
            ["detctor"],
            "the nearest is 'detector'",
        ),
        ("bias", {"instrument": "Cam1"}, ["runs/first"], [], "'detector'"),
        ("bias", BIAS, [], [], "No collection was given"),
        ("bias", BIAS, ["nothing*"], [], "leads to no collection"),
    ],
)
async def test_reason_of_a_mistake_is_in_plain_words(
    fresh: Repository,
    name: str,
    data_id: RequestDataId,
    collections: list[str],
    unknown: list[str],
    reason: str,
) -> None:
    explanation = await ask(fresh, name, data_id, collections)
    assert explanation.found is None
    assert explanation.unknown == unknown
    assert any(reason in text for text in explanation.reasons), explanation.reasons
