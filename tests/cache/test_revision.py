"""A client may demand an answer at least as new as one that it has seen."""

from contextlib import AsyncExitStack

import pytest

from butlery.cache.follower.reached import Reached
from butlery.cache.revision import Revision
from butlery.protocol.errors import (
    BadRequestError,
    ForeignRevisionError,
    UnavailableError,
)
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

HERE = ("repository", "1.2.3")


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("10:12:10", "10:12:10", True),
        ("10:12:10", "12:12:", True),
        ("12:12:", "10:12:10", False),
        ("10:10:", "11:11:", True),
        ("lsn:0/FF", "lsn:1/0", True),
        ("lsn:1/0", "lsn:0/FF", False),
        ("nonsense", "11:11:", False),
        ("lsn:nonsense", "lsn:0/1", False),
    ],
)
def test_revision_is_reached_when_all_of_it_is_visible(
    earlier: str, later: str, *, expected: bool
) -> None:
    reached = Revision(*HERE, earlier).is_reached_by(Revision(*HERE, later))
    assert reached == expected


@pytest.mark.parametrize("other", [("another", "1.2.3"), ("repository", "9.9.9")])
def test_foreign_revision_is_compared_with_nothing(other: tuple[str, str]) -> None:
    with pytest.raises(ForeignRevisionError, match="another repository"):
        Revision(*other, "1:1:").is_reached_by(Revision(*HERE, "1:1:"))


@pytest.mark.parametrize("gates", [("lsn:0/FF", "11:11:"), ("11:11:", "lsn:0/FF")])
def test_revision_of_before_a_promotion_is_compared_with_nothing(
    gates: tuple[str, str],
) -> None:
    one, other = (Revision(*HERE, gate) for gate in gates)
    with pytest.raises(ForeignRevisionError, match="primary"):
        one.is_reached_by(other)


@pytest.mark.parametrize("token", ["", "a", "a/b", "//", "a//c"])
def test_text_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadRequestError, match="Butlery-At-Least"):
        Revision.parse(token)


def test_token_is_read_back_as_it_was() -> None:
    revision = Revision(*HERE, "lsn:1/A0")
    assert Revision.parse(revision.token) == revision


async def test_server_that_has_not_looked_catches_up(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    behind = await open_repository(
        closing_stack, own_repository.root, poll_seconds=3600
    )
    own_repository.execute("UPDATE collection SET doc = 'newer'")
    ahead = await open_repository(closing_stack, own_repository.root)
    await behind.keeper.reach(ahead.keeper.revision)
    docs = {c.doc for c in behind.keeper.snapshot.collections.by_name.values()}
    assert docs == {"newer"}


async def test_revision_that_never_comes_is_waited_for_in_vain(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    if own_repository.postgres is None:
        pytest.skip("on SQLite every answer is the newest")
    repository = await open_repository(
        closing_stack, own_repository.root, deadline_seconds=2.0
    )
    now = repository.keeper.revision
    future = Revision(now.repository, now.epoch, "900000000:900000000:")
    with pytest.raises(UnavailableError, match="not got there yet"):
        await repository.keeper.reach(future)


def test_several_revisions_can_be_demanded_at_once() -> None:
    found = Revision.parse_all("repository/1.2.3/10:12:10  repository/1.2.3/11:13:")
    assert [each.gate for each in found] == ["10:12:10", "11:13:"]
    with pytest.raises(BadRequestError, match="17 revision tokens"):
        Revision.parse_all(" ".join(["repository/1.2.3/1:1:"] * 17))


async def test_demand_is_met_once_and_then_known(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    token = repository.keeper.revision.token
    assert not repository.keeper.has_met(token)
    await repository.keeper.meet(token)
    assert repository.keeper.has_met(token)
    assert not repository.keeper.has_met(f"{token} {token}")


def test_demand_of_an_earlier_life_is_not_known_to_be_met() -> None:
    reached = Reached()
    reached.add("a", life="first")
    assert reached.has("a", life="first")
    assert not reached.has("a", life="second")
    reached.add("b", life="second")
    assert not reached.has("a", life="first")
