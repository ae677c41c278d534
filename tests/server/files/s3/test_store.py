"""A record on S3 becomes the URL that the stock server would sign, or a refusal."""

import random
from functools import cache
from uuid import UUID

import pytest
from lsst.daf.butler import Location
from lsst.resources import ResourcePath
from structlog.testing import capture_logs

from butlery.cache import Dataset
from butlery.protocol.dimensions import DataCoordinate
from butlery.protocol.errors import ForbiddenError, NotFoundError, NotSupportedError
from butlery.registry import DatastoreConfig, FileRecord
from butlery.server.files.access import FileAccess
from butlery.server.files.paths import RecordPath
from butlery.server.files.purposes import Lifetimes, Purpose
from butlery.server.files.recipient import Recipient
from butlery.server.files.s3 import S3Files
from butlery.server.files.signing import UrlSigner
from butlery.server.files.store import Store
from tests.server.files.s3.conftest import ACCESS_KEY, LIFETIME, SECRET, clock

ROOT = "s3://bucket/some/folder"
DATASET = Dataset(UUID(int=7), None, "run", DataCoordinate({}, {}))  # type: ignore[arg-type]
RELATIVE = [
    "run/a.fits",
    "run/a b+c&d=e;f?g@h!.fits",
    "run/größe ☃.fits",
    "run/100%.fits",
    "run/%2e%2e/a.fits",
    "run/a%20b.fits",
    "run/a%2520b%252541.fits",
    "run/a%20b%2Fc.fits?x=1",
    "run/a%20b;c/d;e.fits",
    "run//a.fits",
    "./run/./a.fits",
    "run/../a.fits",
    "run/.hidden/..a/...",
    "run/r#x/a.yaml",
    "a#b#c",
    "a.zip#zip-path=a b/c.fits",
    "a%20b.zip#zip-path=a",
    "run:a/12:30.fits",
    "x" * 900,
]
ABSOLUTE = [
    "s3://bucket/a.fits",
    "s3://bucket/a%20b+c.fits",
    "s3://bucket/a b%c%C3%A9é.fits?x=1",
    "s3://bucket//a//./b.fits",
    "s3://bucket/z.zip#zip-path=a b",
    "s3://bucket/a;b/c;d",
]
ROOTS = [
    ROOT,
    f"{ROOT}/",
    "s3://bucket",
    "s3://bucket/",
    "s3://bucket//a//b/./c/",
    "s3://bucket/a%20b/ü +/",
]


def stock_url(root: str | None, path: str) -> str:
    start = None if root is None else ResourcePath(root, forceDirectory=True)
    uri = Location(start, path, trusted_path=True).uri
    url: str = uri.generate_presigned_get_url(expiration_time_seconds=LIFETIME)
    return url


def our_url(store: Store, path: str) -> str:
    record = RecordPath.parse(path)
    url = store.signing(store.name(record), Purpose.PUBLIC)()
    return url + record.fragment


@cache
def opened() -> S3Files:
    return S3Files(ROOTS, Lifetimes(LIFETIME), clock)


@pytest.fixture
def files(request: pytest.FixtureRequest) -> S3Files:
    request.getfixturevalue("keys")
    return opened()


@pytest.fixture
def outside(files: S3Files) -> Store:
    """Where absolute paths in the bucket are."""
    return files.store("s3://bucket")


def access_to(*roots: str) -> FileAccess:
    stores = [DatastoreConfig(root, root, root) for root in roots]
    return FileAccess("label", stores, UrlSigner(b"key", LIFETIME, clock), ())


def located(access: FileAccess, path: str, datastore: int = 0) -> tuple[str, str]:
    """Return a file's URL, and its path as clients see it."""
    file = FileRecord(datastore, path, "f", "s", None, None, -1)
    found = access.locate(DATASET, file)
    return found.make_url(Recipient("https://butler.example.org")), found.path


@pytest.mark.parametrize("root", ROOTS)
def test_relative_path_has_the_stock_url(files: S3Files, root: str) -> None:
    for path in RELATIVE:
        assert our_url(files.store(root), path) == stock_url(root, path)


def test_any_relative_path_has_the_stock_url(files: S3Files) -> None:
    chance = random.Random(1)
    store, compared = files.store(ROOT), 0
    for _ in range(2000):
        parts = chance.choices("ab.-_~ +%&=;@!*'(),é☃#/" + "xyz/" * 3, k=12)
        path = "x" + "".join(parts) + "x"
        try:
            expected = stock_url(ROOT, path)
        except ValueError:
            continue
        assert our_url(store, path) == expected
        compared += 1
    assert compared > 1500


