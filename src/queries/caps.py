"""How large an answer may become, and what to do about one that is larger."""

from lsst.daf.butler import InvalidQueryError

from .life import Life


class Caps:
    """Counts what is sent of one answer.

    Parameters
    ----------
    max_rows, max_bytes
        Of the answer.
    life
        Has the limit of this process's memory.

    Attributes
    ----------
    rows
        Sent so far.
    """

    def __init__(self, max_rows: int, max_bytes: int, life: Life) -> None:
        self.rows = 0
        self._bytes = 0
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._life = life

    def count(self, rows: int, payload: bytes) -> None:
        """Add a page that is about to be sent.

        Raises
        ------
        InvalidQueryError
            If it is too much, with the way out.
        MemoryError
            If this process needs far more memory than it should.
        """
        if self.rows + rows > self._max_rows:
            raise InvalidQueryError(
                f"The result has more than {self._max_rows} rows, the most that this "
                "server sends for one query: give it a limit, or ask in parts that a "
                "'where' tells apart (by tract, visit or day_obs)."
            )
        if self._bytes + len(payload) > self._max_bytes:
            raise InvalidQueryError(
                f"The result has more than {self._max_bytes} bytes, the most that this "
                "server sends for one query: ask in parts that a 'where' tells apart, "
                "or without dimension records."
            )
        self.rows += rows
        self._bytes += len(payload)
        if self._life.is_bursting:
            raise MemoryError("the query needs more memory than a worker may have")
