"""I1: what a reader may not see is, byte for byte, what does not exist.

The same requests go to the repository as a reader sees it, and to a twin in which
everything that they do not see has never been: its collections were removed by
daf_butler itself.
"""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from astropy.time import Time
from lsst.daf.butler import Butler, Timespan
from lsst.daf.butler._collection_type import CollectionType

from butlery.server.access import TokenFile
from butlery.server.config import (
    AccessRuleSettings,
    AccessSettings,
    RepositoryAccessSettings,
)
from tests.registry.conftest import anyio_backend
from tests.server.access.places import OWN, STOCK, Place, by_uuid, unsigned
from tests.server.web import Answer
from tests.support.repositories import RepositoryShelf

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

GROUPS = {"alice": ("team",), "bob": (), "carol": ("holders",), "root": ("admins",)}
RUNS = ("u/alice/run", "u/bob/run", "g/team/run", "prompt/run", "later/run")
CHAINS = {
    "mixed": ("u/bob/run", "imported_g", "later/run", "g/team/run", "prompt/run"),
    "u/alice/chain": ("imported_r", "u/alice/run", "imported_g"),
    "later/chain": ("later/run", "imported_g"),
    "around": ("later/chain", "imported_r"),
}
ACCESS = RepositoryAccessSettings(
    admin_groups=("admins",),
    rules=(
        AccessRuleSettings("prompt/", groups=("team", "holders")),
        AccessRuleSettings("later/", groups=("holders",)),
    ),
)
HIDDEN = {
    "alice": ("u/bob/", "u/somebody/", "later/"),
    "bob": ("u/alice/", "u/somebody/", "g/team/", "prompt/", "later/"),
    "carol": ("u/alice/", "u/bob/", "u/somebody/", "g/team/"),
    "root": ("no such",),
}
MADE_UP = ("u/nobody/run", "nowhere", "prompt/none")
NAMES = (*RUNS, *CHAINS, *MADE_UP, "imported_g", "tagged", "calib")
_OWN_HEADERS = ("date", "butlery-version", "butlery-revision", "butlery-state")
_DATES = [Time(f"202{year}-01-01T00:00:00", scale="tai") for year in range(4)]
_DAYS = [Timespan(begin, end) for begin, end in pairwise(_DATES)]


def _fill(root: Path) -> None:
    """Put datasets into runs of all kinds, and tag some of them elsewhere."""
    with Butler.from_config(str(root), writeable=True) as butler:
        registry = butler.registry
        registry.registerCollection("tagged", CollectionType.TAGGED)
        for number, run in enumerate(RUNS):
            registry.registerCollection(run, CollectionType.RUN)
            ids = [{"instrument": "Cam1", "detector": d} for d in range(1, 4)]
            made = registry.insertDatasets("bias", ids[number % 2 :], run=run)
            registry.associate("tagged", {1: made[:1], 3: made[-1:]}.get(number, []))
        registry.registerCollection("calib", CollectionType.CALIBRATION)
        for number, run in enumerate(("u/alice/run", "imported_g", "later/run")):
            (ref,) = registry.queryDatasets(
                "bias", collections=run, instrument="Cam1", detector=2
            )
            registry.certify("calib", [ref], _DAYS[number])
        for name, children in CHAINS.items():
            registry.registerCollection(name, CollectionType.CHAINED)
            registry.setCollectionChain(name, children)


def remove(root: Path, prefixes: tuple[str, ...]) -> None:
    """Let collections never have been: out of all chains, and then away."""
    with Butler.from_config(str(root), writeable=True) as butler:
        every = butler.collections.query_info("*", include_chains=True)
        hidden = {info.name for info in every if info.name.startswith(prefixes)}
        for info in every:
            left = [child for child in info.children if child not in hidden]
            if len(left) < len(info.children):
                butler.collections.redefine_chain(info.name, left)
        for kind in (CollectionType.CHAINED, CollectionType.RUN):
            for info in every:
                if info.name in hidden and info.type is kind:
                    if kind is CollectionType.RUN:
                        butler.removeRuns([info.name], unstore=False)
                    else:
                        butler.registry.removeCollection(info.name)


