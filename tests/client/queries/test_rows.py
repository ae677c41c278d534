"""A million rows become objects without holding up who waits for something else."""

import asyncio
import threading

from butlery.client.calls.queries import objects_of
from butlery.client.connection.asynchronous import AsyncConnection
from butlery.client.connection.blocking import BlockingConnection


def thread_of(_: object) -> int:
    return threading.get_ident()


def test_rows_become_objects_outside_of_the_event_loop() -> None:
    made = asyncio.run(AsyncConnection().run(objects_of([1, 2], thread_of)))
    assert len(made) == 2
    assert threading.get_ident() not in made


def test_without_an_event_loop_no_thread_is_needed() -> None:
    made = BlockingConnection().run(objects_of([1, 2], thread_of))
    assert made == [threading.get_ident()] * 2
