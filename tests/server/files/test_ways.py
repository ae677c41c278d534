"""Each store's files are handed out in the way that its operator has said."""

from uuid import UUID

import pytest
from msgspec import ValidationError, convert

from butlery.cache import Dataset
from butlery.protocol.dimensions import DataCoordinate
from butlery.protocol.errors import ForbiddenError
from butlery.registry import DatastoreConfig, FileRecord, RepositoryError
from butlery.server.config import StoreSettings
from butlery.server.files.access import FileAccess
from butlery.server.files.recipient import Recipient
from butlery.server.files.signing import UrlSigner

DATASET = Dataset(UUID(int=7), None, "run", DataCoordinate({}, {}))  # type: ignore[arg-type]
OURS = "https://butler.example.org/api/butler/repo/label/files"
ROOTS = ("https://h/data", "/local", "https://h/other/")


def access(*stores: StoreSettings, is_cadc: bool = False) -> FileAccess:
    datastores = [DatastoreConfig(root, root, root) for root in ROOTS]
    signer = UrlSigner(b"key", 60)
    return FileAccess("label", datastores, signer, (), stores, is_cadc=is_cadc)


def record(path: str, datastore: int = 0) -> FileRecord:
    return FileRecord(datastore, path, "f", "s", None, None, -1)


def located(found: FileAccess, path: str, datastore: int = 0) -> tuple[str, str]:
    """Return a file's URL without query, and which credentials it needs."""
    file = found.locate(DATASET, record(path, datastore))
    url = file.make_url(Recipient("https://butler.example.org"))
    return url.partition("?")[0], file.auth


def test_urls_of_a_web_server_are_passed_on() -> None:
    plain = access()
    assert located(plain, "a b.fits") == ("https://h/data/a%20b.fits", "none")
    assert located(plain, "a%20b.fits") == ("https://h/data/a%20b.fits", "none")
    assert located(plain, "https://x/%2e%2e/a") == ("https://x/%2e%2e/a", "none")
    assert located(plain, "a", 1) == (f"{OURS}/1/a", "none")


def test_first_setting_above_a_store_counts() -> None:
    stores = (
        StoreSettings("https://h/data/", "proxy"),
        StoreSettings("https://h/dat"),
        StoreSettings("https://h", auth="datastore"),
        StoreSettings("https://", "proxy"),
    )
    found = access(*stores)
    assert located(found, "a b.fits") == (f"{OURS}/0/a%2520b.fits", "none")
    assert located(found, "a", 2) == ("https://h/other/a", "datastore")
    assert located(found, "https://h/data/a%2Fb") == (f"{OURS}/store-0/a%252Fb", "none")
    assert located(found, "https://h/x/a") == ("https://h/x/a", "datastore")


def test_clients_of_cadc_have_credentials_for_web_servers() -> None:
    found = access(is_cadc=True)
    assert located(found, "a") == ("https://h/data/a", "datastore")
    assert located(found, "a", 1) == (f"{OURS}/1/a", "none")
    assert located(found, "https://x/a") == ("https://x/a", "datastore")
    assert found.lasting_url(record("a#b")) == "https://h/data/a#b"
    assert found.lasting_url(record("a", 1)) is None
    assert found.lasting_url(record("/etc/passwd")) is None
    assert found.lasting_url(record("root://host/a")) is None
    assert access().lasting_url(record("a")) is None
    proxied = access(StoreSettings("https://h/", "proxy"), is_cadc=True)
    assert located(proxied, "a") == (f"{OURS}/0/a", "none")


@pytest.mark.parametrize("path", ["../a", "a/../../b", "%2e%2e/a", "a\\..\\..\\b"])
def test_this_server_fetches_nothing_above_a_root(path: str) -> None:
    with pytest.raises(ForbiddenError, match="outside the root"):
        located(access(StoreSettings("https://h/data", "proxy")), path)


@pytest.mark.parametrize("root", ["s3://bucket", "/loc", "gs://"])
def test_setting_about_no_store_is_an_error_at_the_start(root: str) -> None:
    with pytest.raises(RepositoryError, match=f"no datastore is below '{root}'.*'/loc"):
        access(StoreSettings(root))


@pytest.mark.parametrize(
    "settings",
    [
        {"root": "s3://bucket", "auth": "datastore"},
        {"root": "https://h", "auth": "datastore", "way": "proxy"},
        {"root": "https://h", "way": "both"},
        {"root": "https://h", "ways": "direct"},
    ],
)
def test_setting_that_cannot_be_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        convert(settings, StoreSettings)
