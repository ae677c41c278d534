"""What counts as public: what everybody sees who is known at all."""

import math
from datetime import UTC, datetime

import pytest

from butlery.server.access.publicity import EVERYTHING_PUBLIC, Publicity
from butlery.server.config import (
    AccessRuleSettings,
    EmbargoSettings,
    RepositoryAccessSettings,
)

DAY = datetime(2028, 6, 30, tzinfo=UTC)
RULES = (
    AccessRuleSettings("prompt/", groups=("team",), public_after=DAY),
    AccessRuleSettings("secret/", users=("alice",)),
    AccessRuleSettings("u/shared/"),
)
RUNS = {
    "release/run": 0.0,
    "prompt/run": DAY.timestamp(),
    "secret/run": math.inf,
    "u/shared/run": 0.0,
    "u/alice/run": math.inf,
    "g/team/run": math.inf,
    "u": 0.0,
}


@pytest.mark.parametrize("run", RUNS)
def test_run_is_public_from_when_everybody_sees_it(run: str) -> None:
    assert (
        Publicity(RepositoryAccessSettings(rules=RULES)).public_from(run) == RUNS[run]
    )


@pytest.mark.parametrize("run", RUNS)
def test_nothing_is_public_in_a_repository_for_some(run: str) -> None:
    settings = RepositoryAccessSettings(groups=("team",), rules=RULES)
    assert Publicity(settings).public_from(run) == math.inf


def test_runs_with_hidden_nights_are_not_public() -> None:
    embargo = EmbargoSettings(("release/raw/",), hours=80)
    publicity = Publicity(RepositoryAccessSettings(rules=RULES, embargoes=(embargo,)))
    assert publicity.public_from("release/raw/all") == math.inf
    assert publicity.public_from("release/run") == 0.0


@pytest.mark.parametrize("run", RUNS)
def test_everything_is_public_where_nobody_is_asked(run: str) -> None:
    assert EVERYTHING_PUBLIC.public_from(run) == 0.0