def test_absolute_path_has_the_stock_url(outside: Store) -> None:
    for path in ABSOLUTE:
        assert our_url(outside, path) == stock_url(None, path)


@pytest.mark.parametrize("path", ["..", "../a", "a/../../b", "a%20b/../../c", "%2Fa"])
def test_path_that_leaves_the_root_is_refused(files: S3Files, path: str) -> None:
    with pytest.raises(ForbiddenError, match="outside the root"):
        our_url(files.store(ROOT), path)


@pytest.mark.parametrize("path", ["", ".", "./"])
def test_empty_key_would_list_the_bucket(
    files: S3Files, outside: Store, path: str
) -> None:
    for root in ("s3://bucket", ROOT):
        with pytest.raises(NotFoundError, match="no file"):
            our_url(files.store(root), path)
    for absolute in ("s3://bucket", "s3://bucket/", "s3://bucket//", "s3://bucket/?a"):
        with pytest.raises(NotFoundError, match="no file"):
            our_url(outside, absolute)


@pytest.mark.parametrize("path", ["s3://bucket/../a", "s3://bucket/a/%2e%2e/b"])
def test_absolute_path_with_a_way_up_is_refused(outside: Store, path: str) -> None:
    with pytest.raises(ForbiddenError, match="a way up"):
        our_url(outside, path)


def test_key_with_a_slash_at_the_end_keeps_it(files: S3Files) -> None:
    assert "/some/folder/a/?" in our_url(files.store(ROOT), "a/")


@pytest.mark.parametrize(
    "path",
    [
        "s3://other/a",
        "s3://bucket.other/a",
        "s3://profile@bucket/a",
        "s3://other@bucket@bucket/a",
        "s3:/bucket/a",
        "s3:/a",
    ],
)
@pytest.mark.usefixtures("keys")
def test_other_buckets_are_for_an_operator_to_allow(path: str) -> None:
    with pytest.raises(ForbiddenError, match="an operator decides what a server may"):
        located(access_to(ROOT), path)


def test_bucket_without_credentials_is_refused_and_logged_once() -> None:
    with capture_logs() as logs:
        access = access_to(ROOT, "s3://bucket/b")
    (entry,) = logs
    assert (entry["event"], entry["log_level"]) == ("s3-not-signed", "warning")
    assert entry["bucket"] == "bucket"
    for path in ("a", "s3://bucket/a"):
        with pytest.raises(NotSupportedError, match="set AWS_ACCESS_KEY_ID and"):
            located(access, path)


def test_profile_is_taken_from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSST_RESOURCES_S3_PROFILE_p", "https://KEY:SECRET@s3.host:1")
    root = "s3://p@bucket/prefix/"
    access = access_to("/local", "https://h/", root)
    url, _ = located(access, "a", 2)
    assert url == stock_url(root, "a")
    assert url.startswith("https://s3.host:1/bucket/prefix/a?AWSAccessKeyId=KEY&")
    outside, _ = located(access, "s3://p@bucket/b")
    assert outside == stock_url(None, "s3://p@bucket/b")


@pytest.mark.usefixtures("keys")
def test_chain_has_a_store_for_each_root() -> None:
    access = access_to("/data", ROOT, "root://host/a")
    local, _ = located(access, "a", 0)
    assert local.startswith("https://butler.example.org/api")
    assert f"Expires={int(clock()) + LIFETIME}" in local
    s3, _ = located(access, "a", 1)
    assert s3.startswith("https://bucket.s3.amazonaws.com/some/folder/a")
    with pytest.raises(NotSupportedError, match="'root' datastores cannot"):
        located(access, "a", 2)
    url, path = located(access, "s3://bucket/a%20b#c")
    assert url.startswith("https://bucket.s3.amazonaws.com/a%20b?AWSAccessKeyId=")
    assert url.endswith("#c")
    assert path == "a b#c"


def test_nothing_prints_a_secret(files: S3Files) -> None:
    store = files.store(ROOT)
    for thing in (files, store, vars(files), vars(store)):
        text = f"{thing!r} {thing!s}"
        assert SECRET not in text
        assert ACCESS_KEY not in text
