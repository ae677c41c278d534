"""A night under embargo is, byte for byte, a night that has not been observed.

The twin is the same repository before the night was written into it.
"""

import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lsst.daf.butler import Butler, DatasetRef, DatasetType
from lsst.daf.butler._collection_type import CollectionType

from butlery.cache import Policy
from butlery.server.access import TokenFile
from butlery.server.config import (
    AccessSettings,
    EmbargoSettings,
    IndexSettings,
    PolicySettings,
    RepositoryAccessSettings,
)
from tests.cache.index.indexing import new_index
from tests.registry.conftest import anyio_backend
from tests.registry.test_columns import insert
from tests.server.access.places import OWN, STOCK, Place, by_uuid
from tests.server.access.test_absence import shown
from tests.support.repositories import RepositoryShelf

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
OPEN_DAY, CLOSED_DAY = (
    int((TODAY - timedelta(days=days)).strftime("%Y%m%d")) for days in (40, 20)
)
ACCESS = RepositoryAccessSettings(
    admin_groups=("admins",),
    embargoes=(
        EmbargoSettings(
            ("Cam1/raw/", "Cam1/prompt"), hours=30 * 24, groups=("summit",)
        ),
    ),
)
GROUPS = {"bob": (), "anne": ("summit",), "root": ("admins",)}
RUNS = ("Cam1/raw/all", "Cam1/prompt", "later")
TYPES = {
    "science": ("instrument", "exposure", "detector"),
    "preview": ("instrument", "visit"),
    "nightly": ("instrument", "day_obs"),
    "preload": ("instrument", "group", "detector"),
}
OPEN, CLOSED, MADE_UP = 1, 2, 3


def _begin(root: Path) -> None:
    with Butler.from_config(str(root), writeable=True) as butler:
        for name in RUNS:
            butler.registry.registerCollection(name, CollectionType.RUN)
        butler.registry.registerCollection("tags", CollectionType.TAGGED)
        butler.registry.registerCollection("nights", CollectionType.CHAINED)
        butler.registry.setCollectionChain("nights", [*RUNS, "tags", "imported_g"])
        for name, dimensions in TYPES.items():
            type_ = DatasetType(
                name,
                dimensions,
                "StructuredDataDictJson",
                universe=butler.dimensions,
                isCalibration=False,
            )
            butler.registry.registerDatasetType(type_)


def _observe(root: Path, number: int, day: int) -> None:
    """Write a night with one exposure and visit."""
    cam = {"instrument": "Cam1"}
    night = {**cam, "day_obs": day, "physical_filter": "Cam1-G"}
    with Butler.from_config(str(root), writeable=True) as butler:
        insert(butler, "day_obs", {**cam, "id": day})
        insert(butler, "group", {**cam, "name": f"g{number}"})
        exposure = {"id": number, "obs_id": f"e{number}", "group": f"g{number}"}
        insert(butler, "exposure", {**night, **exposure, "seq_num": 7})
        insert(butler, "visit", {**night, "id": number, "name": f"v{number}"})
        insert(butler, "visit_definition", {**cam, "exposure": number, "visit": number})
        data_id = {**cam, "exposure": number, "visit": number}
        data_id |= {"day_obs": day, "group": f"g{number}", "detector": 1}
        raws = []
        for run in ("Cam1/raw/all", "later")[: 1 + (number == OPEN)]:
            refs = _write(butler, data_id, run, number)
            raws += [ref for ref in refs if ref.datasetType.name == "science"]
        butler.registry.associate("tags", raws[:1])


def _write(
    butler: Butler, data_id: Mapping[str, Any], run: str, number: int
) -> Iterator[DatasetRef]:
    for name, dimensions in TYPES.items():
        if name == "preload" and number == OPEN:
            continue  # has no night that is known, and so never opens
        own = {dimension: data_id[dimension] for dimension in dimensions}
        yield butler.put({"number": number}, name, own, run=run)


def _settings(kind: str, index: Path) -> dict[str, Any]:
    policy = Policy.PERMANENT if kind == "indexed" else Policy(kind)
    return {
        "policies": (PolicySettings(policy, ("*",), ("*",), ("*",)),),
        "index": IndexSettings(str(index)) if kind == "indexed" else None,
    }


