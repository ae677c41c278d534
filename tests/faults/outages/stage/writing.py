"""Writers that speak SQL to a repository, so that the machine is not the limit."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

import psycopg

from .place import Place
from .stock import FIRST_DETECTOR, TAGS, TYPE

_PUT = f"""
WITH new AS (
  INSERT INTO dataset (id, dataset_type_id, ingest_date, run_id)
  SELECT %(id)s, t.id, 0, c.collection_id FROM dataset_type t, collection c
  WHERE t.name = '{TYPE}' AND c.name = %(run)s
  RETURNING id, dataset_type_id, run_id
)
INSERT INTO {TAGS}
  (dataset_type_id, collection_id, dataset_id, instrument, detector)
SELECT dataset_type_id, run_id, id, 'Cam1', %(detector)s FROM new
"""


@dataclass(frozen=True)
class Put:
    """A dataset that a user's RUN holds from a moment on."""

    id: str
    user: int
    detector: int
    committed_at: float


def put(place: Place, user: int, detector: int) -> Put:
    """Store a dataset in a user's RUN; it hides the release's."""
    with psycopg.connect(place.url, autocommit=True) as connection:
        return _put(connection, user, detector)


def _put(connection: psycopg.Connection, user: int, detector: int) -> Put:
    id_ = str(uuid4())
    parameters = {
        "id": id_,
        "run": f"u/{user}/run",
        "detector": FIRST_DETECTOR + detector,
    }
    connection.execute(_PUT, parameters)
    return Put(id_, user, detector, time.monotonic())


@dataclass
class Writing:
    """What writers have done so far."""

    puts: list[Put] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.puts) / self.seconds


@contextmanager
def writing(place: Place, users: range, rate: float) -> Iterator[Writing]:
    """Put datasets into RUNs of some users, so many a second, all the time."""
    done, ended = Writing(), threading.Event()
    free = ((user, detector) for detector in count() for user in users)

    def run() -> None:
        started = time.monotonic()
        with psycopg.connect(place.url, autocommit=True) as connection:
            while not ended.is_set():
                done.puts.append(_put(connection, *next(free)))
                done.seconds = time.monotonic() - started
                ended.wait(started + len(done.puts) / rate - time.monotonic())

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(run)
        try:
            yield done
        finally:
            ended.set()
            work.result()
