"""The DirectButlers of one worker: opened when first asked for, and kept.

One is used only with definitions at least as new as those that the web process knows:
dataset types, collections and records of small dimensions that it has read and kept
are forgotten otherwise; with another schema it is opened again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from lsst.daf.butler import Butler
from lsst.daf.butler.direct_butler import DirectButler

from ..protocol.query_work import QueryWork

_MOST_OPEN = 8


@dataclass(slots=True)
class _Opened:
    butler: DirectButler
    schema: int
    definitions: int


class Butlers:
    """What one worker has open, by URI; what was not used the longest is closed."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, _Opened] = OrderedDict()

    def get(self, work: QueryWork) -> DirectButler:
        """Return the butler of a query's repository, as new as the query wants it."""
        opened = self._opened.get(work.uri)
        if opened is not None and work.schema > opened.schema:
            self._close(work.uri)
            opened = None
        if opened is None:
            opened = _Opened(_open(work.uri), work.schema, work.definitions)
            self._opened[work.uri] = opened
        elif work.definitions == 0 or work.definitions > opened.definitions:
            opened.butler.registry.refresh()
            opened.definitions = work.definitions
        self._opened.move_to_end(work.uri)
        if len(self._opened) > _MOST_OPEN:
            self._close(next(iter(self._opened)))
        return opened.butler

    def _close(self, uri: str) -> None:
        self._opened.pop(uri).butler.close()


def _open(uri: str) -> DirectButler:
    butler = Butler.from_config(uri, writeable=False, without_datastore=True)
    if not isinstance(butler, DirectButler):
        raise TypeError(f"{uri} is not the butler.yaml of a repository itself")
    return butler