@dataclass
class Places:
    whole: Place
    twin: Place
    secrets: dict[str, str]
    hidden: list[UUID]
    shown: list[UUID]


@pytest.fixture(scope="module", params=["dynamic", "volatile", "permanent", "indexed"])
async def places(
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
    request: Any,
) -> AsyncIterator[Places]:
    twin = repositories.copy("base")
    _begin(twin)
    _observe(twin, OPEN, OPEN_DAY)
    folder = tmp_path_factory.mktemp("embargo")
    whole = folder / "repository"
    shutil.copytree(twin, whole)
    _observe(whole, CLOSED, CLOSED_DAY)
    for root in (twin, whole):
        if request.param == "indexed":
            await new_index(root, folder / f"{root.name}-index")
    tokens = TokenFile(folder / "tokens.json")
    secrets = {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}
    access = AccessSettings(kind="tokens", tokens_file=str(tokens.path))
    kinds = [
        _settings(request.param, folder / f"{root.name}-index")
        for root in (whole, twin)
    ]
    rules = RepositoryAccessSettings()
    async with (
        Place.opened(whole, access, ACCESS, **kinds[0]) as ours,
        Place.opened(twin, AccessSettings(), rules, **kinds[1]) as other,
    ):
        known = _ids(twin)
        new = sorted(_ids(whole) - known)
        assert len(new) == len(TYPES)
        yield Places(ours, other, secrets, new, sorted(known))


def _ids(root: Path) -> set[UUID]:
    with Butler.from_config(str(root)) as butler:
        return {
            ref.id
            for name in TYPES
            for ref in butler.registry.queryDatasets(name, collections=RUNS)
        }


def data_ids() -> Iterator[dict[str, Any]]:
    cam, detector = {"instrument": "Cam1"}, {"detector": 1}
    for number in (OPEN, CLOSED, MADE_UP):
        yield {**cam, **detector, "exposure": number}
        yield {**cam, **detector, "exposure": f"e{number}"}
        yield {**cam, **detector, "exposure.obs_id": f"e{number}"}
        yield {**cam, **detector, "exposure.group": f"g{number}"}
        yield {**cam, **detector, "exposure": number, "seq_num": 8}
        yield {**cam, "visit": number}
        yield {**cam, "visit.name": f"v{number}"}
        yield {**cam, **detector, "group": f"g{number}"}
        yield {**cam, "visit": number, "exposure": number, **detector}
    for day in (OPEN_DAY, CLOSED_DAY, 19990101):
        yield {**cam, "day_obs": day}
        yield {**cam, **detector, "day_obs": day, "seq_num": 7}
        yield {**cam, "day_obs": day, "visit": OPEN}
        yield {**cam, "day_obs.id": day}
    yield {**cam, **detector, "exposure": "e1' OR 1"}
    yield {**cam, **detector, "seq_num": 7}
    yield {**cam, **detector}


def requests_of(ids: list[UUID]) -> Iterator[tuple[str, str, Any]]:
    """Yield requests to every route by which a night could show."""
    searches: list[list[str]] = [
        ["nights"], ["Cam1/raw/all"], ["tags"], ["later", "Cam1*"], ["Cam1/prompt"]
    ]  # fmt: skip
    for data_id, type_ in product(data_ids(), TYPES):
        for names in searches:
            wanted = {
                "dataset_type": type_,
                "data_id": data_id,
                "collections": names,
            }
            single = {**wanted, "timespan": None}
            yield "POST", f"{STOCK}/find_dataset", single
            if names == ["nights"]:
                records = {**single, "dimension_records": True}
                yield "POST", f"{STOCK}/find_dataset", records
                yield "POST", f"{STOCK}/get_file_by_data_id", single
                items = {"items": [wanted]}
                yield "POST", f"{OWN}/find_datasets", items
                yield "POST", f"{OWN}/get_files", items
    for data_id in data_ids():
        yield "POST", f"{STOCK}/expand_data_id", {"data_id": data_id}
        bias = {
            "dataset_type": "bias",
            "data_id": {"detector": 2, **data_id},
            "collections": ["imported_g"],
            "timespan": None,
        }
        yield "POST", f"{STOCK}/find_dataset", bias
        yield "POST", f"{STOCK}/get_file_by_data_id", bias
    yield from by_uuid([*ids, UUID(int=7)])


