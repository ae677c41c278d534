"""The observer calls old what is old, and nothing else."""

import asyncio
from pathlib import Path

import pytest

from tests.coherence.places import database_of
from tests.faults.staleness.stage.servers import RefusedError
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.timeline import Timeline
from tests.faults.staleness.stage.users import Subject, Users

pytestmark = pytest.mark.anyio


def _played() -> Timeline:
    """`a` until some time in 10 … 11, then nothing until 20 … 21, then `a` again."""
    timeline = Timeline.beginning_with("a")
    timeline.begin(None, 10.0).done = 11.0
    timeline.begin("a", 20.0).done = 21.0
    return timeline


@pytest.mark.parametrize(
    ("value", "asked", "came", "age"),
    [
        ("a", 1.0, 2.0, 0.0),
        ("a", 10.9, 12.0, 0.0),
        ("a", 13.0, 14.0, 2.0),
        ("a", 13.0, 20.1, 0.0),
        (None, 9.0, 10.1, 0.0),
        (None, 8.0, 9.0, None),
        (None, 22.5, 23.0, 1.5),
        ("b", 15.0, 16.0, None),
    ],
)
def test_age_counts_from_when_a_value_had_certainly_ceased_to_be_true(
    value: str | None, asked: float, came: float, age: float | None
) -> None:
    assert _played().age(value, asked, came) == age


class Sleepy:
    """A server that answers what was right some time ago, and refuses some."""

    def __init__(self, name: str, behind_seconds: float) -> None:
        self.name = name
        self._behind_seconds = behind_seconds
        self._asked = 0

    async def ask(self, subject: Subject) -> str | None:
        self._asked += 1
        if self._asked % 10 == 0:
            raise RefusedError
        value = subject.timeline.now
        if self._behind_seconds:
            await asyncio.sleep(0)
            past = asyncio.get_running_loop().time() - self._behind_seconds
            versions = [v for v in subject.timeline.versions if v.done <= past]
            value = versions[-1].value
        return value


async def test_server_that_is_behind_by_more_than_the_bound_is_found(
    root: Path,
) -> None:
    users = Users(database_of(root), 12)
    servers = [Sleepy("now", 0.0), Sleepy("near", 0.2), Sleepy("far", 0.7)]
    study = Study(users, servers, bound_seconds=0.5, rate=20, pause_seconds=0.005)
    async with study.writing():
        await study.until(24)
    judged = {s.name: study.findings.judge(0.5, servers=[s.name]) for s in servers}
    assert study.findings.checked_writes == study.written
    assert study.findings.refused
    judged["now"].check()
    judged["near"].check()
    assert max(judged["near"].ages) > 0.1
    with pytest.raises(AssertionError):
        judged["far"].check()
