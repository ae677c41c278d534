"""The DirectButlers of one worker: opened when first asked for, and kept.

There is one for each repository and sight: readers who see other things share database
connections, and nothing that was read. One is used only with definitions at least as
new as those that the web process knows: dataset types, collections and records of small
dimensions that it has read and kept are forgotten otherwise; with another schema it is
opened again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from lsst.daf.butler import Butler
from lsst.daf.butler.direct_butler import DirectButler

from ..protocol.query_sight import QuerySight
from ..protocol.query_work import QueryWork
from .seen import see

_MOST_OPEN = 8
_MOST_SIGHTS = 32


@dataclass(slots=True)
class _Kept:
    butler: DirectButler
    definitions: int

    def refresh(self, definitions: int) -> None:
        """Forget what is older than this; 0: what it has, however new."""
        if definitions == 0 or definitions > self.definitions:
            self.butler.registry.refresh()
            self.definitions = definitions


class _Opened:
    """A repository, and the sights of it that were used last."""

    def __init__(self, work: QueryWork) -> None:
        self.schema = work.schema
        self._whole = _Kept(_open(work.uri), work.definitions)
        self._seen: OrderedDict[QuerySight, _Kept] = OrderedDict()

    def get(self, sight: QuerySight | None, definitions: int) -> _Kept:
        if sight is None:
            return self._whole
        kept = self._seen.get(sight)
        if kept is None:
            # It begins with the definitions that this one has read.
            self._whole.refresh(definitions)
            butler = see(self._whole.butler, sight)
            kept = self._seen[sight] = _Kept(butler, self._whole.definitions)
        self._seen.move_to_end(sight)
        if len(self._seen) > _MOST_SIGHTS:
            self._seen.popitem(last=False)[1].butler.close()
        return kept

    def close(self) -> None:
        for kept in (*self._seen.values(), self._whole):
            kept.butler.close()


class Butlers:
    """What one worker has open, by URI; what was not used the longest is closed."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, _Opened] = OrderedDict()

    def get(self, work: QueryWork) -> DirectButler:
        """Return a butler that sees what a query's reader sees, as new as it wants."""
        opened = self._opened.get(work.uri)
        if opened is not None and work.schema > opened.schema:
            self._close(work.uri)
            opened = None
        if opened is None:
            opened = self._opened[work.uri] = _Opened(work)
        self._opened.move_to_end(work.uri)
        if len(self._opened) > _MOST_OPEN:
            self._close(next(iter(self._opened)))
        kept = opened.get(work.sight, work.definitions)
        kept.refresh(work.definitions)
        return kept.butler

    def _close(self, uri: str) -> None:
        self._opened.pop(uri).close()


def _open(uri: str) -> DirectButler:
    butler = Butler.from_config(uri, writeable=False, without_datastore=True)
    if not isinstance(butler, DirectButler):
        raise TypeError(f"{uri} is not the butler.yaml of a repository itself")
    return butler
