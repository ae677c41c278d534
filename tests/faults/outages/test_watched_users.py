"""With a watcher, what others write costs a user nothing."""

import time

from tests.faults.conftest import Report
from tests.faults.outages.stage.load import hit_share, load, within_ms
from tests.faults.outages.stage.place import Place
from tests.faults.outages.stage.streamed import STEADY, WRITTEN_TO
from tests.faults.outages.stage.writing import writing
from tests.support.servers import ButleryServer

_SETTLE_SECONDS = 1.0
_WINDOW_SECONDS = 2.0


def test_writes_to_other_collections_leave_a_users_answers_alone(
    streamed: ButleryServer, release: Place, *, soak: bool, report: Report
) -> None:
    windows, rate = (60, 200.0) if soak else (3, 100.0)
    with writing(release, WRITTEN_TO, rate) as done:
        time.sleep(_SETTLE_SECONDS)
        with load(streamed, STEADY) as found:
            began = time.monotonic()
            time.sleep(windows * _WINDOW_SECONDS)
    assert set(found.statuses()) == {200}
    begins = (began + n * _WINDOW_SECONDS for n in range(windows))
    shares = sorted(
        hit_share(found.between(begin, begin + _WINDOW_SECONDS)) for begin in begins
    )
    report(
        f"{hit_share(found.replies):.2%} hits in {len(found.replies)} answers, 99% in"
        f" {within_ms(found.replies, 0.99):.0f} ms, at {done.rate:.0f} writes/s"
    )
    # A busy machine may keep the watcher from a processor, and a mark from coming in
    # time: then all is dropped, as it must be. In CI one good window will do.
    assert shares[len(shares) // 2 if soak else -1] >= 0.95
    assert done.rate >= (0.9 if soak else 0.5) * rate
