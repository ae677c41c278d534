"""Temporary credentials are renewed without keeping requests waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from butlery.protocol.errors import UnavailableError
from butlery.server.files.s3.credentials import Keyring
from butlery.server.files.s3.endpoint import Endpoint
from butlery.server.files.s3.signature_v2 import SignatureV2
from butlery.server.files.s3.signature_v4 import SignatureV4

BEGIN = 1_800_000_000


@dataclass
class Issued:
    access_key: str
    secret_key: str = "a secret"
    token: str | None = "a token"


class Issuer:
    """Another access key each time, or none at all."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    def get_frozen_credentials(self) -> Issued:
        self.asked += 1
        if self.away:
            raise OSError("a secret")
        return Issued(str(self.asked))


class Later:
    """Tasks that nobody has run yet."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []

    def run(self) -> None:
        while self.tasks:
            self.tasks.pop()()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def keyring(issuer: Issuer, later: Later) -> Keyring:
    return Keyring(issuer, changing=True, second=BEGIN, background=later.tasks.append)


def test_permanent_credentials_are_read_once(issuer: Issuer) -> None:
    keyring = Keyring(issuer, changing=False, second=BEGIN)
    assert keyring.current(BEGIN + 1_000_000).access_key == "1"
    assert issuer.asked == 1


def test_others_are_asked_for_once_a_minute_behind_the_requests(
    keyring: Keyring, later: Later, issuer: Issuer
) -> None:
    assert keyring.current(BEGIN + 59).access_key == "1"
    assert not later.tasks
    for second in (60, 61, 119):
        assert keyring.current(BEGIN + second).access_key == "1"
    assert len(later.tasks) == 1
    later.run()
    assert keyring.current(BEGIN + 119).access_key == "2"
    assert issuer.asked == 2


@pytest.mark.parametrize("second", [BEGIN + 480, BEGIN + 100_000, BEGIN - 1])
def test_after_a_night_or_a_clock_that_was_set_back_a_request_waits(
    keyring: Keyring, later: Later, second: int
) -> None:
    assert keyring.current(second).access_key == "2"
    assert not later.tasks


def test_renewal_that_fails_is_no_matter_until_the_old_may_have_expired(
    keyring: Keyring, later: Later, issuer: Issuer
) -> None:
    issuer.away = True
    with capture_logs() as logs:
        for second in range(0, 480, 30):
            assert keyring.current(BEGIN + second).access_key == "1"
            later.run()
        asked = issuer.asked
        for second in range(480, 520, 10):
            with pytest.raises(UnavailableError, match="its log says why"):
                keyring.current(BEGIN + second)
        assert issuer.asked - asked <= 1
        issuer.away = False
        assert int(keyring.current(BEGIN + 600).access_key) > 1
    assert {entry["event"] for entry in logs} == {"s3-credentials-failed"}
    assert "a secret" not in str(logs)


@pytest.mark.parametrize("kind", [SignatureV2, SignatureV4])
def test_renewed_credentials_sign_from_the_next_second_on(
    keyring: Keyring, later: Later, kind: type[SignatureV2 | SignatureV4]
) -> None:
    now = BEGIN
    endpoint = Endpoint("https://h/", "/", "h", "bucket", "region", "s3")
    signer = kind(endpoint, keyring, 60, lambda: now)
    now += 60
    assert "=1&" in signer.url("a") or "=1%2F" in signer.url("a")
    later.run()
    now += 1
    assert "=2&" in signer.url("a") or "=2%2F" in signer.url("a")


def test_nothing_prints_a_secret(keyring: Keyring) -> None:
    endpoint = Endpoint("https://h/", "/", "h", "bucket", "region", "s3")
    for kind in (SignatureV2, SignatureV4):
        signer = kind(endpoint, keyring, 60, lambda: BEGIN)
        for thing in (signer, signer._moment, keyring, keyring.current(BEGIN)):
            assert "a secret" not in f"{thing!r} {thing!s}"


class Ending(Issuer):
    """Credentials with an end, as botocore keeps it."""

    _expiry_time = datetime.fromtimestamp(BEGIN + 600, UTC)


@pytest.mark.parametrize(("lifetime", "told"), [(3600, 600), (300, 300)])
@pytest.mark.parametrize("kind", [SignatureV2, SignatureV4])
def test_url_tells_no_longer_life_than_its_credentials_have(
    later: Later,
    kind: type[SignatureV2 | SignatureV4],
    lifetime: int,
    told: int,
) -> None:
    keyring = Keyring(
        Ending(), changing=True, second=BEGIN, background=later.tasks.append
    )
    endpoint = Endpoint("https://h/b/", "/b/", "h", "b", "region", "s3")
    url = kind(endpoint, keyring, lifetime, lambda: BEGIN).url("key")
    expected = f"&Expires={BEGIN + told}", f"&X-Amz-Expires={told}&"
    assert any(text in url for text in expected)
