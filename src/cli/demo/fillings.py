"""Which datasets the demo has: dimension records in, deposits out.

Nothing here writes. What a dataset contains is decided in `content`, in which
collections it goes in `plans`; this is where the two meet.
"""

from collections.abc import Iterator
from itertools import groupby, product
from operator import attrgetter

from lsst.daf.butler import Butler, DimensionRecord

from .content import calibrations, coadds, raws, visits
from .content.chance import generator_for
from .content.conditions import draw_conditions
from .deposits import DataId, Deposit, Validity
from .plans import GOOD_SEEING, HSC, NOTES_RUN, PLANS, SKYMAP_RUN, InstrumentPlan

GOOD_SEEING_ARCSEC = 0.8


def all_deposits(butler: Butler) -> Iterator[Deposit]:
    """Yield every dataset of the demo.

    Parameters
    ----------
    butler
        Client of the repository, which has its dimension records.
    """
    for plan in PLANS:
        yield from _of_exposures(butler, plan)
        yield from _of_detectors(plan)
        yield from _of_epochs(plan)
        yield from _of_filters(butler, plan)
        yield from _of_visits(butler, plan)
    yield from _of_patches(butler)
    yield from _of_tracts(butler)
    yield Deposit("processing_notes", {}, NOTES_RUN, _notes())


def _records(
    butler: Butler, element: str, instrument: str | None = None
) -> list[DimensionRecord]:
    key = {} if instrument is None else {"instrument": instrument}
    records = butler.query_dimension_records(element, data_id=key, explain=False)
    return sorted(records, key=attrgetter("dataId"))


def _of_exposures(butler: Butler, plan: InstrumentPlan) -> Iterator[Deposit]:
    instrument = plan.instrument
    detectors = [
        record
        for record in _records(butler, "detector", instrument)
        if record.id in plan.detectors
    ]
    exposures = _records(butler, "exposure", instrument)
    for exposure, detector in product(exposures, detectors):
        key = {
            "instrument": instrument,
            "exposure": exposure.id,
            "detector": detector.id,
        }
        header = raws.raw_metadata(exposure, detector, plan.shape)
        log = raws.isr_log(exposure, detector)
        yield Deposit("raw_metadata", key, plan.raw_run, header)
        yield Deposit("isr_log", key, plan.processing_runs[0], log)


def _of_detectors(plan: InstrumentPlan) -> Iterator[Deposit]:
    for detector in plan.detectors:
        key: DataId = {"instrument": plan.instrument, "detector": detector}
        rng = generator_for("defects", *key.values())
        boxes = calibrations.defects(plan.shape, rng)
        always = Validity(plan.certified)
        yield Deposit("defects", key, plan.curated_run, boxes, always)


def _of_epochs(plan: InstrumentPlan) -> Iterator[Deposit]:
    for epoch, detector in product(plan.epochs, plan.detectors):
        key: DataId = {"instrument": plan.instrument, "detector": detector}
        validity = Validity(plan.certified, epoch.begin, epoch.end)
        rng = generator_for("bias", epoch.run, detector)
        bias = calibrations.bias_statistics(detector, plan.amplifiers, rng)
        yield Deposit("bias_statistics", key, epoch.run, bias, validity)
        for physical_filter in epoch.physical_filters:
            flat_key = {**key, "physical_filter": physical_filter}
            rng = generator_for("flat", epoch.run, *flat_key.values())
            flat = calibrations.flat_response(rng)
            yield Deposit("flat_response", flat_key, epoch.run, flat, validity)


def _of_filters(butler: Butler, plan: InstrumentPlan) -> Iterator[Deposit]:
    for record in _records(butler, "physical_filter", plan.instrument):
        key = {"instrument": plan.instrument, "physical_filter": record.name}
        table = calibrations.filter_throughput(record.band)
        yield Deposit("filter_throughput", key, plan.curated_run, table, as_fits=True)


def _of_visits(butler: Butler, plan: InstrumentPlan) -> Iterator[Deposit]:
    regions = _records(butler, "visit_detector_region", plan.instrument)
    run = plan.processing_runs[0]
    by_visit = attrgetter("visit")
    for visit, group in groupby(sorted(regions, key=by_visit), by_visit):
        key: DataId = {"instrument": plan.instrument, "visit": visit}
        rng = generator_for("night", *key.values())
        conditions = draw_conditions(rng)
        sharp = conditions.seeing_arcsec < GOOD_SEEING_ARCSEC
        tag = GOOD_SEEING if sharp else None
        records = list(group)
        summary = visits.visit_summary(records, conditions, rng)
        yield Deposit("visit_summary", key, run, summary, tag=tag)
        for record in records:
            if record.detector in plan.detectors:
                at = {**key, "detector": record.detector}
                psf = visits.psf_grid(conditions, rng)
                sources = visits.source_table(record, plan.shape, conditions, rng)
                yield Deposit("calexp_psf_grid", at, run, psf, tag=tag)
                yield Deposit("source_table", at, run, sources, tag=tag)


def _of_patches(butler: Butler) -> Iterator[Deposit]:
    """Yield every patch in the first run, and one that was made again in the last.

    A search of the chain finds the new version where there is one.
    """
    patches = _records(butler, "patch")
    first, last = HSC.processing_runs
    for run, patch in [(first, patch) for patch in patches] + [(last, patches[-1])]:
        key = {"skymap": patch.skymap, "tract": patch.tract, "patch": patch.id}
        rng = generator_for("objects", run, *key.values())
        yield Deposit("object_table", key, run, coadds.object_table(patch, rng))


def _of_tracts(butler: Butler) -> Iterator[Deposit]:
    seen = _records(butler, "visit")
    for tract in _records(butler, "tract"):
        key = {"skymap": tract.skymap, "tract": tract.id}
        overlapping = coadds.tract_visits(tract, seen)
        yield Deposit("tract_visits", key, SKYMAP_RUN, overlapping)


def _notes() -> dict[str, object]:
    return {
        "title": "Butlery demo repository",
        "dimension_records": "Real, from the exports shipped with lsst-daf-butler.",
        "datasets": "Computed: realistic in shape, without scientific meaning.",
        "instruments": [plan.instrument for plan in PLANS],
    }
