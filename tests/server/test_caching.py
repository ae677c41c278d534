"""Who may keep an answer: no cache gives away what is old, or another user's."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar, Request, get, post
from lsst.daf.butler import Butler

from butlery.server import RepositorySettings, ServerConfig, create_app
from butlery.server.caching import CACHING, Cached, Caching
from butlery.server.serving import Serving
from tests.server.asgi import Asked, ask_app
from tests.server.caches import PrivateCache, SharedCache
from tests.server.conftest import Stored, file_url
from tests.server.web import Answer, Web
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

NOBODY = "no-store"
CLIENT = "private, no-cache"
ANYBODY = "no-cache"
FILE = "private, no-store"

REPO = "/api/butler/repo/{repository}"
OWN = "/api/butlery/repo/{repository}/v1"
ID = "00000000-0000-0000-0000-000000000001"
FIND = {
    "dataset_type": "note_yaml",
    "data_id": {"instrument": "Cam1", "detector": 2},
    "collections": ["files/run"],
    "timespan": None,
}
QUERY_INFO = {
    "expression": ["*"],
    "collection_types": [1],
    "flatten_chains": False,
    "include_chains": True,
    "include_parents": True,
    "include_summary": True,
    "include_doc": True,
    "summary_datasets": None,
}
QUERY = {
    "search": ["*"],
    "collection_types": [1],
    "flatten_chains": False,
    "include_chains": False,
}
ITEM = {"dataset_type": "bias", "collections": ["*"], "items": [{"data_id": {}}]}


JOB = "0" * 40
JOBS = "/api/butlery/repo/repo/v1/query/jobs"
JOB_FILES = "/api/butlery/repo/{repository}/files/jobs/{job_id}/{name}"


@dataclass(frozen=True)
class Route:
    """A route of the application, a good request to it, and who may keep the answer."""

    method: str
    path: str
    target: str
    control: str
    body: object = None


def route(path: str, control: str, /, **filled: str) -> Route:
    target = path.format(repository="repo", **filled)
    return Route("GET", path, target + filled.get("query", ""), control)


def posted(path: str, body: object, control: str = CLIENT) -> Route:
    return Route("POST", path, path.format(repository="repo"), control, body)


ROUTES = [
    route("/", ANYBODY),
    route(f"{REPO}/butler.yaml", ANYBODY),
    route(f"{REPO}/butler.json", ANYBODY),
    route("/health/live", NOBODY),
    route("/health/ready", NOBODY),
    route("/metrics", NOBODY),
    route(f"{REPO}/v1/universe", CLIENT),
    route(f"{REPO}/v1/dataset_type/{{name}}", CLIENT, name="bias"),
    route(f"{REPO}/v1/dataset/{{id}}", CLIENT, id=ID),
    route(f"{REPO}/v1/collection_summary", CLIENT, query="?name=runs/first"),
    route(f"{REPO}/v1/collection_info", CLIENT, query="?name=runs/first"),
    route(f"{REPO}/v1/get_file/{{dataset_id}}", NOBODY, dataset_id="{stored}"),
    route(f"{REPO}/v1/dataset/{{dataset_id}}/download", NOBODY, dataset_id="{stored}"),
    route(f"{REPO}/files/{{place}}/{{name}}", FILE, place="", name="{file}"),
    route(f"{OWN}/find_datasets", CLIENT, query="?data_id={{}}"),
    route(f"{OWN}/get_files", NOBODY, query="?id={stored}"),
    route("/api/butler/configs/{file_path}", ANYBODY, file_path="index.yaml"),
    route("/schema/{path}", NOBODY, path="nothing"),
    *(
        route(f"/schema{page}", ANYBODY)
        for page in (
            *("", "/elements", "/rapidoc", "/swagger", "/redoc"),
            *("/openapi.yml", "/openapi.yaml", "/openapi.json"),
            "/oauth2-redirect.html",
        )
    ),
    posted(f"{REPO}/v1/expand_data_id", {"data_id": {}}),
    posted(f"{REPO}/v1/query_dataset_types", {"search": ["*"]}),
    posted(f"{REPO}/v1/datasets", {"dataset_ids": [ID]}),
    posted(f"{REPO}/v1/find_dataset", FIND),
    posted(f"{REPO}/v1/query_collection_info", QUERY_INFO),
    posted(f"{REPO}/v1/query_collections", QUERY),
    posted(f"{REPO}/v1/get_file_by_data_id", FIND, NOBODY),
    posted(f"{REPO}/v1/file_transfer", {"dataset_ids": [ID]}, NOBODY),
    *(
        posted(f"{REPO}/v1/query/{query}", {}, NOBODY)
        for query in ("execute", "count", "any", "explain", "all_datasets")
    ),
    posted(f"{OWN}/find_datasets", ITEM),
    posted(f"{OWN}/get_files", ITEM, NOBODY),
    posted(f"{OWN}/query/jobs", {}, NOBODY),
    route(f"{OWN}/query/jobs", NOBODY),
    route(f"{OWN}/query/jobs/{{job_id}}", NOBODY, job_id=JOB),
    Route("DELETE", f"{OWN}/query/jobs/{{job_id}}", f"{JOBS}/{JOB}", NOBODY),
    Route("POST", f"{OWN}/query/jobs/{{job_id}}/phase", f"{JOBS}/{JOB}/phase", NOBODY),
    route(JOB_FILES, NOBODY, job_id=JOB, name="part-00001.jsonl"),
]
by_route = pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{route.method} {route.path}"
)


@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
def test_no_route_is_left_out() -> None:
    config = ServerConfig({"r": RepositorySettings("x")}, configs_directory="static")
    app = create_app(config, Serving({}))
    own = {(r.method, r.path) for r in ROUTES}
    found = {
        (method, found.path_format)
        for found in app.routes
        for method in found.methods
        if method not in {"OPTIONS", "HEAD"}
    }
    assert own == found


def target_of(route: Route, web: Web, stored: Stored) -> str:
    id_ = stored.ids["plain.bin"]
    if route.target.endswith("{file}"):
        return file_url(web, id_)
    return route.target.replace("{stored}", id_)


def ask(web: Web, route: Route, target: str, **headers: str) -> Answer:
    if route.method == "GET":
        return web.get(target, **headers)
    if route.method == "DELETE":
        return web.ask("DELETE", target)
    return web.post(target, route.body, **headers)


@by_route
def test_every_answer_says_who_may_keep_it(
    web: Web, stored: Stored, route: Route
) -> None:
    answer = ask(web, route, target_of(route, web, stored))
    assert answer.status < 300 or route.control == NOBODY, answer
    assert answer.headers["cache-control"] == route.control


@by_route
def test_what_may_be_kept_has_a_tag_and_nothing_else_has(
    web: Web, stored: Stored, route: Route
) -> None:
    target = target_of(route, web, stored)
    answer = ask(web, route, target)
    if route.method != "GET" or route.control == NOBODY:
        assert "etag" not in answer.headers
        return
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = ask(web, route, target, if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == route.control
        assert ("butlery-revision" in again.headers) == (
            "butlery-revision" in answer.headers
        )
        assert "transfer-encoding" not in again.headers
    other = ask(web, route, target, if_none_match='"other"')
    assert (other.status, other.body) == (200, answer.body)


def test_answer_after_an_unchanged_one_is_whole(web: Web) -> None:
    """No byte of a body that was not sent is left in the connection."""
    target = "/api/butler/repo/repo/v1/universe"
    first = web.get(target)
    assert web.get(target, if_none_match=first.headers["etag"]).status == 304
    assert web.get(target).body == first.body


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/butler/repo/none/v1/universe", 404),
        ("GET", "/api/butler/repo/repo/v1/dataset/nonsense", 422),
        ("GET", "/api/butler/repo/repo/v1/dataset_type/none", 422),
        ("GET", "/api/butler/repo/repo/files/0/plain.bin", 403),
        ("GET", "/api/butler/repo/repo/files/0/plain.bin?Expires=1&Signature=x", 403),
        ("GET", "/api/butler/configs/nowhere.yaml", 404),
        ("DELETE", "/api/butler/repo/repo/v1/universe", 405),
        ("HEAD", "/api/butler/repo/repo/v1/universe", 405),
        ("POST", "/api/butler/repo/repo/v1/find_dataset", 422),
        ("POST", "/api/butler/repo/repo/v1/query/any", 422),
    ],
)
def test_nobody_keeps_an_error(web: Web, method: str, target: str, status: int) -> None:
    for headers in ({}, {"if-none-match": "*"}):
        answer = web.ask(method, target, headers={"content-length": "0", **headers})
        assert answer.status == status
        assert answer.headers["cache-control"] == NOBODY
        assert "etag" not in answer.headers


def test_error_of_a_file_is_kept_by_nobody(web: Web, stored: Stored) -> None:
    target = file_url(web, stored.ids["plain.bin"])
    answer = web.get(target, range="bytes=999999999-")
    assert (answer.status, answer.headers["cache-control"]) == (416, NOBODY)
    part = web.get(target, range="bytes=1-2")
    assert (part.status, part.headers["cache-control"]) == (206, FILE)


def test_changed_answer_is_sent_anew(repositories: RepositoryShelf) -> None:
    root = repositories.copy("base")
    target = "/api/butler/repo/repo/v1/collection_info?name=runs/first&include_doc=1"
    server = ButleryServer.start(root)
    try:
        with closing(Web(server)) as web:
            cache = PrivateCache(lambda t, h: web.ask("GET", t, headers=h))
            for text in ("first", "second", "third", "first"):
                with Butler.from_config(str(root), writeable=True) as butler:
                    butler.registry.setCollectionDocumentation("runs/first", text)
                for _ in range(2):
                    assert cache.get(target).json["doc"] == text
            assert cache.spared == 4
    finally:
        server.stop()


# Two users of one application, whose answers are each one's own where they may be.
USERS = ("ada", "bo")
World = dict[str, int]


def build(world: World) -> Litestar:
    def policy(path: str, caching: Caching | None, *, own: bool) -> Any:
        opt = {} if caching is None else {CACHING: caching}

        @get(path, opt=opt, media_type="text/plain")
        async def answer(request: Request[Any, Any, Any]) -> str:
            user = request.headers.get("cookie", "")
            return f"{path} {world['version']} {user if own else ''}"

        return answer

    @post("/client", status_code=200, opt={CACHING: Caching.CLIENT})
    async def posted(request: Request[Any, Any, Any]) -> str:
        return f"{world['version']} {request.headers.get('cookie', '')}"

    return Litestar(
        [
            policy("/client", Caching.CLIENT, own=True),
            policy("/nobody", Caching.NOBODY, own=True),
            policy("/undeclared", None, own=True),
            policy("/file", Caching.FILE, own=True),
            policy("/anybody", Caching.ANYBODY, own=False),
            posted,
        ],
        openapi_config=None,
    )


PATHS = ("/client", "/nobody", "/undeclared", "/file", "/anybody", "/none")


def play(app: Any, world: World, seed: int) -> Iterator[tuple[Answer, Answer]]:
    """Yield what users get through caches, and what they would get without."""
    chance = random.Random(seed)
    direct: Asked = ask_app(app)
    shared = SharedCache(direct)
    own = {user: PrivateCache(shared.fetch) for user in USERS}
    for _ in range(300):
        if chance.random() < 0.1:
            world["version"] += 1
        user, path = chance.choice(USERS), chance.choice(PATHS)
        # By cookie: that alone keeps no answer out of a shared cache.
        headers = {"cookie": user}
        get_: Callable[..., Answer] = chance.choice([own[user].get, shared.get])
        yield get_(path, headers), direct("GET", path, headers)


def same(pairs: Iterator[tuple[Answer, Answer]]) -> bool:
    return all(
        (got.status, got.body) == (meant.status, meant.body) for got, meant in pairs
    )


@pytest.mark.parametrize("seed", range(5))
def test_no_cache_gives_away_what_is_old_or_another_users(seed: int) -> None:
    world = {"version": 1}
    assert same(play(Cached(build(world)), world, seed))


def test_without_the_headers_the_same_caches_do() -> None:
    world = {"version": 1}
    assert not same(play(build(world), world, 0))


def test_caches_of_the_model_do_keep_something() -> None:
    world = {"version": 1}
    direct = ask_app(Cached(build(world)))
    shared = SharedCache(direct)
    own = PrivateCache(lambda target, headers: direct("GET", target, headers))
    for _ in range(3):
        shared.get("/anybody", {})
        own.get("/client", {})
        own.get("/file", {})
    assert (shared.spared, own.spared) == (2, 2)
