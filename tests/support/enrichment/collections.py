"""Collections of all four types over the datasets that are already there.

Calibrations are certified around the first exposures: one validity range ends
exactly where the first exposure ends, the next one begins there.
"""

from collections.abc import Iterable

from lsst.daf.butler import Butler, DatasetRef, Timespan
from lsst.daf.butler._collection_type import CollectionType

from .datasets import EMPTY_RUN, FIRST_RUN, ODD_RUN, SECOND_RUN
from .stored_files import FILES_RUN

TAGGED = "tagged/some"
CALIBS = "calib/main"
OTHER_CALIBS = "calib/other"

# Chains in the order in which they are made: children come first.
CHAINS: dict[str, tuple[str, ...]] = {
    "chain/empty": (),
    "chain/inner": (SECOND_RUN, TAGGED),
    "chain/outer": (FIRST_RUN, "chain/inner", CALIBS, FILES_RUN),
    "chain/duplicate": ("chain/inner", SECOND_RUN, "chain/outer", ODD_RUN),
    "chain/calibs": (CALIBS, "chain/empty", OTHER_CALIBS, SECOND_RUN),
    "chain/other calibs first": (OTHER_CALIBS, CALIBS),
    "chain/runs first": (EMPTY_RUN, FIRST_RUN, CALIBS),
    "chain/deep": ("chain/duplicate", "chain/calibs"),
}


def add_collections(butler: Butler) -> None:
    _tag(butler)
    _certify(butler)
    for name, children in CHAINS.items():
        butler.collections.register(name, CollectionType.CHAINED)
        butler.collections.redefine_chain(name, list(children))
    butler.collections.register("chain/prepended", CollectionType.CHAINED)
    # One by one, so that positions become negative.
    for child in (FIRST_RUN, SECOND_RUN, TAGGED):
        butler.collections.prepend_chain("chain/prepended", child)
    butler.registry.setCollectionDocumentation("chain/outer", "The outer chain.")
    butler.registry.setCollectionDocumentation(FIRST_RUN, "Größe, 'quoted' \u2028 too")
    butler.registry.setCollectionDocumentation(CALIBS, "")


def _tag(butler: Butler) -> None:
    """Tag every second dataset of the first run, some of them of the second."""
    butler.collections.register(TAGGED, CollectionType.TAGGED)
    butler.collections.register("tagged/none", CollectionType.TAGGED)
    first, second = _refs(butler, FIRST_RUN), _refs(butler, SECOND_RUN)
    butler.registry.associate(TAGGED, first[1::2])
    taken = {(ref.datasetType.name, ref.dataId) for ref in first[1::2]}
    free = [ref for ref in second if (ref.datasetType.name, ref.dataId) not in taken]
    butler.registry.associate(TAGGED, free[::2])


def _certify(butler: Butler) -> None:
    for name in (CALIBS, OTHER_CALIBS, "calib/none"):
        butler.collections.register(name, CollectionType.CALIBRATION)
    begin, middle, end = _moments(butler)
    everywhere = Timespan(None, None)
    for name in ("bias", "flat", "camera", "overscan"):
        first = _refs(butler, FIRST_RUN, name)
        second = _refs(butler, SECOND_RUN, name)
        for position, ref in enumerate(first):
            if position % 4 == 0:
                _put_in(butler, CALIBS, ref, Timespan(begin, middle))
            elif position % 4 == 1:
                _put_in(butler, CALIBS, ref, everywhere)
            elif position % 4 == 2:
                _put_in(butler, CALIBS, ref, Timespan(None, begin))
                _put_in(butler, CALIBS, ref, Timespan(end, None))
            else:
                _put_in(butler, OTHER_CALIBS, ref, Timespan(begin, end))
        starts = {ref.dataId for ref in first[::4]}
        for ref in second:
            if ref.dataId in starts:
                _put_in(butler, CALIBS, ref, Timespan(middle, end))
            _put_in(butler, OTHER_CALIBS, ref, everywhere)


def _put_in(butler: Butler, name: str, ref: DatasetRef, timespan: Timespan) -> None:
    butler.registry.certify(name, [ref], timespan)


def _moments(butler: Butler) -> tuple[object, object, object]:
    """Return the first exposure's begin and end, and the last exposure's end."""
    records = butler.registry.queryDimensionRecords("exposure")
    spans = [record.timespan for record in records if record.timespan is not None]
    spans.sort(key=lambda span: span.begin.mjd)
    return spans[0].begin, spans[0].end, spans[-1].end


def _refs(butler: Butler, run: str, name: str = "*") -> list[DatasetRef]:
    found: Iterable[DatasetRef] = butler.query_all_datasets(run, name=name, limit=None)
    return sorted(found, key=lambda ref: (ref.datasetType.name, str(ref.dataId)))