@pytest.fixture(scope="module")
def roots(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Return the repository, and by user what is left for them."""
    whole = repositories.copy("base")
    _fill(whole)
    found = {"": whole}
    for user, prefixes in HIDDEN.items():
        root = tmp_path_factory.mktemp(user) / "repository"
        shutil.copytree(whole, root)
        remove(root, prefixes)
        found[user] = root
    return found


@pytest.fixture(scope="module", params=["dynamic", "permanent"])
async def places(
    roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, request: Any
) -> AsyncIterator[tuple[dict[str, Place], dict[str, str]]]:
    tokens = TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")
    secrets = {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}
    access = AccessSettings(kind="tokens", tokens_file=str(tokens.path))
    permanent = ("imported*",) if request.param == "permanent" else ()
    found = {
        user: Place(
            root,
            AccessSettings() if user else access,
            RepositoryAccessSettings() if user else ACCESS,
            permanent,
        )
        for user, root in roots.items()
    }
    async with AsyncExitStack() as stack:
        for place in found.values():
            await stack.enter_async_context(place.serving.open())
        yield found, secrets


def requests_of(ids: list[UUID]) -> Iterator[tuple[str, str, Any]]:
    """Yield requests to every route that a name or a UUID can be given to."""
    every = [1, 2, 3, 4]
    data_id = {"instrument": "Cam1", "detector": 2}
    globs = ("*", "u/*", "*run", "later*", "g/team/*", "nothing*")
    for name in NAMES:
        yield "GET", f"{STOCK}/collection_summary?name={name}", None
        for option in ("include_parents=1", "include_doc=1"):
            yield "GET", f"{STOCK}/collection_info?name={name}&{option}", None
        for names in ([name], ["imported_g", name], [name, "mixed"]):
            found = {
                "dataset_type": "bias",
                "data_id": data_id,
                "collections": names,
                "timespan": None,
            }
            yield "POST", f"{STOCK}/find_dataset", found
            yield "POST", f"{STOCK}/find_dataset", {**found, "dimension_records": True}
            yield "POST", f"{STOCK}/get_file_by_data_id", found
            items = {"items": [found, {**found, "data_id": {}}]}
            for item in items["items"]:
                item.pop("timespan", None)
            yield "POST", f"{OWN}/find_datasets", items
            yield "POST", f"{OWN}/get_files", items
    for terms, flat in product([*([n] for n in NAMES), *([g] for g in globs)], [0, 1]):
        shape = {"collection_types": every, "flatten_chains": bool(flat)}
        yield (
            "POST",
            f"{STOCK}/query_collection_info",
            {
                "expression": terms,
                **shape,
                "include_chains": True,
                "include_parents": True,
                "include_summary": True,
                "include_doc": True,
                "summary_datasets": None,
            },
        )
        yield (
            "POST",
            f"{STOCK}/query_collections",
            {"search": terms, **shape, "include_chains": not flat},
        )
    yield from by_uuid(ids)
    yield "POST", f"{STOCK}/query_dataset_types", {"search": ["*"]}
    yield "GET", f"{STOCK}/universe", None
    yield "GET", f"{STOCK}/dataset_type/bias", None


def shown(answer: Answer) -> tuple[int, dict[str, str], Any]:
    headers = {n: v for n, v in answer.headers.items() if n not in _OWN_HEADERS}
    if "location" in headers:
        headers["location"] = unsigned(headers["location"].encode()).decode()
    body = unsigned(answer.body)
    headers.pop("content-length", None)  # of signatures that may be of any length
    try:
        content = json.loads(body)
    except ValueError:
        return answer.status, headers, body
    if isinstance(content, dict) and content.get("type") == "dataset_ref":
        content["rows"].sort(key=lambda row: row["id"])  # promised in no order
    return answer.status, headers, content


@pytest.mark.parametrize("user", GROUPS)
async def test_hidden_is_absent_on_every_route(
    places: tuple[dict[str, Place], dict[str, str]], roots: dict[str, Path], user: str
) -> None:
    by_user, secrets = places
    with Butler.from_config(str(roots[""])) as butler:
        refs = butler.registry.queryDatasets("bias", collections=RUNS)
        ids = [*(ref.id for ref in refs), UUID(int=7)]
    everything, token = by_user[""], secrets[user]
    # Another has looked at everything before: that must change nothing.
    for method, path, body in requests_of(ids):
        await everything.ask(secrets["root"], method, path, body)
    count = 0
    for method, path, body in requests_of(ids):
        for _ in range(2):
            ours = await everything.ask(token, method, path, body)
            twin = await by_user[user].ask("", method, path, body)
            status, headers, content = shown(ours)
            expected = shown(twin)
            # How often somebody has asked before is no matter of the reader's rights.
            headers.pop("cache-status", None)
            expected[1].pop("cache-status", None)
            assert (status, headers, content) == expected, (user, path, body)
            count += 1
    assert count > 400


@pytest.mark.parametrize("user", ["alice", "bob", "carol"])
async def test_cache_status_of_hidden_and_made_up_is_the_same(
    places: tuple[dict[str, Place], dict[str, str]], roots: dict[str, Path], user: str
) -> None:
    by_user, secrets = places
    place = by_user[""]
    place.forget()
    hidden = [run for run in RUNS if run.startswith(HIDDEN[user])]
    with Butler.from_config(str(roots[""])) as butler:
        refs = list(butler.registry.queryDatasets("bias", collections=hidden))
    token = secrets[user]
    for number, ref in enumerate(refs):
        for route in ("dataset", "get_file"):
            await place.ask(secrets["root"], "GET", f"{STOCK}/{route}/{ref.id}", None)
            made_up = UUID(int=1000 + number)
            for _ in range(3):
                ours, other = [
                    await place.ask(token, "GET", f"{STOCK}/{route}/{id_}", None)
                    for id_ in (ref.id, made_up)
                ]
                assert ours.headers["cache-status"] == other.headers["cache-status"]
                text = ours.body.replace(str(ref.id).encode(), str(made_up).encode())
                assert (ours.status, text) == (other.status, other.body)


async def test_log_says_who_has_shown_to_be_it(
    places: tuple[dict[str, Place], dict[str, str]],
    roots: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_user, secrets = places
    with Butler.from_config(str(roots[""])) as butler:
        (ref, *_) = butler.registry.queryDatasets("bias", collections="u/alice/run")
    path = f"/api/butler/repo/repo/v1/get_file/{ref.id}"
    answer = await by_user[""].ask(secrets["alice"], "GET", path, None)
    assert answer.status == 200
    log = capsys.readouterr().out
    assert "requester={'username': 'alice', 'service': None}" in log
    assert "somebody" not in log
    assert secrets["alice"] not in log


async def test_who_does_not_say_who_they_are_is_told_nothing(
    places: tuple[dict[str, Place], dict[str, str]],
) -> None:
    place = places[0][""]
    for method, path, body in requests_of([UUID(int=7)]):
        for token in ("", "butlery-wrong"):
            answer = await place.ask(token, method, path, body)
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert set(answer.json) == {"detail"}
    for path in ("/", "/api/butler/repo/repo/butler.yaml", "/health/live"):
        assert (await place.ask("", "GET", path, None)).status == 200
