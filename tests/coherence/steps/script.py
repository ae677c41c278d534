"""Which steps are taken: every kind at least once, and the rest by chance."""

from collections.abc import Callable
from random import Random

from . import associations, chains, collections, dataset_types, datasets, records
from .world import Step, World

Maker = Callable[[World, Random], Step | None]

KINDS: dict[str, tuple[Maker, int]] = {
    "register run": (collections.register_run, 4),
    "register tagged": (collections.register_tagged, 2),
    "register chain": (collections.register_chain, 2),
    "register calibration": (collections.register_calibration, 2),
    "document": (collections.document, 3),
    "remove collection": (collections.remove, 2),
    "replace collection": (collections.replace, 3),
    "reuse collection key": (collections.reuse_key, 4),
    "remove run": (collections.remove_run, 3),
    "redefine chain": (chains.redefine, 4),
    "prepend chain": (chains.prepend, 4),
    "extend chain": (chains.extend, 4),
    "remove from chain": (chains.take_out, 3),
    "register type": (dataset_types.register_known, 2),
    "register type, new table": (dataset_types.register_new_group, 3),
    "register calibration type": (dataset_types.register_calibration, 2),
    "register calibration type, new tables": (
        dataset_types.register_new_calibration,
        2,
    ),
    "remove type": (dataset_types.remove, 2),
    "redefine type": (dataset_types.redefine, 3),
    "reuse type key": (dataset_types.reuse_key, 3),
    "put": (datasets.put, 14),
    "put in front": (datasets.put_in_front, 5),
    "put reborn": (datasets.put_reborn, 5),
    "put anew": (datasets.put_anew, 4),
    "purge": (datasets.purge, 5),
    "unstore": (datasets.unstore, 2),
    "refresh summaries": (datasets.refresh_summaries, 1),
    "transaction": (datasets.several_at_once, 2),
    "rolled back": (datasets.nothing_at_all, 2),
    "associate": (associations.associate, 6),
    "disassociate": (associations.disassociate, 3),
    "certify": (associations.certify, 6),
    "decertify": (associations.decertify, 4),
    "insert instrument": (records.insert_instrument, 1),
    "insert detector": (records.insert_detector, 2),
    "insert filter": (records.insert_filter, 1),
    "insert exposure": (records.insert_exposure, 2),
    "insert visit": (records.insert_visit, 2),
    "replace record": (records.replace, 4),
    "synchronize record": (records.synchronize, 4),
}
"""Every way to change a repository, and how often it is taken."""

SCENERY: tuple[str, ...] = (
    *("register run",) * 3,
    "register chain",
    *("register calibration type",) * 2,
    *("put",) * 6,
    "redefine chain",
)
"""Kinds with which a world begins, so that others are possible."""

OPENING: tuple[str, ...] = (
    "put in front",
    *("register run", "register tagged", "register calibration", "register chain"),
    *("register type", "register type, new table", "register calibration type"),
    *("register calibration type, new tables", "put"),
    *("redefine chain", "prepend chain", "extend chain", "remove from chain"),
    *("purge", "put reborn", "put anew", "unstore"),
    *("associate", "certify", "decertify", "disassociate"),
    *("transaction", "rolled back", "refresh summaries"),
    *("insert instrument", "insert detector", "insert filter"),
    *("insert exposure", "insert visit", "replace record", "synchronize record"),
    *("reuse type key", "redefine type", "remove type"),
    *("replace collection", "reuse collection key", "remove collection"),
    *("document", "remove run"),
)
"""Every kind once, in an order in which most are possible at once."""


def random_kind(random: Random) -> str:
    weights = [weight for _, weight in KINDS.values()]
    return random.choices(list(KINDS), weights)[0]


def make_step(kind: str, world: World, random: Random) -> Step | None:
    """Make a step of a kind, or return `None` if the model allows none now."""
    maker, _ = KINDS[kind]
    return maker(world, random)
