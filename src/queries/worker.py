"""One worker: takes queries from its socket, one at a time, and sends the answers.

Sending waits until the web process takes more, which waits for its client: a slow
client slows the reading from the database, and nothing piles up.
"""

import socket
import sys
import traceback

import msgspec

from ..protocol.query_work import (
    HEADER,
    FrameKind,
    QueryWork,
    WorkDone,
    frame,
)
from .answers import answer
from .butlers import Butlers
from .caps import Caps
from .connections import limit_statements
from .life import Life
from .refusals import refusal


class Worker:
    """Answers what a web process asks.

    Parameters
    ----------
    connection
        To the web process.
    life
        When to retire.
    """

    def __init__(self, connection: socket.socket, life: Life) -> None:
        self._connection = connection
        self._life = life
        self._butlers = Butlers()
        self._queries = 0

    def run(self) -> None:
        """Answer until it is time to retire, or nobody asks any more."""
        limit_statements(self._life.statement_timeout_seconds)
        try:
            self._send(FrameKind.READY)
            while (work := self._receive()) is not None:
                if self._answer(work):
                    return
        except ConnectionError:
            return  # nobody waits for the answer

    def _answer(self, work: QueryWork) -> bool:
        """Answer one query; return whether it was the last."""
        self._queries += 1
        caps = Caps(work.max_rows, work.max_bytes, self._life)
        try:
            butler = self._butlers.get(work)
            for kind, payload, rows in answer(butler, work):
                caps.count(rows, payload)
                self._send(kind, payload)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - one place says what each becomes
            kind, payload = refusal(error, is_begun=caps.rows > 0)
            if kind is FrameKind.FAILED:
                traceback.print_exc(file=sys.stderr)
            self._send(kind, payload)
            if kind is FrameKind.FAILED:
                return True
        retires = self._life.is_over(self._queries)
        done = msgspec.msgpack.encode(WorkDone(caps.rows, retires))
        self._send(FrameKind.DONE, done)
        return retires

    def _send(self, kind: FrameKind, payload: bytes = b"") -> None:
        self._connection.sendall(frame(kind, payload))

    def _receive(self) -> QueryWork | None:
        header = self._read(HEADER.size)
        if not header:
            return None
        _, length = HEADER.unpack(header)
        return msgspec.msgpack.decode(self._read(length), type=QueryWork)

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            part = self._connection.recv(length - len(data))
            if not part:
                return b""
            data += part
        return bytes(data)
