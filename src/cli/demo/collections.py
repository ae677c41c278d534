"""The collections of the demo: their documentation, their chains and their order.

Runs must exist before datasets are written, chains after their children; so one
function makes them all, before anything is in them.
"""

from collections.abc import Iterator

# CollectionType is public, but not exported in the way that mypy asks for.
from lsst.daf.butler import Butler, CollectionType  # type: ignore[attr-defined]

from .plans import GOOD_SEEING, NOTES_RUN, PLANS, SKYMAP_RUN, TOUR, InstrumentPlan


def register_collections(butler: Butler) -> None:
    """Register all collections, with their documentation, and link the chains.

    Parameters
    ----------
    butler
        Writeable client of the repository.
    """
    for plan in PLANS:
        _register_instrument(butler, plan)
    butler.collections.register(SKYMAP_RUN, doc="What follows from the skymaps alone.")
    butler.collections.register(NOTES_RUN, doc="What this repository is.")
    butler.collections.register(
        GOOD_SEEING,
        CollectionType.TAGGED,
        doc="Visit-level data of the sharpest visits of both instruments.",
    )
    _chain(
        butler,
        TOUR,
        [
            NOTES_RUN,
            GOOD_SEEING,
            *(plan.processing_chain for plan in PLANS),
            SKYMAP_RUN,
        ],
        "Everything in this repository: a chain of chains.",
    )


def _register_instrument(butler: Butler, plan: InstrumentPlan) -> None:
    for run, doc in _runs(plan):
        butler.collections.register(run, doc=doc)
    butler.collections.register(
        plan.certified,
        CollectionType.CALIBRATION,
        doc=f"Calibrations of {plan.instrument} with their validity ranges.",
    )
    for chain, children, doc in _chains(plan):
        _chain(butler, chain, children, doc)


def _runs(plan: InstrumentPlan) -> Iterator[tuple[str, str]]:
    name = plan.instrument
    yield plan.raw_run, f"What came with the raw exposures of {name}."
    yield plan.curated_run, f"What is known of {name} for all time."
    for epoch in plan.epochs:
        yield epoch.run, f"Calibrations of {name} for the epoch from {epoch.begin}."
    for run in plan.processing_runs:
        yield run, f"A processing of {name} visits."


def _chains(plan: InstrumentPlan) -> Iterator[tuple[str, list[str], str]]:
    name = plan.instrument
    yield (
        plan.calib_chain,
        [plan.certified, plan.curated_run],
        f"All calibrations of {name}.",
    )
    yield (
        plan.defaults_chain,
        [plan.raw_run, plan.calib_chain],
        f"Inputs to a processing of {name} data.",
    )
    yield (
        plan.processing_chain,
        [*reversed(plan.processing_runs), plan.defaults_chain],
        f"Processed {name} data, the newest first, and its inputs.",
    )


def _chain(butler: Butler, name: str, children: list[str], doc: str) -> None:
    butler.collections.register(name, CollectionType.CHAINED, doc=doc)
    butler.collections.redefine_chain(name, children)