async def test_a_closed_night_is_absent_on_every_route(places: Places) -> None:
    ids, token = [*places.hidden, *places.shown], places.secrets["bob"]
    # Others, who may, have looked at everything before.
    for user in ("root", "anne"):
        for method, path, body in requests_of(ids):
            await places.whole.ask(places.secrets[user], method, path, body)
    for method, path, body in requests_of(ids):
        for _ in range(2):
            ours = shown(await places.whole.ask(token, method, path, body))
            twin = shown(await places.twin.ask("", method, path, body))
            for _, headers, _ in (ours, twin):
                headers.pop("cache-status", None)  # others have asked before
            assert ours == twin, (path, body)


async def test_cache_status_of_hidden_and_made_up_is_the_same(places: Places) -> None:
    token = places.secrets["bob"]
    repository = places.whole.serving.repositories["repo"].repository
    repository.answers.generations.move_all("test", permanent=True)
    for number, id_ in enumerate(places.hidden):
        for route in ("dataset", "get_file"):
            await places.whole.ask(
                places.secrets["anne"], "GET", f"{STOCK}/{route}/{id_}", None
            )
            made_up = UUID(int=1000 + number)
            for _ in range(3):
                ours, other = [
                    await places.whole.ask(
                        token, "GET", f"{STOCK}/{route}/{each}", None
                    )
                    for each in (id_, made_up)
                ]
                assert ours.headers["cache-status"] == other.headers["cache-status"]
    for route in ("find_dataset", "get_file_by_data_id"):
        for _ in range(3):
            statuses = []
            for number in (CLOSED, MADE_UP):
                data_id = {"instrument": "Cam1", "exposure": number, "detector": 1}
                wanted = {
                    "dataset_type": "science",
                    "data_id": data_id,
                    "collections": ["later", "Cam1/raw/all"],
                    "timespan": None,
                }
                answer = await places.whole.ask(
                    token, "POST", f"{STOCK}/{route}", wanted
                )
                statuses.append(answer.headers["cache-status"])
            assert statuses[0] == statuses[1]


async def test_who_may_sees_the_night_at_once(places: Places) -> None:
    for user in ("anne", "root"):
        for id_ in places.hidden:
            path = f"{STOCK}/dataset/{id_}"
            answer = await places.whole.ask(places.secrets[user], "GET", path, None)
            assert json.loads(answer.body)["dataset_ref"]["id"] == str(id_)


async def test_a_night_opens_by_itself_to_the_second(places: Places) -> None:
    token = places.secrets["bob"]
    served = places.whole.serving.repositories["repo"]
    opens = TODAY + timedelta(days=11, hours=12)
    now = opens.timestamp() - 0.001

    def clock() -> float:
        return now

    async def sees() -> list[bool]:
        paths = [f"{STOCK}/dataset/{id_}" for id_ in places.hidden]
        answers = [await places.whole.ask(token, "GET", p, None) for p in paths]
        data_id = {"instrument": "Cam1", "exposure.obs_id": f"e{CLOSED}", "detector": 1}
        wanted = {
            "dataset_type": "science",
            "data_id": data_id,
            "collections": ["nights"],
            "timespan": None,
        }
        find = f"{STOCK}/find_dataset"
        answers.append(await places.whole.ask(token, "POST", find, wanted))
        contents = [json.loads(answer.body) for answer in answers]
        return [content.get("dataset_ref") is not None for content in contents]

    served._clock = served._rights._clock = clock
    served._seen_by.clear()
    try:
        for _ in range(3):
            assert not any(await sees())
        now = opens.timestamp()
        for _ in range(3):
            # What belongs to a group alone has no night in which it would open.
            assert sorted(await sees()) == [False, True, True, True, True]
    finally:
        served._clock = served._rights._clock = time.time
        served._seen_by.clear()
