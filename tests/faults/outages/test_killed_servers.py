"""A server or a worker killed under load: only requests in flight fail."""

import time

from tests.faults.conftest import Report
from tests.faults.outages.stage.load import Load, load
from tests.faults.outages.stage.place import Place, serving
from tests.faults.outages.stage.process import kill, serving_workers
from tests.faults.outages.stage.streamed import STEADY
from tests.support.postgres_process import wait_until
from tests.support.servers import ButleryServer

_CLIENTS = 8
_PAUSE_SECONDS = 0.01
_GRACE_SECONDS = 0.1
"""A client notices a cut connection when it has a processor."""


def test_one_of_two_servers_killed(
    release: Place, server: ButleryServer, report: Report, *, soak: bool
) -> None:
    for _ in range(20 if soak else 1):
        with (
            serving(release.seen_as_reader()) as other,
            load(
                [other, server], STEADY, clients=_CLIENTS, pause_seconds=_PAUSE_SECONDS
            ) as found,
        ):
            time.sleep(0.7)
            other.kill()
            killed_at = time.monotonic()
            time.sleep(0.7)
        _check(found, killed_at)
        report(_figure(found, killed_at))


def test_one_of_two_workers_killed(
    release: Place, report: Report, *, soak: bool
) -> None:
    with serving(release.seen_as_reader(), "--workers", "2") as server:
        for _ in range(20 if soak else 1):
            lost, left = _two_workers(server)
            with load(
                server, STEADY, clients=_CLIENTS, pause_seconds=_PAUSE_SECONDS
            ) as found:
                time.sleep(0.7)
                kill(lost)
                killed_at = time.monotonic()
                another = _two_workers(server, other_than=lost)
                back_after = time.monotonic() - killed_at
                time.sleep(0.7)
            assert left in another
            _check(found, killed_at)
            assert not found.refused
            report(f"{_figure(found, killed_at)}; another after {back_after:.1f} s")


def _two_workers(server: ButleryServer, other_than: int = 0) -> set[int]:
    """Wait until two workers serve, neither of them one that was killed."""
    found: set[int] = set()

    def are_there() -> bool:
        found.update(serving_workers(server) - {other_than})
        return len(found) == 2

    wait_until("two workers", are_there)
    return found


def _check(found: Load, killed_at: float) -> None:
    assert set(found.statuses()) == {200}
    assert len(found.broken) <= _CLIENTS
    assert all(asked_at <= killed_at + _GRACE_SECONDS for asked_at in found.broken)
    assert found.between(killed_at + _GRACE_SECONDS)


def _figure(found: Load, killed_at: float) -> str:
    before, after = found.between(0, killed_at), found.between(killed_at)
    return (
        f"{len(found.broken)} requests in flight failed; {len(before)} answers before,"
        f" {len(after)} after"
    )
