"""What the tests with a Redis and a watcher ask for.

Some questions are about users whose collections nobody changes. The others are about
users of whom each gets, at some time, a dataset of his own that hides the release's.
"""

from tests.coherence.watching.requests import Request, find

from .stock import TYPE, data_id, user_chain

POLL_SECONDS = 0.5
CHANGING = [(user, 0) for user in range(20, 130)]
"""Users and detectors; who takes one, removes it."""
WRITTEN_TO = range(130, 200)


def asked_by(user: int, detector: int) -> Request:
    return find(TYPE, data_id(detector), user_chain(user))


STEADY = [asked_by(user, detector) for user in range(4) for detector in range(4)]
