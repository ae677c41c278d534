"""A signature stands for one file, one repository, one user and one hour."""

from itertools import permutations
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from butlery.protocol.errors import ForbiddenError
from butlery.server.access import Reader
from butlery.server.files.own_urls import read_query
from butlery.server.files.purposes import Lifetimes
from butlery.server.files.recipient import Admission, Holder, packed
from butlery.server.files.signing import Signed, Subject, UrlSigner, _about

NOW = 1_800_000_000.0
TEXT = st.text(max_size=8)


def admission(*groups: str, user: str = "", token: str | None = None) -> Admission:
    return Admission(Reader(user, frozenset(groups), None, token), groups)


def sign(
    signer: UrlSigner, repository: str, file: str, user: str, dataset: str = ""
) -> Signed:
    subject = Subject(dataset)
    return read(signer.query(repository, file, admission(user=user), subject))


def read(query: str) -> Signed:
    values = parse_qs(query, strict_parsing=True, keep_blank_values=True)
    groups = values.pop("Group", [])
    return read_query({name: value for name, (value,) in values.items()}, groups)


@given(st.binary(min_size=1), TEXT, TEXT, TEXT)
def test_what_was_signed_is_accepted(
    key: bytes, repository: str, file: str, user: str
) -> None:
    signer = UrlSigner(key, 3600, lambda: NOW)
    signer.check(repository, file, sign(signer, repository, file, user))


PARTS = st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, unique=True, max_size=3))


@given(PARTS, PARTS)
def test_no_other_combination_of_parts_is_accepted(parts: Any, other: Any) -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    assume(other != parts)

    def holder(user: str, token: str, groups: list[str]) -> Holder:
        return Holder(user, tuple(groups), token)

    repository, file, dataset, *named = parts
    signed = msgspec.structs.replace(
        sign(signer, repository, file, ""), dataset=dataset, holder=holder(*named)
    )
    about = _about(repository, file, "GET", dataset)
    signature = signer._signature(about, packed(signed.expires), signed.holder.packed)
    signed = msgspec.structs.replace(signed, signature=signature)
    signer.check(repository, file, signed)
    repository, file, dataset, *named = other
    exchanged = msgspec.structs.replace(signed, dataset=dataset, holder=holder(*named))
    with pytest.raises(ForbiddenError, match="not signed for this file"):
        signer.check(repository, file, exchanged)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    seen = {
        sign(signer, repository, file, user).signature
        for repository, file, user in permutations(["ab", "a", "b"])
    }
    seen |= {sign(signer, "a", "bc", "").signature}
    seen |= {sign(signer, "ab", "c", "").signature}
    seen |= {sign(signer, "", "abc", "").signature}
    assert len(seen) == 9


def test_url_works_until_it_expires() -> None:
    now = NOW
    signer = UrlSigner(b"key", 3600, lambda: now)
    signed = sign(signer, "repo", "0/file", "")
    assert int(signed.expires) == NOW + 3600
    for now in (NOW, NOW + 3599, NOW + 3600):  # noqa: B007 - the signer's clock
        signer.check("repo", "0/file", signed)
    now = NOW + 3600.001
    with pytest.raises(ForbiddenError, match="has expired"):
        signer.check("repo", "0/file", signed)


def test_key_and_lifetime_are_all_that_workers_share() -> None:
    one, other = (UrlSigner(b"key", 60, lambda: NOW) for _ in range(2))
    other.check("repo", "0/file", sign(one, "repo", "0/file", "alice"))
    stranger = UrlSigner(b"another", 60, lambda: NOW)
    with pytest.raises(ForbiddenError):
        stranger.check("repo", "0/file", sign(one, "repo", "0/file", "alice"))


@pytest.mark.parametrize("expires", ["²", "9" * 5000, "-1", "", "1e9", " 1"])
def test_expiry_that_is_no_number_is_refused(expires: str) -> None:
    signer = UrlSigner(b"key", 60, lambda: NOW)
    signed = msgspec.structs.replace(
        sign(signer, "repo", "0/file", ""), expires=expires
    )
    with pytest.raises(ForbiddenError):
        signer.check("repo", "0/file", signed)


def test_url_says_who_was_given_it_and_nothing_more_than_matters() -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    reader = Reader("alice", frozenset({"team", "choir", "g x&y"}))
    known = Admission(reader, {"team", "others"})
    query = signer.query("repo", "0/a", known, Subject("some-uuid"))
    assert query.startswith("User=alice&Group=team&Dataset=some-uuid&Signature=")
    assert read(query).holder == Holder("alice", ("team",))
    signer.check("repo", "0/a", read(query))
    of_group = signer.query("repo", "0/a", known, Subject("some-uuid", "g x&y"))
    assert read(of_group).holder.groups == ("g x&y", "team")
    foreign = signer.query("repo", "0/a", known, Subject("some-uuid", "others"))
    assert read(foreign).holder.groups == ("team",)


def test_url_for_a_token_names_it_and_no_groups() -> None:
    signer = UrlSigner(b"key", 3600, lambda: NOW)
    known = admission("team", user="alice", token="1f2e")
    signed = read(signer.query("repo", "0/a", known, Subject("some-uuid", "team")))
    assert signed.holder == Holder("alice", (), "1f2e")


@pytest.mark.parametrize(
    ("public_from", "lifetime"), [(0.0, 3600), (NOW, 3600), (NOW + 1, 1800)]
)
def test_url_of_what_is_not_public_lives_shorter(
    public_from: float, lifetime: int
) -> None:
    signer = UrlSigner(b"key", Lifetimes(3600, 1800), lambda: NOW)
    signed = read(signer.query("repo", "0/a", None, Subject("", "", public_from)))
    assert int(signed.expires) == NOW + lifetime
