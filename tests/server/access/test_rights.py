"""Rights follow users, groups and the clock."""

import math
from datetime import UTC, datetime

import pytest

from butlery.cache import EVERYBODY, EVERYTHING, Sight
from butlery.protocol.errors import ForbiddenError
from butlery.server.access import NOBODY, Reader, Rights
from butlery.server.config import (
    AccessRuleSettings,
    EmbargoSettings,
    RepositoryAccessSettings,
)

OPENS = datetime(2028, 6, 30, tzinfo=UTC)
SETTINGS = RepositoryAccessSettings(
    groups=("g_all", "g_some"),
    admin_groups=("g_admins",),
    rules=(
        AccessRuleSettings("prompt/", users=("alice",), groups=("g_prompt",)),
        AccessRuleSettings("release/", groups=("g_holders",), public_after=OPENS),
        AccessRuleSettings("later/", public_after=OPENS),
        AccessRuleSettings("open/"),
    ),
)


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def reader(user: str, *groups: str) -> Reader:
    return Reader(user, frozenset(groups))


def zones(rights: Rights, who: Reader) -> frozenset[str]:
    sight = rights.sight(who)[0]
    assert sight is not None
    return sight.zones


def test_zones_are_own_groups_and_rules() -> None:
    rights = Rights("dp1", SETTINGS, clock=Clock(0))
    bob = zones(rights, reader("bob", "g_all"))
    assert bob == frozenset({EVERYBODY, "u/bob", "g/g_all", "rule 3"})
    alice = zones(rights, reader("alice", "g_some", "g_holders"))
    assert alice >= {"u/alice", "g/g_holders", "rule 0", "rule 1"}
    assert "rule 2" not in alice
    assert rights.sight(reader("root", "g_admins"))[0] is EVERYTHING


def test_dates_open_to_the_second_and_by_themselves() -> None:
    clock = Clock(OPENS.timestamp() - 1)
    rights = Rights("dp1", SETTINGS, clock=clock)
    bob = reader("bob", "g_all")
    before, until = rights.sight(bob)
    assert until == OPENS.timestamp()
    clock.now += 1
    after, until = rights.sight(bob)
    assert until == math.inf
    assert before is not None
    assert after == Sight(before.zones | {"rule 1", "rule 2"})


def test_who_may_not_open_the_repository_is_told_as_by_the_stock_server() -> None:
    rights = Rights("hsc", SETTINGS)
    with pytest.raises(ForbiddenError) as caught:
        rights.sight(reader("eve", "g_others"))
    assert caught.value.detail == (
        "User eve does not have permission to access Butler repository 'hsc'"
    )


def test_without_a_guard_in_front_nobody_sees_anything() -> None:
    with pytest.raises(ForbiddenError):
        Rights("dp1", RepositoryAccessSettings()).sight(NOBODY)
    assert Rights("dp1", SETTINGS, is_open=True).sight(NOBODY)[0] is EVERYTHING
    anybody = zones(Rights("dp1", RepositoryAccessSettings()), reader("eve"))
    assert anybody == frozenset({EVERYBODY, "u/eve"})


def test_nights_open_one_after_another_to_the_second() -> None:
    embargo = EmbargoSettings(("raw/",), hours=80, groups=("summit",))
    clock = Clock(datetime(2026, 11, 22, 8, 30, tzinfo=UTC).timestamp())
    settings = RepositoryAccessSettings(embargoes=(embargo,))
    rights = Rights("embargo", settings, clock=clock)
    # The night of 18 November ended at noon of the 19th, 68.5 hours ago.
    assert newest(rights, reader("bob")) == [20261117]
    until = rights.sight(reader("bob"))[1]
    assert until == datetime(2026, 11, 22, 20, tzinfo=UTC).timestamp()
    clock.now = until - 0.001
    assert newest(rights, reader("bob")) == [20261117]
    clock.now = until
    assert newest(rights, reader("bob")) == [20261118]
    assert rights.sight(reader("bob"))[1] == until + 86_400
    assert newest(rights, reader("anne", "summit")) == []


def newest(rights: Rights, who: Reader) -> list[int]:
    sight = rights.sight(who)[0]
    assert sight is not None
    return [embargo.last_day for embargo in sight.embargoes]
