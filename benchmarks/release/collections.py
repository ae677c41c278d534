"""The collections of a release and of its users, by the stock Butler."""

# CollectionType is public, but not exported in the way that mypy asks for.
from lsst.daf.butler import Butler, CollectionType  # type: ignore[attr-defined]

from . import plan
from .size import Size


def register_collections(butler: Butler, size: Size) -> None:
    """Register runs, nested chains and the collection of calibrations."""
    steps = [plan.run_of(step) for step in plan.STEPS]
    for run in (plan.RAW_RUN, *plan.EPOCHS, *steps):
        butler.collections.register(run)
    butler.collections.register(plan.CERTIFIED, CollectionType.CALIBRATION)
    for step, run in zip(plan.STEPS, steps, strict=True):
        _chain(butler, step, run)
    _chain(butler, plan.PROCESSING, *reversed(plan.STEPS))
    _chain(butler, plan.CALIB_CHAIN, plan.CERTIFIED)
    _chain(butler, plan.DEFAULTS, plan.RAW_RUN, plan.CALIB_CHAIN)
    _chain(butler, plan.RELEASE, plan.PROCESSING, plan.DEFAULTS)
    for user in range(size.users):
        butler.collections.register(plan.user_run(user))
        _chain(butler, plan.user_chain(user), plan.user_run(user), plan.RELEASE)


def _chain(butler: Butler, name: str, *children: str) -> None:
    butler.collections.register(name, CollectionType.CHAINED, doc=f"All of {name}.")
    butler.collections.redefine_chain(name, list(children))
