"""A signature stands for one file, one repository, one user and one hour."""

from itertools import permutations
from urllib.parse import parse_qs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from butlery.protocol.errors import ForbiddenError
from butlery.server.files.signing import UrlSigner

NOW = 1_800_000_000.0
TEXT = st.text(max_size=8)


def sign(signer: UrlSigner, repository: str, file: str, user: str) -> dict[str, str]:
    values = parse_qs(signer.query(repository, file, user=user), strict_parsing=True)
    return {
        "user": user,
        "expires": values["Expires"][0],
        "signature": values["Signature"][0],
    }


@given(st.binary(min_size=1), TEXT, TEXT, TEXT)
def test_what_was_signed_is_accepted(
    key: bytes, repository: str, file: str, user: str
) -> None:
    signer = UrlSigner(key, 3600, lambda: NOW)
    signer.check(repository, file, **sign(signer, repository, file, user))


@given(st.lists(TEXT, min_size=6, max_size=6))
def test_no_other_combination_of_parts_is_accepted(parts: list[str]) -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    (repository, file, user), other = parts[:3], parts[3:]
    assume(other != parts[:3])
    signed = sign(signer, repository, file, user)
    with pytest.raises(ForbiddenError, match="not signed for this file"):
        signer.check(other[0], other[1], **{**signed, "user": other[2]})


def test_parts_cannot_be_shifted_into_each_other() -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    seen = {
        sign(signer, repository, file, user)["signature"]
        for repository, file, user in permutations(["ab", "a", "b"])
    }
    seen |= {sign(signer, "a", "bc", "")["signature"]}
    seen |= {sign(signer, "ab", "c", "")["signature"]}
    seen |= {sign(signer, "", "abc", "")["signature"]}
    assert len(seen) == 9


def test_url_works_until_it_expires() -> None:
    now = NOW
    signer = UrlSigner(b"key", 3600, lambda: now)
    signed = sign(signer, "repo", "0/file", "")
    assert int(signed["expires"]) == NOW + 3600
    for now in (NOW, NOW + 3599, NOW + 3600):  # noqa: B007 - the signer's clock
        signer.check("repo", "0/file", **signed)
    now = NOW + 3600.001
    with pytest.raises(ForbiddenError, match="has expired"):
        signer.check("repo", "0/file", **signed)


def test_key_and_lifetime_are_all_that_workers_share() -> None:
    one, other = (UrlSigner(b"key", 60, lambda: NOW) for _ in range(2))
    other.check("repo", "0/file", **sign(one, "repo", "0/file", "alice"))
    stranger = UrlSigner(b"another", 60, lambda: NOW)
    with pytest.raises(ForbiddenError):
        stranger.check("repo", "0/file", **sign(one, "repo", "0/file", "alice"))


@pytest.mark.parametrize("expires", ["²", "9" * 5000, "-1", "", "1e9", " 1"])
def test_expiry_that_is_no_number_is_refused(expires: str) -> None:
    signer = UrlSigner(b"key", 60, lambda: NOW)
    signed = {**sign(signer, "repo", "0/file", ""), "expires": expires}
    with pytest.raises(ForbiddenError):
        signer.check("repo", "0/file", **signed)
